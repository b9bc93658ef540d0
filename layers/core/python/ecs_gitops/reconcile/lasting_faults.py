"""A fault of AWS's that does not pass: told in the service's status, and tried again when that is due.

What may pass goes back to the queue a few times. Then waiting is no help any more, and silence would be a
lie: the last thing told may be "Synced". The turn ends, with the error and since when as its status.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from ecs_gitops.model.errors import ConflictError, QuotaError, RetryableError, TerminalError
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health, Reason, Sync
from ecs_gitops.reconcile import creation
from ecs_gitops.reconcile.notify import notify
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.rollout.attempts import is_under_way
from ecs_gitops.status.assess import assess
from ecs_gitops.status.notices import decide
from ecs_gitops.status.situation import Situation, join, sentence

PATIENCE: Final = 4
"""So often the queue hands out what fails before it is told; then each further try is told at once."""

SOONEST: Final = 120.0
LATEST: Final = 900.0
"""Seconds until the next try at least and at most: as long again as it has lasted. A quota waits longer."""

_FAILING: Final = "Failing"
_PASSED: Final = "Passed"
"""History's words for the first turn that told of a fault, and for the first one without."""

_ROOM: Final = "Have AWS raise the quota, or delete what is not needed any more."


def lasts(error: TerminalError | RetryableError, turn: Turn) -> bool:
    """Whether to tell of this error now; False where the queue is to hand the turn out again, soon.

    Who was quicker with a record, or with the service, may always be followed at once.
    """
    if isinstance(error, TerminalError | QuotaError) or turn.delivery.times >= PATIENCE:
        return True
    return turn.record.failing_since is not None and not isinstance(error, ConflictError)


def tell(error: TerminalError | RetryableError, turn: Turn) -> Status:
    """End a turn that came to no end: the error is its status, kept with all that was done until then.

    Raises RetryableError when not even that can be stored.
    """
    creation.keep(turn)
    since = turn.record.failing_since or turn.delivery.since or turn.now
    due_at = turn.now + _wait(error, turn.now - since)
    status = _status(error, turn, since, due_at)
    if turn.record.failing_since is None and turn.desired.stated is not None:
        turn.note(_FAILING, turn.desired.stated, sentence(str(error)))
    record = replace(_unhurried(turn, due_at), status=status, failing_since=since, due_at=due_at)
    if turn.controller.topic is not None:
        digest = turn.desired.stated.revision if turn.desired.stated else ""
        record = decide(record, status, digest, turn.controller.settings.install)
    turn.record = record
    turn.save()
    notify(turn, due_at)
    return status


def passed(turn: Turn) -> None:
    """A turn came to its end: what was failing is over, and history says so."""
    since = turn.record.failing_since
    if since is None:
        return
    turn.record = replace(turn.record, failing_since=None)
    if turn.desired.stated is not None and not turn.refusal and not turn.unseen:
        turn.note(_PASSED, turn.desired.stated, f"What had failed since {_clock(since)} fails no longer.")


def _wait(error: Exception, lasted: float) -> float:
    seconds = min(max(lasted, SOONEST), LATEST)
    return max(seconds, float(error.retry_after)) if isinstance(error, QuotaError) else seconds


def _status(error: Exception, turn: Turn, since: float, due_at: float) -> Status:
    """What is known of the service besides stays true; of what was not looked at, nothing is."""
    left = [action for action in turn.planned or () if action not in turn.applied]
    status = assess(turn.desired, turn.live, turn.record, left, now=turn.now)
    case = Situation(turn.desired, turn.live, turn.record, tuple(left), turn.now, ())
    is_for_people = isinstance(error, TerminalError | QuotaError)
    message = join(
        f"Since {_clock(since)} this fails: {sentence(str(error))}",
        _ROOM if isinstance(error, QuotaError) else "",
        f"It is tried again by itself, at about {_clock(due_at)}.",
        case.what_runs if turn.planned is not None else "",
    )
    sync = Sync.OUT_OF_SYNC if left else status.sync
    return replace(
        status,
        sync=sync if turn.planned is not None else Sync.UNKNOWN,
        health=case.health if turn.seen else Health.UNKNOWN,
        reason=Reason.REFUSED if is_for_people else Reason.UNAVAILABLE,
        message=message,
    )


def _unhurried(turn: Turn, due_at: float) -> Record:
    """The deadline of an attempt that ECS has not heard of runs from when it is tried next."""
    record, attempt = turn.record, turn.record.attempt
    if attempt is None or attempt.outcome is not None or is_under_way(attempt, turn.live):
        return record
    if attempt.deadline_at is None:
        return record
    deadline_at = max(attempt.deadline_at, due_at + turn.desired.rollout.deadline)
    return replace(record, attempt=replace(attempt, deadline_at=deadline_at))


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
