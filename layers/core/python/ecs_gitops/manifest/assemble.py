"""A manifest's files → one document: what it extends, and the sections given as a path. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field

from ecs_gitops.manifest.document import AWS_SECTIONS
from ecs_gitops.manifest.extends import merge
from ecs_gitops.manifest.faults import Fault, UnreadableError
from ecs_gitops.manifest.locate import DEFAULTS
from ecs_gitops.manifest.node import Node
from ecs_gitops.manifest.read import read
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.names import ServiceKey

MAX_LAYERS = 32
EXTENDS = "extends"

_TOO_MANY = f"is made of more than {MAX_LAYERS} files"

Unwrap = Callable[[str, Node], tuple[Node, list[Fault]]]
"""`(section, content of a file)` → the bare section, and notices of what was dropped."""


@dataclass(slots=True)
class Files:
    """The documents of a tree, each read once. `root` is the folder that no path may leave."""

    tree: Tree
    config_path: str
    unwrap: Unwrap
    _read: dict[str, Node | Fault] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The first segment of `ConfigPath`."""
        return self.config_path.split("/")[0]

    def assemble(self, key: ServiceKey, path: str) -> tuple[Node, list[Fault]]:
        """The merged document of the manifest at `path`, with notices. Raises UnreadableError."""
        notices: list[Fault] = []
        chain: list[str] = []
        below = posixpath.join(self.config_path, key.cluster, DEFAULTS)
        if self.tree.hides(below):
            raise UnreadableError(
                Fault(below, 0, 0, "", "is a symlink or submodule, which are not followed")
            )
        layers = self._layers(below, chain, notices) if below in self.tree.files else []
        layers += self._layers(path, chain, notices)
        if len(layers) > MAX_LAYERS:
            raise UnreadableError(Fault(path, 0, 0, EXTENDS, _TOO_MANY))
        return merge(layers), notices

    def _layers(self, path: str, chain: list[str], notices: list[Fault]) -> list[Node]:
        """The file at `path` after everything that it extends."""
        if len(chain) > MAX_LAYERS:
            raise UnreadableError(Fault(path, 0, 0, EXTENDS, _TOO_MANY))
        document = self._document(path)
        layers: list[Node] = []
        for base in _bases(document):
            target = self._target(base, EXTENDS)
            if target in (path, *chain):
                raise _unreadable(base, EXTENDS, f"{target} extends itself")
            layers += self._layers(target, [*chain, path], notices)
            if len(layers) > MAX_LAYERS:
                break
        return [*layers, self._with_sections(document, notices)]

    def _with_sections(self, document: Node, notices: list[Fault]) -> Node:
        entries = {name: item for name, item in document.items.items() if name != EXTENDS}
        for name in AWS_SECTIONS:
            section = entries.get(name)
            if section is not None and isinstance(section.value, str):
                content, found = self.unwrap(name, self._document(self._target(section, name)))
                entries[name] = content._replace(key=section.key)
                notices += found
        return document.holding(entries) if isinstance(document.value, dict) else document

    def _document(self, path: str) -> Node:
        if path not in self._read:
            try:
                self._read[path] = read(path, self.tree.files[path])
            except UnreadableError as error:
                self._read[path] = error.fault
        found = self._read[path]
        if isinstance(found, Fault):
            raise UnreadableError(found)
        return found

    def _target(self, stated: Node, path: str) -> str:
        """The file that a path in a document means. Raises UnreadableError when it is out of reach."""
        text = str(stated.value)
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
    bases = list(stated.value) if isinstance(stated.value, tuple) else [stated]
    if not all(isinstance(base.value, str) and base.value for base in bases):
        raise _unreadable(stated, EXTENDS, "is a path, or a list of paths")
    return bases


def _unreadable(stated: Node, path: str, message: str) -> UnreadableError:
    place = stated.place
    return UnreadableError(Fault(place.file, place.line, place.column, path, message))
