"""Three-way: what Git owns now, what it let go, and what of that differs; knows no field name. Pure.

The unit of ownership is a whole field of the request: a manifest that states a field owns all of it.
A field that was applied before and is stated no longer goes as its row says: reset, keep or hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.compare.diff import changes_of
from ecs_gitops.model.desired import Document
from ecs_gitops.model.record import Change
from ecs_gitops.model.vocabulary import Effect
from ecs_gitops.resources.field import ABSENT, Field, LetGo, Table


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a request that differs: what to send, and whether a person must state it first."""

    name: str
    send: Any
    changes: tuple[Change, ...]
    row: Field
    needs_word: bool = False

    @property
    def starts_deployment(self) -> bool:
        """True when AWS answers this change with a new deployment."""
        return self.row.effect is Effect.NEW_DEPLOYMENT and not self.row.create_only


@dataclass(frozen=True, slots=True)
class Sides:
    """The three sides of one section, as stated and described; `applied` is what we last sent."""

    stated: Document
    live: Document
    applied: Document


def differences(
    table: Table, sides: Sides, *, section: str, not_owned: Collection[str] = ()
) -> list[Difference]:
    """What must change for live to be what Git states, field by field in order of name."""
    stated = {name: value for name, value in sides.stated.items() if value is not None}
    desired, live = canonical(table, stated), canonical(table, sides.live)
    found = []
    for name in sorted(stated.keys() - set(not_owned)):
        shown = _shown(table, name, sides, live)
        changes = changes_of(table, name, shown, desired.get(name), section)
        if changes:
            found.append(Difference(name, stated[name], changes, table.row(name)))
    return found + _let_go(table, sides, section, live, stated.keys() | set(not_owned))


def remembered(table: Table, stated: Document, applied: Document) -> dict[str, Any]:
    """What to record as applied: what is stated, and what was let go but waits for a person's word."""
    waiting = {name: value for name, value in applied.items() if table.row(name).when_let_go is LetGo.HOLD}
    return {**waiting, **stated}


def _shown(table: Table, name: str, sides: Sides, live: Document) -> Any:
    """What ECS shows of a field; what it never shows is taken to be what we last sent."""
    if table.row(name).unseen and sides.live.get(name) is None:
        return canonical(table, sides.applied).get(name)
    return live.get(name)


def _let_go(
    table: Table, sides: Sides, section: str, live: Document, owned: Collection[str]
) -> list[Difference]:
    found = []
    for name in sorted(sides.applied.keys() - set(owned)):
        row = table.row(name)
        if row.when_let_go is LetGo.KEEP or row.reset is ABSENT or name not in live:
            continue
        reset = canonical(table, _with(sides.live, name, row.reset))
        changes = changes_of(table, name, live.get(name), reset.get(name), section)
        if changes:
            held = row.when_let_go is LetGo.HOLD
            found.append(Difference(name, row.reset, changes, row, needs_word=held))
    return found


def _with(document: Document, name: str, value: Any) -> Mapping[str, Any]:
    return {**document, name: value}


@dataclass(frozen=True, slots=True)
class MapDifference:
    """What differs in a map owned key by key, such as tags."""

    to_set: Mapping[str, str] = field(default_factory=dict)
    to_remove: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


def map_difference(
    section: str, stated: Mapping[str, str], live: Mapping[str, str], applied: Mapping[str, str]
) -> MapDifference:
    """Keys stated now are set; keys applied before and stated no longer are removed; others stay."""
    wanted = {key: value for key, value in stated.items() if live.get(key) != value}
    gone = tuple(sorted(key for key in applied.keys() - stated.keys() if key in live))
    changes = tuple(
        Change(f"{section}[{key}]", live.get(key), wanted.get(key), Effect.IN_PLACE)
        for key in sorted(wanted.keys() | set(gone))
    )
    return MapDifference(wanted, gone, changes)
