"""The canonical form's inverse: an answer of AWS → the shortest request that asks for the same. Pure.

Knows no field name: what may be left out is found by leaving it out. A member goes when the canonical form
is the same without it and nothing is wrong that was not wrong before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.model.desired import Document
from ecs_gitops.resources.field import ABSENT, Table

Path = tuple[str | int, ...]
Holds = Callable[[Document], bool]
"""Whether a request is still as good as it was."""


def restate(table: Table, described: Document, holds: Holds) -> dict[str, Any]:
    """`described` less what AWS fills in, what only AWS sets, and what a new resource gets anyway."""
    kept = {name: value for name, value in described.items() if not _comes_anyway(table, described, name)}
    whole = canonical(table, kept)
    for path in list(_paths(kept, ())):
        if _at(kept, path[:-1]) is None:
            continue  # what held it has gone already
        shorter = _without(kept, path)
        if canonical(table, shorter) == whole and holds(shorter):
            kept = shorter
    return kept


def _comes_anyway(table: Table, described: Document, name: str) -> bool:
    new = table.row(name).new_value_in(described, described)
    return new is not ABSENT and new == described[name]


def _paths(value: Any, path: Path) -> Iterator[Path]:
    """Every member of every map, those that hold others before what they hold."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield (*path, name)
            yield from _paths(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, (*path, index))


def _at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(str(step))
        elif isinstance(value, list):
            value = value[int(step)]
    return value


def _without(value: Any, path: Path) -> Any:
    step, *rest = path
    if isinstance(value, list):
        return [_without(item, tuple(rest)) if index == step else item for index, item in enumerate(value)]
    if not rest:
        return {name: item for name, item in value.items() if name != step}
    return {name: _without(item, tuple(rest)) if name == step else item for name, item in value.items()}
