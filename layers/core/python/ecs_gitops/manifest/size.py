"""How large a manifest is and may become: aliases, `extends` and references each multiply. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import Path, UnreadableError
from ecs_gitops.manifest.node import Node

MAX_VALUES = 20_000
MAX_CHARACTERS = 1_000_000
"""Of keys and texts, files merged and references resolved: as much as one file may have. AWS takes a
fifteenth of that, so what is larger is no service, whatever made it grow."""

_SO_FAR = "up to here, files merged and references resolved; state less, or refer to shorter"
_TOO_MANY_VALUES = f"more than {MAX_VALUES:,} values {_SO_FAR} lists"
_TOO_MANY_CHARACTERS = f"more than {MAX_CHARACTERS:,} characters {_SO_FAR} values"


class Size(NamedTuple):
    """Values, those that hold others included, and the characters of all keys and texts."""

    values: int = 0
    characters: int = 0

    def plus(self, other: Size) -> Size:
        """Both together."""
        return Size(self.values + other.values, self.characters + other.characters)

    @property
    def too_large(self) -> str:
        """What to say of a manifest of this size; "" when it may be that large."""
        if self.values > MAX_VALUES:
            return _TOO_MANY_VALUES
        return _TOO_MANY_CHARACTERS if self.characters > MAX_CHARACTERS else ""


def measure(document: Node) -> Size:
    """The size of a document."""
    values = characters = 0
    ahead = [document]
    while ahead:
        value = ahead.pop().value
        values += 1
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, dict):
            characters += sum(map(len, value))
            ahead += value.values()
        elif isinstance(value, tuple):
            ahead += value
    return Size(values, characters)


def bounded(document: Node) -> Size:
    """The size of a document. Raises UnreadableError, at the value with which it becomes too large."""
    size = measure(document)
    if size.too_large:
        size = Size()
        for path, step in _steps(document, ()):
            size = size.plus(step)
            if size.too_large:
                raise UnreadableError(node.fault(document, path, size.too_large))
    return size


def _steps(here: Node, path: Path) -> Iterator[tuple[Path, Size]]:
    """Every value in the order of the document, with what it adds; a key counts with its value."""
    value = here.value
    key = len(path[-1]) if path and isinstance(path[-1], str) else 0
    yield path, Size(1, key + (len(value) if isinstance(value, str) else 0))
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _steps(item, (*path, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _steps(item, (*path, index))


class Growth:
    """Counts what references add to a document while they are resolved.

    size: at least the document's own; it is measured once that matters.
    """

    def __init__(self, document: Node, size: Size) -> None:
        self._document = document
        self._values, self._characters = self._size = size
        self._is_measured = False

    def add(self, path: Path, values: int = 0, characters: int = 0) -> None:
        """Count more at `path`. Raises UnreadableError, with the place, when it becomes too large."""
        self._values += values
        self._characters += characters
        if self._values > MAX_VALUES or self._characters > MAX_CHARACTERS:
            self._judge(path)

    def _judge(self, path: Path) -> None:
        if not self._is_measured:
            exact = measure(self._document)
            self._values += exact.values - self._size.values
            self._characters += exact.characters - self._size.characters
            self._is_measured = True
        if found := Size(self._values, self._characters).too_large:
            raise UnreadableError(node.fault(self._document, path, found))
