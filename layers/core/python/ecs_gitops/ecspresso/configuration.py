"""ecspresso's config file and the two definitions it names → a manifest, and what is left to do."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ecs_gitops.ecspresso.template import translate
from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import Fault, UnreadableError
from ecs_gitops.manifest.imported import headed
from ecs_gitops.manifest.node import Node
from ecs_gitops.manifest.read import read
from ecs_gitops.manifest.section import unwrap
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.resources.shape import Shapes

CONFIGS = ("ecspresso.yml", "ecspresso.yaml", "ecspresso.json")
NAMED_BY = {"taskDefinition": "task_definition", "service": "service_definition"}
_JSONNET = (".jsonnet", ".libsonnet")


@dataclass(frozen=True, slots=True)
class Converted:
    """The manifest, unless a fault that is no warning says why there is none."""

    key: ServiceKey | None
    manifest: Mapping[str, Any]
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether there is a manifest to be written."""
        return self.key is not None and all(fault.warning for fault in self.faults)


def convert(shapes: Shapes, path: Path, key: ServiceKey | None = None) -> Converted:
    """What the config at `path` (a file, or the folder that holds it) deploys.

    key: the service, where the config leaves its name to the environment.
    Raises TerminalError when there is no such config.
    """
    file = _config_file(path)
    reader = _Reader(shapes, file.parent)
    config = reader.config(file)
    key = key or reader.key(file.name, config)
    sections = {
        name: reader.section(name, config[member]) for name, member in NAMED_BY.items() if member in config
    }
    values = {"values": dict(reader.values)} if reader.values else {}
    return Converted(key, headed({**sections, **values}), tuple(reader.faults))


def _config_file(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise TerminalError(f"cannot import {path}: there is no such file or folder")
    for name in CONFIGS:
        if (path / name).is_file():
            return path / name
    raise TerminalError(f"cannot import {path}: it holds none of {', '.join(CONFIGS)}")


class _Reader:
    """Reads the files of one configuration, and collects what is to be said of them."""

    def __init__(self, shapes: Shapes, folder: Path) -> None:
        self._shapes = shapes
        self._folder = folder
        self._prefixes: Sequence[str] = ()
        self.values: dict[str, str] = {}
        self.faults: list[Fault] = []

    def config(self, file: Path) -> dict[str, Any]:
        found = node.plain(self._read(file.name, keep=False))
        config: dict[str, Any] = found if isinstance(found, dict) else {}
        plugins = config.get("plugins") or ()
        self._prefixes = [str(each["func_prefix"]) for each in plugins if each.get("func_prefix")]
        return config

    def key(self, file: str, config: Mapping[str, Any]) -> ServiceKey | None:
        names = [str(config.get(name) or "") for name in ("cluster", "service")]
        for member, name in zip(("cluster", "service"), names, strict=True):
            if not name or "${" in name:
                message = "is not written down here; name the service as cluster/service after the path"
                self.faults.append(Fault(file, 1, 1, member, message))
                return None
        return ServiceKey(*names)

    def section(self, name: str, file: Any) -> Any:
        """One definition as a manifest's section; what only answers hold is dropped with a notice."""
        path = posixpath.normpath(str(file))
        if path.endswith(_JSONNET):
            message = (
                "is Jsonnet, which is not read; write it out with `ecspresso render` and name that file"
            )
            self.faults.append(Fault(path, 0, 0, "", message))
            return {}
        try:
            content, notices = unwrap(self._shapes, name, self._read(path, keep=True))
        except UnreadableError as error:
            self.faults.append(error.fault)
            return {}
        self.faults += notices
        return node.plain(content)

    def _read(self, path: str, *, keep: bool) -> Node:
        """A file without its templates. keep: what they need and leave is the manifest's too."""
        try:
            text = (self._folder / path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise TerminalError(f"cannot import {self._folder / path}: {error}") from error
        translated = translate(path, text, self._prefixes)
        broken = [fault for fault in translated.left if not fault.warning]
        self.faults += translated.left if keep else broken
        if broken:
            return Node({}, node.Mark(path, 1, 1))
        self.values |= translated.values if keep else {}
        try:
            return read(path, translated.text.encode())
        except UnreadableError as error:
            if not keep:
                raise TerminalError(f"cannot import: {error}") from error
            self.faults.append(
                replace(error.fault, message=f"{error.fault.message} (templates translated)")
            )
            return Node({}, node.Mark(path, 1, 1))
