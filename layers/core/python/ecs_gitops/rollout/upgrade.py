"""What an older release remembered, in today's digests: it starts nothing and lifts nothing. Pure.

Releases up to 0.1 knew a statement by one digest, `d1:`, over all of it. Whatever still holds such a
statement gives the `r1:` of its revision part to the attempts and quarantine entries that name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.compare.statement import statement, with_digests
from ecs_gitops.model.desired import Desired, Document, Stated
from ecs_gitops.model.record import Attempt, Record, Succeeded
from ecs_gitops.resources.statement_parts import revision_fields
from ecs_gitops.resources.task_definition import TASK_DEFINITION

_WHOLE = "d1:"


def upgraded(desired: Desired | None, record: Record) -> tuple[Desired | None, Record]:
    """Both as this release would have stored them; the same objects where there is nothing to do."""
    if desired is not None and desired.stated is not None and not desired.stated.revision:
        desired = replace(desired, stated=with_digests(desired.stated))
    if not _is_old(record):
        return desired, record
    renamed = {**(desired.renamed if desired else {}), **_renamed(desired, record)}
    return desired, _record(record, renamed)


def renamed_by(desired: Desired) -> Mapping[str, str]:
    """`d1:` → `r1:` of the statement that a desired record of an older release held."""
    if desired.stated is None or desired.stated.revision:
        return desired.renamed
    return {**desired.renamed, desired.stated.digest: with_digests(desired.stated).revision}


def unnamed(record: Record) -> frozenset[str]:
    """The `d1:` digests that nothing remembered says the statement of."""
    named = [each.digest for each in (record.attempt, record.replaced, *record.quarantine) if each]
    return frozenset(digest for digest in named if digest.startswith(_WHOLE))


def renamed_as_described(record: Record, revisions: Mapping[str, Document], stated: Stated) -> Record:
    """The record, with the `r1:` of Git's statement for what ran the very same task definition.

    revisions: `d1:` → the described revision that an attempt of that digest registered.
    """
    if stated.task_definition is None:
        return record
    wanted = canonical(TASK_DEFINITION, stated.task_definition)
    same = [old for old, found in revisions.items() if canonical(TASK_DEFINITION, found) == wanted]
    return _record(record, dict.fromkeys(same, stated.revision))


def _is_old(record: Record) -> bool:
    held = (record.applied, record.applying)
    return (
        bool(unnamed(record))
        or any(each is not None and not each.revision and each.digest for each in held)
        or (record.succeeded is not None and record.succeeded.digest.startswith(_WHOLE))
        or record.before.startswith(_WHOLE)
        or f":{_WHOLE}" in record.told
    )


def _renamed(desired: Desired | None, record: Record) -> dict[str, str]:
    held: Iterable[Stated | None] = (
        desired.stated if desired else None,
        record.applied,
        record.applying,
        record.replaced_stated,
    )
    found = {each.digest: with_digests(each).revision for each in held if each is not None}
    last = record.succeeded
    if last is not None and (last.task_definition is not None or last.service is not None):
        found[last.digest] = _revision_of(last)
    return {old: new for old, new in found.items() if old.startswith(_WHOLE) and new}


def _revision_of(succeeded: Succeeded) -> str:
    return statement("", succeeded.task_definition, succeeded.service).revision


def _record(record: Record, renamed: Mapping[str, str]) -> Record:
    reason, _, told = record.told.partition(":")
    return replace(
        record,
        applied=with_digests(record.applied) if record.applied else None,
        applying=with_digests(record.applying) if record.applying else None,
        attempt=_attempt(record.attempt, renamed),
        replaced=_attempt(record.replaced, renamed),
        succeeded=_succeeded(record, renamed),
        quarantine=tuple(
            replace(each, digest=renamed.get(each.digest, each.digest)) for each in record.quarantine
        ),
        before=renamed.get(record.before, record.before),
        told=f"{reason}:{renamed.get(told, told)}" if told else record.told,
    )


def _attempt(attempt: Attempt | None, renamed: Mapping[str, str]) -> Attempt | None:
    return attempt and replace(attempt, digest=renamed.get(attempt.digest, attempt.digest))


def _succeeded(record: Record, renamed: Mapping[str, str]) -> Succeeded | None:
    """A whole statement becomes its revision part; its revision is known where it is what runs."""
    old = record.succeeded
    if old is None or not old.digest.startswith(_WHOLE):
        return old
    is_applied = record.applied is not None and record.applied.digest == old.digest
    arn = record.task_definition_arn if is_applied else None
    return replace(
        old,
        task_definition_arn=old.task_definition_arn or arn or "",
        service=None if old.service is None else revision_fields(old.service),
        digest=renamed.get(old.digest, ""),
    )
