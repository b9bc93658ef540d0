"""What an ended attempt, or a person's request, changes in the record. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ecs_gitops.events.trail import CHANGED_OUTSIDE
from ecs_gitops.model.desired import Desired, Document, Stated
from ecs_gitops.model.messages import Wake
from ecs_gitops.model.record import Attempt, HistoryEntry, Outside, Quarantined, Record, Succeeded
from ecs_gitops.model.vocabulary import Outcome, Reason, Verb
from ecs_gitops.resources.statement_parts import revision_fields
from ecs_gitops.resources.task_definition import register_request

REFUSED: Final = "Refused"
"""History's word for a step that AWS would not take."""

POSTPONED: Final = "Postponed"
"""History's word for a rollout that waits, since others began just now."""

PASSED_OVER: Final = "PassedOver"
"""History's word for commits whose place a newer one took before anybody looked."""

_BAD: Final = (Outcome.FAILED, Outcome.ROLLED_BACK)

_CONSENT: Final = {
    Verb.SYNC: frozenset({Reason.MANUAL, Reason.DRIFT, Reason.DRIFT_FIGHT, Reason.PRUNE_GUARD}),
    Verb.RETRY: frozenset(
        {
            Reason.MANUAL,
            Reason.DRIFT,
            Reason.DRIFT_FIGHT,
            Reason.STOPPED_BY_HAND,
            Reason.OUTCOME_UNKNOWN,
        }
    ),
    Verb.PAUSE: frozenset(),
    Verb.RESUME: frozenset(),
}
"""The holds that a request lifts. Only Git lifts the others."""


def consent(wakes: Iterable[Wake]) -> frozenset[Reason]:
    """The holds that these messages lift."""
    return frozenset().union(*(_CONSENT[wake.request] for wake in wakes if wake.request))


def note_outside(record: Record, wakes: Iterable[Wake], now: float) -> Record:
    """Remember the last call that changed the service outside Git, if these messages tell of one."""
    calls = [wake.cause.detail for wake in wakes if wake.cause.kind == CHANGED_OUTSIDE]
    return replace(record, changed=Outside(calls[-1], now)) if calls else record


def confirm(record: Record, wakes: Iterable[Wake]) -> Record:
    """Whoever asks for `sync` has seen what was rebuilt."""
    return replace(record, rebuilt=record.rebuilt and all(each.request is not Verb.SYNC for each in wakes))


def retry(record: Record, stated: Stated) -> Record:
    """A revision part out of quarantine: it may be rolled out again."""
    quarantine = tuple(each for each in record.quarantine if each.digest != stated.revision)
    return replace(record, quarantine=quarantine)


def close(record: Record, attempt: Attempt, why: str = "", described: Document | None = None) -> Record:
    """The record once its attempt has ended; `why` is what its tasks told.

    What succeeded is what quarantine falls back to from now on. described: its revision as ECS shows it,
    for one whose statement is not remembered. A failed revision part is quarantined. Were it the very one
    that quarantine falls back to, there is nothing left to fall back to: rolling it out again and again
    would help nobody.
    """
    record = replace(record, attempt=attempt)
    if attempt.outcome is Outcome.SUCCEEDED:
        return _succeed(record, attempt, described)
    if attempt.outcome not in _BAD:
        return record
    known = tuple(each for each in record.quarantine if each.digest != attempt.digest)
    message = f"{attempt.message} {why}".strip()
    entry = Quarantined(attempt.digest, attempt.commit, message, attempt.ended_at or attempt.started_at)
    fallback = record.succeeded
    if fallback is not None and fallback.identity == attempt.digest:
        fallback = None
    return replace(record, quarantine=(*known, entry), succeeded=fallback)


def _succeed(record: Record, attempt: Attempt, described: Document | None) -> Record:
    held = (record.applied, record.replaced_stated, record.applying)
    stated = next((each for each in held if each is not None and each.revision == attempt.digest), None)
    last = record.succeeded.identity if record.succeeded else ""
    before = record.before if last == attempt.digest else last
    succeeded = Succeeded(
        task_definition_arn=attempt.task_definition_arn or "",
        task_definition=register_request(described) if described else None,
        digest=attempt.digest if attempt.digest.startswith("r") else "",
        commit=attempt.commit,
    )
    if stated is not None:
        succeeded = replace(
            succeeded,
            task_definition=stated.task_definition or succeeded.task_definition,
            service=None if stated.service is None else revision_fields(stated.service),
        )
    return replace(record, succeeded=succeeded, before=before)


def supersede(attempt: Attempt, by: Stated, now: float) -> Attempt:
    """An open attempt, ended because a newer statement is rolled out in its place."""
    message = in_its_place(by.since)
    return replace(attempt, outcome=Outcome.SUPERSEDED, message=message, ended_at=now)


def in_its_place(commit: str) -> str:
    """Why an attempt ended that another one took the place of."""
    return f"Commit {commit[:7]} was rolled out in its place."


def is_refused(attempt: Attempt | None, stated: Stated, record: Record) -> bool:
    """True when AWS would not take this statement's last attempt: no deployment of it ever failed."""
    if attempt is None or attempt.digest != stated.revision or attempt.outcome is not Outcome.FAILED:
        return False
    if attempt.deployment_arn is not None:
        return False
    return all(each.digest != attempt.digest for each in record.quarantine)


def told(desired: Desired, wakes: Iterable[Wake], now: float) -> list[HistoryEntry]:
    """History lines for what people asked."""
    return [
        HistoryEntry(
            key=desired.key,
            at=now,
            commit=desired.commit,
            digest=desired.stated.digest if desired.stated else "",
            event=wake.request.value.capitalize(),
            message=_asked(wake),
            sender=wake.sender,
            cause=wake.cause.id,
        )
        for wake in wakes
        if wake.request
    ]


def passed_over(desired: Desired, record: Record, wakes: Iterable[Wake], now: float) -> list[HistoryEntry]:
    """One history line for the commits that were never rolled out by themselves, if there are any.

    A message may come late, when its own commit was seen to already: that one was not passed over.
    """
    named = [commit for wake in wakes for commit in (*wake.passed, wake.cause.commit) if commit]
    newest, seen = desired.commit, _seen_to(record)
    commits = [commit for commit in dict.fromkeys(named) if commit != newest and commit not in seen]
    if not commits:
        return []
    which = "Commit" if len(commits) == 1 else "Commits"
    was = "was" if len(commits) == 1 else "were"
    names = ", ".join(commit[:7] for commit in commits)
    message = f"{which} {names} {was} pushed just before it and went out with it, if at all."
    return [HistoryEntry(desired.key, now, newest, "", PASSED_OVER, message)]


def _seen_to(record: Record) -> set[str]:
    """The commits that had a rollout of their own, as far as the record remembers."""
    seen = (record.attempt, record.replaced, record.applied, record.applying, record.succeeded)
    brought = {each.since for each in (record.applied, record.applying) if each is not None}
    return brought | {each.commit for each in (*seen, *record.quarantine) if each is not None}


def _asked(wake: Wake) -> str:
    if wake.request is not Verb.PAUSE:
        return f"Asked to {wake.request}."
    why = f": {wake.reason.rstrip('.')}" if wake.reason else ""
    return f"Asked to pause for {_span(wake.seconds)}{why}."


def _span(seconds: int) -> str:
    """`2 hours`, `90 minutes`, `45 seconds`: in the largest unit that needs no fraction."""
    units = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
    unit, size = next((unit, size) for unit, size in units if seconds % size == 0)
    return f"{seconds // size} {unit}{'' if seconds == size else 's'}"
