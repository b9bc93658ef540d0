"""Three-way: what Git owns now, what it let go, and what of that differs; knows no field name. Pure.

The unit of ownership is a whole field of the request: a manifest that states a field owns all of it.
A field that was applied before and is stated no longer goes as its row says: reset, keep or hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ecs_gitops.compare.canonical import canonical, canonical_field
from ecs_gitops.compare.diff import changes_of
from ecs_gitops.model.desired import Document
from ecs_gitops.model.record import Change
from ecs_gitops.model.vocabulary import Effect
from ecs_gitops.resources.field import ABSENT, Field, LetGo, Table


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a request that differs: what to send, and whether a person must state it first.

    is_told: we told ECS this value before, so that somebody else has changed it.
    """

    name: str
    send: Any
    changes: tuple[Change, ...]
    row: Field
    needs_word: bool = False
    is_told: bool = False

    @property
    def starts_deployment(self) -> bool:
        """True when AWS answers this change with a new deployment."""
        return self.row.effect is Effect.NEW_DEPLOYMENT and not self.row.create_only


@dataclass(frozen=True)
class Sides:
    """The three sides of one section, as stated and described; `applied` is what we last sent.

    Of a service described most is Git's neither now nor before, so a canonical form is made field by field,
    and whole only for who sends it, once however often it is asked for.
    """

    table: Table
    stated: Document
    live: Document
    applied: Document

    @cached_property
    def desired_form(self) -> Document:
        """What is stated, canonical."""
        return canonical(self.table, self.said)

    @cached_property
    def live_form(self) -> Document:
        """What is described, canonical."""
        return canonical(self.table, self.live)

    @cached_property
    def said(self) -> Document:
        """What is stated, less what is null."""
        return {name: each for name, each in self.stated.items() if each is not None}

    def desired_field(self, name: str) -> Any:
        """What is stated of a field, canonical; None where nothing is."""
        return canonical_field(self.table, self.said, name)

    def live_field(self, name: str) -> Any:
        """What is described of a field, canonical; None where nothing is."""
        return canonical_field(self.table, self.live, name)

    def applied_field(self, name: str) -> Any:
        """What we last sent of a field, canonical; None where nothing was."""
        return canonical_field(self.table, self.applied, name)

    def fixed(self, names: Collection[str]) -> Sides:
        """The same, stated with the live values of fields that cannot be changed."""
        return replace(self, stated={**self.stated, **{name: self.live.get(name) for name in names}})


def differences(sides: Sides, *, section: str, not_owned: Collection[str] = ()) -> list[Difference]:
    """What must change for live to be what Git states, field by field in order of name."""
    table, stated = sides.table, sides.said
    found = []
    for name in sorted(stated.keys() - set(not_owned)):
        changes = changes_of(table, name, _shown(name, sides), sides.desired_field(name), section)
        if changes:
            is_told = _is_told(name, stated[name], sides)
            found.append(Difference(name, stated[name], changes, table.row(name), is_told=is_told))
    return found + _let_go(sides, section, stated.keys() | set(not_owned))


def remembered(table: Table, stated: Document, applied: Document) -> dict[str, Any]:
    """What to record as applied: what is stated, and what was let go but waits for a person's word."""
    waiting = {name: value for name, value in applied.items() if table.row(name).when_let_go is LetGo.HOLD}
    return {**waiting, **stated}


def _shown(name: str, sides: Sides) -> Any:
    """What ECS shows of a field; what it never shows is taken to be what we last sent."""
    if sides.table.row(name).unseen and sides.live.get(name) is None:
        return sides.applied_field(name)
    return sides.live_field(name)


def _is_told(name: str, stated: Any, sides: Sides) -> bool:
    """Whether we told ECS this very value before, in whatever spelling."""
    if sides.applied.get(name) is None:
        return False
    return bool(stated == sides.applied[name] or sides.desired_field(name) == sides.applied_field(name))


def _let_go(sides: Sides, section: str, owned: Collection[str]) -> list[Difference]:
    found = []
    table = sides.table
    for name in sorted(sides.applied.keys() - set(owned)):
        row = table.row(name)
        if row.when_let_go is LetGo.KEEP or row.reset is ABSENT:
            continue
        live = sides.live_field(name)
        if live is None:
            continue
        reset = canonical_field(table, {**sides.live, name: row.reset}, name)
        changes = changes_of(table, name, live, reset, section)
        if changes:
            held = row.when_let_go is LetGo.HOLD
            found.append(Difference(name, row.reset, changes, row, needs_word=held))
    return found


@dataclass(frozen=True, slots=True)
class MapDifference:
    """What differs in a map owned key by key, such as tags.

    told: the changes among them of keys whose value we told before, so that somebody else changed it.
    """

    to_set: Mapping[str, str] = field(default_factory=dict)
    to_remove: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    told: tuple[Change, ...] = ()

    def only(self, changes: Collection[Change]) -> MapDifference:
        """As much of it as these changes are."""
        kept = tuple(change for change in self.changes if change in changes)
        keys = {change.path.partition("[")[2].removesuffix("]") for change in kept}
        return MapDifference(
            {key: value for key, value in self.to_set.items() if key in keys},
            tuple(key for key in self.to_remove if key in keys),
            kept,
            tuple(change for change in self.told if change in changes),
        )


def map_difference(
    section: str, stated: Mapping[str, str], live: Mapping[str, str], applied: Mapping[str, str]
) -> MapDifference:
    """Keys stated now are set; keys applied before and stated no longer are removed; others stay."""
    wanted = {key: value for key, value in stated.items() if live.get(key) != value}
    gone = tuple(sorted(key for key in applied.keys() - stated.keys() if key in live))
    found = {
        key: Change(f"{section}[{key}]", live.get(key), wanted.get(key), Effect.IN_PLACE)
        for key in sorted(wanted.keys() | set(gone))
    }
    told = tuple(each for key, each in found.items() if key in wanted and applied.get(key) == wanted[key])
    return MapDifference(wanted, gone, tuple(found.values()), told)
