"""Everything that differs for one service, and which of it somebody else changed. Pure.

Drift, field by field: Git's word is what we told ECS before, and ECS differs. Nothing else is drift: not
a step of ours that is unfinished, held, cut off or taken back, nor ECS's own way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.compare.diff import diff
from ecs_gitops.compare.ownership import Difference, MapDifference, Sides, differences, map_difference
from ecs_gitops.compare.unequal import unequal
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Change, Record
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.field import TASK_ROLE, WHOLE_REVISION
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION, surely_differ, task_role
from ecs_gitops.rollout.attempts import is_settled_well


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What differs, by section; `sides` are those of the service section.

    is_revision_drift: all that differs of the revision part is what somebody else changed.
    lacks: what of the revision part differs, by the names that `rests_on` knows.
    """

    task_definition: tuple[Change, ...]
    fields: tuple[Difference, ...]
    tags: MapDifference
    sides: Sides
    is_revision_drift: bool = False
    lacks: frozenset[str] = frozenset()

    @property
    def every(self) -> tuple[Change, ...]:
        """All changes, in the order of the manifest's sections."""
        return self.task_definition + changes_of(self.fields) + self.tags.changes

    @property
    def need_word(self) -> list[Difference]:
        """Fields let go that are never removed silently."""
        return [each for each in self.fields if each.needs_word]

    @property
    def create_only(self) -> list[Difference]:
        """Fields that ECS cannot change."""
        return [each for each in self.fields if each.row.create_only]

    @property
    def revision(self) -> list[Difference]:
        """Fields whose change starts a deployment."""
        return [each for each in self.fields if each.starts_deployment and not each.needs_word]

    @property
    def in_place(self) -> list[Difference]:
        """Fields that change in place."""
        return [
            each
            for each in self.fields
            if not (each.starts_deployment or each.needs_word or each.row.create_only)
        ]


def find_changes(stated: Stated, live: Live, record: Record) -> ChangeSet:
    """What differs between a statement and an existing service, as far as Git owns it."""
    task_definition = _task_definition_changes(stated, live)
    fields: list[Difference] = []
    tags, sides = MapDifference(), Sides(SERVICE, {}, {}, {})
    if stated.service is not None:
        service = ecs_service.observed(live.service or {})
        applied = (record.applied.service if record.applied else None) or {}
        said = ecs_service.stated_in_context(stated.service, service)
        sides = Sides(SERVICE, said, service, applied)
        not_owned = ecs_service.not_owned(stated.service, service, scalable=live.scalable)
        fields = differences(sides, section="service", not_owned=not_owned)
        fixed = [each for each in fields if each.row.create_only]
        if fixed:  # the rest is for the service as it is: what cannot change decides the defaults of others
            sides = sides.fixed([each.name for each in fixed])
            fields = [*differences(sides, section="service", not_owned=not_owned), *fixed]
        tags = map_difference("service.tags", *map(ecs_service.tags, (stated.service, service, applied)))
    found = ChangeSet(task_definition, tuple(fields), tags, sides)
    if not task_definition and not found.revision:
        return found
    return ChangeSet(
        task_definition,
        tuple(fields),
        tags,
        sides,
        is_revision_drift=_is_revision_drift(stated, record, found),
        lacks=_lacks(stated, live, found),
    )


def changes_of(fields: Sequence[Difference]) -> tuple[Change, ...]:
    """The changes of these fields, in their order."""
    return tuple(change for each in fields for change in each.changes)


def rests_on_what_is_lacking(field: Difference, lacks: frozenset[str]) -> bool:
    """Whether an in-place field would change something that the older revision does not have."""
    return bool(lacks) and bool(lacks & set(field.row.rests_on))


def _task_definition_changes(stated: Stated, live: Live) -> tuple[Change, ...]:
    if stated.task_definition is None:
        return ()
    live_part, stated_part = unequal(TASK_DEFINITION, live.task_definition or {}, stated.task_definition)
    shown, desired = canonical(TASK_DEFINITION, live_part), canonical(TASK_DEFINITION, stated_part)
    if live.task_definition is None:
        shown = {}
    return diff(TASK_DEFINITION, shown, desired, "taskDefinition")


def _is_revision_drift(stated: Stated, record: Record, found: ChangeSet) -> bool:
    """A revision is rolled out whole: it is drift only if all that differs of it was told before."""
    if record.applied is None or not is_settled_well(record.attempt, stated.revision):
        return False
    if found.task_definition and not _is_told(stated, record.applied):
        return False
    return all(each.is_told for each in found.revision)


def _is_told(stated: Stated, applied: Stated) -> bool:
    if stated.task_definition is None or applied.task_definition is None:
        return False
    one, other = stated.task_definition, applied.task_definition
    if one == other or surely_differ(one, other):
        return one == other
    return canonical(TASK_DEFINITION, one) == canonical(TASK_DEFINITION, other)


def _lacks(stated: Stated, live: Live, found: ChangeSet) -> frozenset[str]:
    names = {each.name for each in found.revision} | {WHOLE_REVISION}
    if found.task_definition and task_role(stated.task_definition) != task_role(live.task_definition):
        names.add(TASK_ROLE)
    return frozenset(names)
