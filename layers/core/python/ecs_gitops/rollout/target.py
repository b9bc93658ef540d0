"""What ECS shall be brought to: Git's newest, or its in-place part over an older revision. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecs_gitops.compare.statement import in_place_only, statement
from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.record import Record, Succeeded
from ecs_gitops.resources.field import TASK_ROLE, WHOLE_REVISION
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.statement_parts import in_place_fields, revision_fields
from ecs_gitops.resources.task_definition import task_role


@dataclass(frozen=True, slots=True)
class Target:
    """What ECS shall be.

    fallback: the revision that succeeded last, where the newest one failed before: `stated` then has its
        revision part and the newest in-place part.
    leaves_revision: the newest failed and there is nothing to fall back to: the revision is left as ECS
        has it.
    """

    stated: Stated
    fallback: Succeeded | None = None
    leaves_revision: bool = False

    @property
    def is_newest(self) -> bool:
        """True when it is Git's newest word in both parts."""
        return self.fallback is None and not self.leaves_revision


def target(desired: Desired, record: Record) -> Target | None:
    """What ECS shall be, or None while there never was a valid statement."""
    newest = desired.stated
    if newest is None:
        return None
    if not is_quarantined(newest, record):
        return Target(newest)
    fallback = record.succeeded
    if fallback is None or is_failed(fallback.identity, record):
        return Target(in_place_only(newest), leaves_revision=True)
    return Target(_over(newest, fallback), fallback)


def is_quarantined(stated: Stated, record: Record) -> bool:
    """True when this revision part failed before, by whatever commit it comes now."""
    return is_failed(stated.revision, record)


def is_failed(digest: str, record: Record) -> bool:
    """True when what a digest names is in quarantine."""
    return any(entry.digest == digest for entry in record.quarantine)


def _over(newest: Stated, fallback: Succeeded) -> Stated:
    """Sections that Git does not state are never touched."""
    task = fallback.task_definition if newest.task_definition is not None else None
    service = newest.service
    if service is not None:
        service = {**(fallback.service or {}), **in_place_fields(service)}
    stated = statement(newest.commit, task, service, since=fallback.commit)
    return replace(stated, revision=fallback.identity, since=fallback.commit)


def for_creation(newest: Stated, wanted: Target, applied: Stated | None) -> Stated:
    """What a service is made of anew with an older revision.

    In-place fields that rest on what that revision has not are as they were last told.
    """
    stated, fallback = wanted.stated, wanted.fallback
    if stated.service is None or newest.service is None or fallback is None:
        return stated
    old, new = fallback.service or {}, newest.service
    lacks = {name for name in revision_fields({**old, **new}) if old.get(name) != new.get(name)}
    lacks.add(WHOLE_REVISION)
    if task_role(newest.task_definition) != task_role(fallback.task_definition):
        lacks.add(TASK_ROLE)
    told = (applied.service if applied else None) or {}
    service = {
        name: told.get(name) if lacks & set(SERVICE.row(name).rests_on) else value
        for name, value in stated.service.items()
    }
    kept = {name: value for name, value in service.items() if value is not None}
    made = statement(stated.commit, stated.task_definition, kept, since=stated.since)
    return replace(made, revision=stated.revision)
