"""A document of which some values are wrong, for rules that are to speak of what is sound alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from ecs_gitops.resources.finding import Finding, Path

Wrong = Mapping[Path, frozenset[str | int]]
"""By the path of a map or list: the keys whose values cannot be believed."""


class UnsoundError(Exception):
    """Somebody looked at what is wrong: what would be concluded from it may not be so."""


def wrong(findings: Iterable[Finding]) -> Wrong:
    """Where these faults stand: a wrong value, what is missing, what a misspelt key was meant for."""
    found: dict[Path, set[str | int]] = {}
    for finding in findings:
        *parent, last = finding.path or ("",)
        if finding.missing:
            found.setdefault(finding.path, set()).add(finding.missing)
        elif finding.suggestion and finding.unknown:
            found.setdefault(tuple(parent), set()).add(finding.suggestion)
        elif not finding.unknown:
            found.setdefault(tuple(parent), set()).add(last)
    return {path: frozenset(keys) for path, keys in found.items()}


def guarded(document: Any, known: Wrong, path: Path = ()) -> Any:
    """The same document; looking at a value that is wrong raises UnsoundError."""
    if isinstance(document, Mapping):
        inside = {key: guarded(item, known, (*path, key)) for key, item in document.items()}
        return _Map(inside, known[path]) if path in known else inside
    if isinstance(document, list):
        items = [guarded(item, known, (*path, index)) for index, item in enumerate(document)]
        return _List(items, known[path]) if path in known else items
    return document


class _Map(dict[str, Any]):
    """A map in which some keys are not to be looked at, nor all of them at once."""

    def __init__(self, items: Mapping[str, Any], unsound: frozenset[str | int]) -> None:
        super().__init__(items)
        self._unsound = unsound

    def _look(self, key: object) -> None:
        if key in self._unsound:
            raise UnsoundError

    def __getitem__(self, key: str) -> Any:
        self._look(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._look(key)
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """As ever, for what is sound."""
        self._look(key)
        return super().get(key, default)

    def _all(self) -> NoReturn:
        raise UnsoundError

    __iter__ = keys = values = items = __eq__ = _all  # type: ignore[assignment]
    __hash__ = None


class _List(list[Any]):
    """A list in which some items are not to be looked at; those before them are."""

    def __init__(self, items: Iterable[Any], unsound: frozenset[str | int]) -> None:
        super().__init__(items)
        self._unsound = unsound

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice) or index in self._unsound:
            raise UnsoundError
        return super().__getitem__(index)

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]
