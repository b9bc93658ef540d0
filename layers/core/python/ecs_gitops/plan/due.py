"""When a service is to be looked at again, though nobody wakes it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ecs_gitops.model.actions import Action, brake_fields
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health, Reason
from ecs_gitops.plan import succession
from ecs_gitops.plan.drift import heal_at
from ecs_gitops.resources import service as ecs_service

SOON: Final = 30.0
"""Seconds until a step that another one must precede is tried again."""

ROLLING: Final = 60.0
"""Seconds between looks at a running rollout: its events may be lost."""

UNWELL: Final = 120.0
"""Seconds between looks at a service whose tasks are unwell."""

AFTERMATH: Final = 600.0
"""Seconds after a rollout failed in which ECS still stops tasks, so that what is told may change."""

OVERDUE: Final = 300.0
"""Seconds between looks at a rollout that is past its deadline."""


def look_again_at(
    desired: Desired, live: Live, record: Record, left: Sequence[Action], status: Status, *, now: float
) -> float | None:
    """The due time (seconds), or None when only an event or the full sweep need look.

    left: actions that were not applied.
    """
    times = [
        record.paused.until if record.paused else None,
        _attempt(record, now),
        _next_step(desired, live, record, now),
        _heal(desired, record, left, now),
        _health(record, status, now),
        _haste(record, left, now),
    ]
    return min((at for at in times if at is not None), default=None)


def _attempt(record: Record, now: float) -> float | None:
    attempt = record.attempt
    if attempt is None or attempt.outcome is not None:
        return now + ROLLING if record.replaced else None
    if attempt.deadline_at is None:
        return now + ROLLING
    return min(now + ROLLING, attempt.deadline_at + 1) if now < attempt.deadline_at else now + OVERDUE


def _next_step(desired: Desired, live: Live, record: Record, now: float) -> float | None:
    is_draining = live.service is not None and ecs_service.is_draining(live.service)
    is_pruning = record.pruning and not desired.present
    return now + SOON if record.waiting_for or is_pruning or is_draining else None


def _heal(desired: Desired, record: Record, left: Sequence[Action], now: float) -> float | None:
    """Drift whose healing is put off is looked at when the brake lets go."""
    waiting = [each for each in left if each.held is not None and each.held.reason is Reason.DRIFT]
    if not waiting or not desired.policy.self_heal:
        return None
    at = heal_at(record, brake_fields(change for each in waiting for change in each.changes), now)
    return None if at is None else max(at, now + ROLLING)


def _health(record: Record, status: Status, now: float) -> float | None:
    if status.health is Health.PROGRESSING:
        return now + ROLLING
    ended = record.attempt.ended_at if record.attempt else None
    is_fresh = status.health is Health.DEGRADED and ended is not None and now - ended < AFTERMATH
    return now + UNWELL if is_fresh or status.reason is Reason.UNHEALTHY else None


def _haste(record: Record, left: Sequence[Action], now: float) -> float | None:
    """A rollout that waits to take another one's place begins as soon as it may."""
    at = succession.wait_until(record)
    waits = any(each.held is not None and each.held.reason is Reason.PENDING for each in left)
    return max(at, now + 1) if waits and at is not None else None
