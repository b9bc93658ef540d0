"""A manifest's files → one document: what it extends, and the sections given as a path. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field

from ecs_gitops.manifest.document import AWS_SECTIONS
from ecs_gitops.manifest.extends import base, over
from ecs_gitops.manifest.faults import Fault, UnreadableError
from ecs_gitops.manifest.locate import DEFAULTS
from ecs_gitops.manifest.node import Node
from ecs_gitops.manifest.read import Read, measured
from ecs_gitops.manifest.size import Size, bounded
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.names import ServiceKey

MAX_LAYERS = 32
MAX_PATH = 1_024
EXTENDS = "extends"

_TOO_MANY = f"is made of more than {MAX_LAYERS} files"

Unwrap = Callable[[str, Node], tuple[Node, list[Fault]]]
"""`(section, content of a file)` → the bare section, and notices of what was dropped."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """One file's part of a manifest, the sections it names read; what these had that nobody may state."""

    path: str
    document: Node
    size: Size
    notices: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Assembled:
    """A manifest's one document. size: at least the document's; notices: what was left out of it."""

    document: Node
    size: Size
    notices: tuple[Fault, ...] = ()


@dataclass(slots=True)
class Files:
    """The documents of a tree, each read once. `root` is the folder that no path may leave."""

    tree: Tree
    config_path: str
    unwrap: Unwrap
    _read: dict[str, Read | Fault] = field(default_factory=dict)
    _layer: dict[str, _Layer] = field(default_factory=dict)
    _base: dict[str, Node] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The first segment of `ConfigPath`."""
        return self.config_path.split("/")[0]

    def assemble(self, key: ServiceKey, path: str) -> Assembled:
        """The merged document of the manifest at `path`. Raises UnreadableError."""
        below = posixpath.join(self.config_path, key.cluster, DEFAULTS)
        if self.tree.hides(below):
            raise UnreadableError(
                Fault(below, 0, 0, "", "is a symlink or submodule, which are not followed")
            )
        layers = self._layers(below, []) if below in self.tree.files else []
        layers += self._layers(path, [])
        if len(layers) > MAX_LAYERS:
            raise self._too_many(path)
        notices = tuple(notice for layer in layers for notice in layer.notices)
        return Assembled(*self._merged(layers), notices)

    def _merged(self, layers: list[_Layer]) -> tuple[Node, Size]:
        """All layers as one, measured while it grows; no merging makes more than there is."""
        first, *others = layers
        if first.path not in self._base:
            self._base[first.path] = base(first.document)
        merged, size = self._base[first.path], first.size
        for layer in others:
            merged, size = over(merged, layer.document), size.plus(layer.size)
            if size.too_large:
                size = bounded(merged)
        return merged, bounded(merged) if size.too_large else size

    def _layers(self, path: str, chain: list[str]) -> list[_Layer]:
        """The file at `path` after everything that it extends."""
        document = self._document(path).document
        layers: list[_Layer] = []
        for stated in _bases(document):
            target = self._target(stated, EXTENDS)
            if target in (path, *chain):
                raise _unreadable(stated, EXTENDS, f"{target} extends itself")
            if len(chain) >= MAX_LAYERS:
                raise _unreadable(stated, EXTENDS, _TOO_MANY)
            layers += self._layers(target, [*chain, path])
            if len(layers) > MAX_LAYERS:
                break
        return [*layers, self._with_sections(path, document)]

    def _too_many(self, path: str) -> UnreadableError:
        document = self._document(path).document
        return _unreadable(document.items.get(EXTENDS, document), EXTENDS, _TOO_MANY)

    def _with_sections(self, path: str, document: Node) -> _Layer:
        if path not in self._layer:
            entries = {name: item for name, item in document.items.items() if name != EXTENDS}
            size, notices = self._document(path).size, []
            for name in AWS_SECTIONS:
                section = entries.get(name)
                if section is not None and isinstance(section.value, str):
                    found = self._document(self._target(section, name))
                    content, dropped = self.unwrap(name, found.document)
                    entries[name] = content._replace(key=section.key)
                    size = size.plus(found.size)
                    notices += dropped
            whole = document.holding(entries) if isinstance(document.value, dict) else document
            self._layer[path] = _Layer(path, whole, size, tuple(notices))
        return self._layer[path]

    def _document(self, path: str) -> Read:
        if path not in self._read:
            try:
                self._read[path] = measured(path, self.tree.files[path])
            except UnreadableError as error:
                self._read[path] = error.fault
        found = self._read[path]
        if isinstance(found, Fault):
            raise UnreadableError(found)
        return found

    def _target(self, stated: Node, path: str) -> str:
        """The file that a path in a document means. Raises UnreadableError when it is out of reach."""
        text = str(stated.value)
        if len(text) > MAX_PATH:
            raise _unreadable(stated, path, f"a path has at most {MAX_PATH:,} characters")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(stated.mark.file), text))
        if text.startswith("/") or (self.root and not target.startswith(f"{self.root}/")):
            raise _unreadable(stated, path, f"{text} leaves the folder {self.root}/")
        if self.tree.hides(target):
            raise _unreadable(stated, path, f"{text} is a symlink or submodule, which are not followed")
        if target not in self.tree.files:
            raise _unreadable(stated, path, f"there is no file {target}")
        return target


def _bases(document: Node) -> list[Node]:
    stated = document.items.get(EXTENDS)
    if stated is None or stated.value is None:
        return []
    found = list(stated.value) if isinstance(stated.value, tuple) else [stated]
    if not all(isinstance(each.value, str) and each.value for each in found):
        raise _unreadable(stated, EXTENDS, "is a path, or a list of paths")
    return found


def _unreadable(stated: Node, path: str, message: str) -> UnreadableError:
    place = stated.place
    return UnreadableError(Fault(place.file, place.line, place.column, path, message))
