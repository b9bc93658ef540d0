"""What differs → coarse steps, every prefix of them safe: what costs nothing goes first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecs_gitops.compare.ownership import Difference, MapDifference
from ecs_gitops.model.actions import Action, Hold, Reconfigure, Replace, RollOut, brake_fields
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Change
from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.plan.changeset import ChangeSet, changes_of, rests_on_what_is_lacking
from ecs_gitops.resources import service as ecs_service


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms steps may go.

    rollout: why no rollout may begin now, or None. is_rolling: this very revision part is on its way, so
    that no second rollout of it begins. brake: fields → why their drift is not put back now, or None.
    lacks: what the older revision in force has not of Git's newest one. later: how a person is told of
    fields that go out with the newest revision only. revision_arn: see `RollOut`.
    """

    brake: Callable[[tuple[str, ...]], Hold | None]
    later: Callable[[Sequence[str]], Hold]
    rollout: Hold | None = None
    is_rolling: bool = False
    lacks: frozenset[str] = frozenset()
    revision_arn: str | None = None


def to_actions(key: ServiceKey, stated: Stated, found: ChangeSet, terms: Terms) -> list[Action]:
    """The steps. What somebody else changed and may not be put back now is a held step of its own."""
    return _Steps(key, stated, found, terms).every()


@dataclass(frozen=True, slots=True)
class _Steps:
    key: ServiceKey
    stated: Stated
    found: ChangeSet
    terms: Terms

    def every(self) -> list[Action]:
        found = self.found
        drifted = [each for each in found.in_place if each.is_told]
        own = [each for each in found.in_place if not each.is_told]
        ours = [change for change in found.tags.changes if change not in found.tags.told]
        kept = self._brake(drifted)
        later = self._rests(own)
        own = [each for each in own if each not in later]
        if kept is None:  # put back, in the same call
            own, drifted, ours = [*own, *drifted], [], list(found.tags.changes)
        ready, tags = _Part(own, found.tags.only(ours)), found.tags.only(found.tags.told)
        steps = self._roll_out(ready, kept)
        if kept is not None and (drifted or tags.changes):
            steps.append(self._reconfigure(_Part(drifted, tags), kept))
        if later and not any(isinstance(each, RollOut) and each.held for each in steps):
            names = [each.name for each in later]
            steps.append(self._reconfigure(_Part(later), self.terms.later(names)))
        if found.need_word:
            steps.append(self._ask_for_word())
        if found.create_only:
            steps.append(self._replace())
        return steps

    def _brake(self, drifted: Sequence[Difference]) -> Hold | None:
        changes = [*changes_of(drifted), *self.found.tags.told]
        if self.found.is_revision_drift:
            changes += [*self.found.task_definition, *changes_of(self.found.revision)]
        return self.terms.brake(brake_fields(changes)) if changes else None

    def _rests(self, own: Sequence[Difference]) -> list[Difference]:
        """What goes out with the newest revision alone, which is not rolled out now."""
        lacks = self.terms.lacks
        if self._has_revision and self.terms.rollout is not None:
            lacks |= self.found.lacks
        return [each for each in own if rests_on_what_is_lacking(each, lacks)]

    @property
    def _has_revision(self) -> bool:
        return bool(self.found.task_definition or self.found.revision)

    def _roll_out(self, ready: _Part, kept: Hold | None) -> list[Action]:
        """One deployment that carries what may go with it; without one, the change in place."""
        held = self.terms.rollout or (kept if self.found.is_revision_drift else None)
        if not self._has_revision or self.terms.is_rolling:
            return self._in_place(ready)
        if held is not None:
            later = self._rests([each for each in self.found.in_place if not each.is_told])
            return [*self._in_place(ready), self._carrying(later, held)]
        return [*self._in_place(_Part((), ready.tags)), self._carrying(ready.fields, None)]

    def _carrying(self, riding: Sequence[Difference], held: Hold | None) -> RollOut:
        found, arn = self.found, self.terms.revision_arn
        sent = sorted([*found.revision, *riding], key=lambda each: each.name)
        drifted = changes_of([each for each in riding if each.is_told])
        if found.is_revision_drift:
            drifted += found.task_definition + changes_of(found.revision)
        return RollOut(
            self.key,
            self.stated,
            bool(found.task_definition) and arn is None,
            self._request(sent),
            found.task_definition + changes_of(sent),
            held,
            revision_arn=arn if found.task_definition else None,
            heals=brake_fields(drifted) if drifted else (),
        )

    def _in_place(self, part: _Part) -> list[Action]:
        return [self._reconfigure(part, None)] if part.changes else []

    def _reconfigure(self, part: _Part, held: Hold | None) -> Reconfigure:
        drifted = changes_of([each for each in part.fields if each.is_told]) + part.tags.told
        return Reconfigure(
            self.key,
            self.stated,
            self._request(part.fields),
            part.tags.to_set,
            part.tags.to_remove,
            part.changes,
            held,
            heals=brake_fields(drifted) if drifted else (),
        )

    def _ask_for_word(self) -> RollOut:
        waiting = self.found.need_word
        message = (
            f"The manifest no longer states {_names(waiting)}, which is never removed silently. "
            f"Write `{waiting[0].name}: []` to remove it, or state it again to keep it."
        )
        hold = Hold(Reason.REQUIRES_STATEMENT, message)
        return RollOut(self.key, self.stated, False, self._request(waiting), changes_of(waiting), hold)

    def _replace(self) -> Replace:
        message = (
            f"ECS cannot change {_names(self.found.create_only)} of an existing service. Delete the "
            "service by hand to have it created anew, or state in Git what runs."
        )
        hold = Hold(Reason.REQUIRES_REPLACE, message)
        return Replace(self.key, self.stated, changes_of(self.found.create_only), hold)

    def _request(self, sent: Sequence[Difference]) -> dict[str, Any]:
        if not sent:
            return {}
        changed = {each.name: each.send for each in sent}
        sides, force = self.found.sides, any(each.row.force for each in sent)
        return ecs_service.update_request(changed, sides.desired_form, sides.live_form, force=force)


@dataclass(frozen=True, slots=True)
class _Part:
    """Fields and tags that one step changes in place."""

    fields: Sequence[Difference]
    tags: MapDifference = field(default_factory=MapDifference)

    @property
    def changes(self) -> tuple[Change, ...]:
        return changes_of(self.fields) + self.tags.changes


def _names(fields: Sequence[Difference]) -> str:
    return " and ".join(each.name for each in fields)
