"""What we told ECS of a service, kept by field: no step claims more than it did. Pure.

`Record.applied` is a statement made of all that our calls carried. A call writes into it exactly the
fields and the keys of tags that it carried; a statement with nothing left to do is taken over whole, for
two spellings of one state are one state.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ecs_gitops.compare.ownership import remembered
from ecs_gitops.compare.statement import plain, statement
from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.statement_parts import in_place_fields, revision_fields

_NOTHING = Stated("", "", None, None)


def with_fields(applied: Stated | None, stated: Stated, names: Collection[str]) -> Stated:
    """After a call that carried these fields of the service; what is not stated any more was reset."""
    said = stated.service or {}
    fields = {name: said[name] for name in names if said.get(name) is not None}
    kept = {name: value for name, value in _service(applied).items() if name not in names}
    return _made(applied, stated, _task(applied), {**kept, **fields})


def with_tags(
    applied: Stated | None, stated: Stated, to_set: Mapping[str, str], to_remove: Collection[str]
) -> Stated:
    """After calls that set and removed these tags."""
    service = ecs_service.with_tags(_service(applied), to_set, to_remove)
    return _made(applied, stated, _task(applied), service)


def in_doubt(
    applied: Stated,
    names: Collection[str],
    tags: Collection[str] = (),
    *,
    task_definition: bool = False,
) -> Stated:
    """Before a call that carries these: whoever is cut off in it knows of none of them what ECS was told.

    They stay fields that we stated once, of no known value: what lets them go still resets them, and what
    states the value before again is no drift.
    """
    service = {**_service(applied), **dict.fromkeys(names)}
    if tags:
        service = ecs_service.with_tags(service, dict.fromkeys(tags), ())
    task = None if task_definition else applied.task_definition
    return statement(applied.commit, task, service, since=applied.since)


def with_rollout(
    applied: Stated | None, stated: Stated, names: Collection[str], *, task_definition: bool
) -> Stated:
    """After a call that began a rollout: these fields, and the task definition if it brought one."""
    told = with_fields(applied, stated, names)
    task = stated.task_definition if task_definition else _task(applied)
    return _made(applied, stated, task, _service(told))


def with_revision(applied: Stated | None, stated: Stated) -> Stated:
    """After a rollout that ECS is seen to work on, though its answer never came."""
    names = revision_fields(stated.service or {})
    return with_rollout(applied, stated, names, task_definition=stated.task_definition is not None)


def with_no_tasks(applied: Stated) -> Stated:
    """After a service was told to run no task, on its way to be deleted."""
    return _made(applied, applied, applied.task_definition, ecs_service.at_no_tasks(_service(applied)))


def with_nothing(applied: Stated) -> Stated:
    """After a service was deleted by us: it is still ours, and told nothing."""
    return statement(applied.commit, None, {}, since=applied.since)


def in_place_alone(stated: Stated) -> Stated:
    """What is told of a service whose revision is still being rolled out by somebody else."""
    return _made(None, stated, None, in_place_fields(stated.service or {}))


def taken_over(stated: Stated, applied: Stated | None, *, revision: bool = True) -> Stated:
    """What to remember once ECS is what `stated` says, in whatever words.

    With the fields let go that wait for a person's word. revision: False where the revision part was
    left as ECS has it, so that nothing was told of it.
    """
    said = stated.service
    if said is not None:
        waiting = _service(applied) if revision else revision_fields(_service(applied))
        said = remembered(SERVICE, said, waiting) if revision else {**waiting, **said}
    task = stated.task_definition if revision else _task(applied)
    told = _made(applied, stated, task, said)
    return stated if told.digest == stated.digest else told


def tells_revision(applied: Stated | None, stated: Stated) -> bool:
    """Whether every field of the revision part was told."""
    if applied is None or not _is_same(stated.task_definition, applied.task_definition):
        return False
    return _tells(revision_fields(_service(applied)), revision_fields(stated.service or {}))


def tells_in_place(applied: Stated | None, stated: Stated) -> bool:
    """Whether every field that changes in place was told."""
    if applied is None:
        return False
    return _tells(in_place_fields(_service(applied)), in_place_fields(stated.service or {}))


def _tells(applied: Document, stated: Document) -> bool:
    return all(_is_same(value, applied.get(name)) for name, value in stated.items() if value is not None)


def _is_same(stated: object, applied: object) -> bool:
    return stated == applied or plain(stated) == plain(applied)


def _service(applied: Stated | None) -> Document:
    return (applied.service if applied else None) or {}


def _task(applied: Stated | None) -> Document | None:
    return applied.task_definition if applied else None


def _made(
    applied: Stated | None, stated: Stated, task_definition: Document | None, service: Document | None
) -> Stated:
    """A statement with the commits of what it says: of the newest only as far as it says that."""
    before = applied or _NOTHING
    is_bare = before.service is None and stated.service is None
    found = statement(before.commit, task_definition, None if is_bare else service, since=before.since)
    if found.digest == stated.digest:
        return Stated(
            found.digest,
            stated.commit,
            task_definition,
            found.service,
            found.revision,
            found.in_place,
            stated.since,
        )
    is_brought = found.revision == stated.revision
    since = stated.since if is_brought else before.since
    commit = since if is_brought and before.revision != found.revision else before.commit
    return Stated(
        found.digest,
        commit or stated.commit,
        task_definition,
        found.service,
        found.revision,
        found.in_place,
        since,
    )
