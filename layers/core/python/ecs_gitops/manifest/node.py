"""A parsed document in which every value knows the place it was written at. Pure.

Documents of several files are merged into one, so the file is part of the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ecs_gitops.manifest.faults import Fault, Path, dotted

REMOVE = "$remove"
"""The key by which an item of a keyed list is taken away."""

Scalar = str | int | float | bool | None


class Mark(NamedTuple):  # which is made in a third of the time of a frozen dataclass
    """A place in a file; line and column are counted from 1."""

    file: str
    line: int
    column: int


class Node(NamedTuple):
    """A value, where it begins, and where its key does (None for list items and the document).

    is_settled: neither it nor anything below is null, `$remove` or may be a reference, so that merging and
    resolving leave it as it is. Most of a manifest is, and is not gone through again.
    """

    value: Scalar | tuple[Node, ...] | dict[str, Node]
    mark: Mark
    key: Mark | None = None
    is_settled: bool = False

    @property
    def items(self) -> Mapping[str, Node]:
        """The entries of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def holding(self, value: Scalar | tuple[Node, ...] | dict[str, Node]) -> Node:
        """Another value at the same place."""
        return Node(value, self.mark, self.key)

    @property
    def place(self) -> Mark:
        """Where a person should look: the key when there is one."""
        return self.key or self.mark


def plain(node: Node) -> Any:
    """The value without its places, as JSON-like data."""
    value = node.value
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def nearest(node: Node, path: Path) -> Node:
    """The node at `path`, or the deepest one above it: a missing field points at its parent."""
    for step in path:
        below = _child(node, step)
        if below is None:
            return node
        node = below
    return node


def at(node: Node, path: Path) -> Any:
    """The plain value at `path`, or None where nothing is stated."""
    for step in path:
        below = _child(node, step)
        if below is None:
            return None
        node = below
    return plain(node)


def fault(node: Node, path: Path, message: str, *, above: Path = (), **more: Any) -> Fault:
    """A fault at `path` below `node`, placed where that was written; `above` leads to `node` itself."""
    place = nearest(node, path).place
    return Fault(place.file, place.line, place.column, dotted((*above, *path)), message, **more)


def _child(node: Node, step: str | int) -> Node | None:
    value = node.value
    if isinstance(step, str):
        return value.get(step) if isinstance(value, dict) else None
    return value[step] if isinstance(value, tuple) and 0 <= step < len(value) else None
