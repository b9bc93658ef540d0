"""Everything that differs for one service, and the coarse steps that would remove it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.compare.diff import diff
from ecs_gitops.compare.ownership import Difference, MapDifference, Sides, differences, map_difference
from ecs_gitops.model.actions import Action, Hold, Reconfigure, Replace, RollOut
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Change, Record
from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What differs, by section; `sides` are those of the service section."""

    task_definition: tuple[Change, ...]
    fields: tuple[Difference, ...]
    tags: MapDifference
    sides: Sides

    @property
    def every(self) -> tuple[Change, ...]:
        """All changes, in the order of the manifest's sections."""
        return self.task_definition + _changes(self.fields) + self.tags.changes


def find_changes(stated: Stated, live: Live, record: Record) -> ChangeSet:
    """What differs between a statement and an existing service, as far as Git owns it."""
    task_definition = _task_definition_changes(stated, live)
    if stated.service is None:
        return ChangeSet(task_definition, (), MapDifference(), Sides({}, {}, {}))
    service = ecs_service.observed(live.service or {})
    applied = (record.applied.service if record.applied else None) or {}
    sides = Sides(ecs_service.stated_in_context(stated.service, service), service, applied)
    not_owned = ecs_service.not_owned(stated.service, service, scalable=live.scalable)
    fields = differences(SERVICE, sides, section="service", not_owned=not_owned)
    fixed = [each for each in fields if each.row.create_only]
    if fixed:  # the rest is for the service as it is: what cannot change decides the defaults of others
        sides = replace(
            sides, stated={**sides.stated, **{each.name: service.get(each.name) for each in fixed}}
        )
        fields = [*differences(SERVICE, sides, section="service", not_owned=not_owned), *fixed]
    return ChangeSet(
        task_definition,
        tuple(fields),
        map_difference("service.tags", *map(ecs_service.tags, (stated.service, service, applied))),
        sides,
    )


def to_actions(key: ServiceKey, stated: Stated, found: ChangeSet) -> list[Action]:
    """The coarse steps, in an order of which every prefix is safe: what costs nothing goes first."""
    waiting = [each for each in found.fields if each.needs_word]
    create_only = [each for each in found.fields if each.row.create_only]
    rest = [each for each in found.fields if each not in waiting and each not in create_only]
    steps = _roll_out(key, stated, found, rest) or _reconfigure(key, stated, found, rest)
    if waiting:
        steps.append(_ask_for_word(key, stated, found, waiting))
    if create_only:
        steps.append(_replace(key, stated, create_only))
    return steps


def _task_definition_changes(stated: Stated, live: Live) -> tuple[Change, ...]:
    if stated.task_definition is None:
        return ()
    desired = canonical(TASK_DEFINITION, stated.task_definition)
    shown = canonical(TASK_DEFINITION, live.task_definition) if live.task_definition else {}
    return diff(TASK_DEFINITION, shown, desired, "taskDefinition")


def _roll_out(
    key: ServiceKey, stated: Stated, found: ChangeSet, rest: Sequence[Difference]
) -> list[Action]:
    """One deployment that carries every field; empty when nothing that differs starts one."""
    register = bool(found.task_definition)
    if not register and not any(each.starts_deployment for each in rest):
        return []
    changes = found.task_definition + _changes(rest)
    roll_out = RollOut(key, stated, register, _request(rest, found), changes)
    return [*_reconfigure(key, stated, found, ()), roll_out]


def _reconfigure(
    key: ServiceKey, stated: Stated, found: ChangeSet, rest: Sequence[Difference]
) -> list[Action]:
    if not rest and not found.tags.changes:
        return []
    changes = _changes(rest) + found.tags.changes
    fields = _request(rest, found)
    return [Reconfigure(key, stated, fields, found.tags.to_set, found.tags.to_remove, changes)]


def _ask_for_word(
    key: ServiceKey, stated: Stated, found: ChangeSet, waiting: Sequence[Difference]
) -> RollOut:
    message = (
        f"The manifest no longer states {_names(waiting)}, which is never removed silently. "
        f"Write `{waiting[0].name}: []` to remove it, or state it again to keep it."
    )
    hold = Hold(Reason.REQUIRES_STATEMENT, message)
    return RollOut(key, stated, False, _request(waiting, found), _changes(waiting), hold)


def _replace(key: ServiceKey, stated: Stated, create_only: Sequence[Difference]) -> Replace:
    message = (
        f"ECS cannot change {_names(create_only)} of an existing service. Delete the service by hand "
        "to have it created anew, or state in Git what runs."
    )
    return Replace(key, stated, _changes(create_only), Hold(Reason.REQUIRES_REPLACE, message))


def _request(sent: Sequence[Difference], found: ChangeSet) -> dict[str, Any]:
    if not sent:
        return {}
    changed = {each.name: each.send for each in sent}
    desired, live = canonical(SERVICE, found.sides.stated), canonical(SERVICE, found.sides.live)
    return ecs_service.update_request(changed, desired, live, force=any(each.row.force for each in sent))


def _changes(fields: Sequence[Difference]) -> tuple[Change, ...]:
    return tuple(change for each in fields for change in each.changes)


def _names(fields: Sequence[Difference]) -> str:
    return " and ".join(each.name for each in fields)
