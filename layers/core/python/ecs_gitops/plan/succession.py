"""Pushes in quick succession: the first two go out at once, the others wait for the last one. Pure."""

from __future__ import annotations

from typing import Final

from ecs_gitops.model.actions import Hold
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Record
from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.rollout.attempts import is_under_way

PATIENCE: Final = 60.0
"""Seconds that a rollout which took another one's place is given before it may lose its own."""


def wait_until(record: Record) -> float | None:
    """From when the open rollout may be replaced (seconds); None when it may be at any time."""
    attempt = record.attempt
    if attempt is None or attempt.outcome is not None or not attempt.replaces:
        return None
    return attempt.started_at + PATIENCE


def hold(stated: Stated, live: Live, record: Record, now: float) -> Hold | None:
    """Why a rollout of `stated` does not replace the open one yet, or None."""
    until, attempt = wait_until(record), record.attempt
    if until is None or attempt is None or now >= until or attempt.digest == stated.revision:
        return None
    if not is_under_way(attempt, live):
        return None
    commit, seconds = stated.since[:7], round(until - now)
    message = f"Commit {commit} waits {seconds} s: two rollouts began in a row just now."
    return Hold(Reason.PENDING, message)
