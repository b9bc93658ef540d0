"""Drift: what somebody changed outside Git, and the brake on putting it back. Pure."""

from __future__ import annotations

from typing import Final

from ecs_gitops.actions import Hold
from ecs_gitops.model import Desired, Live, Outcome, Reason, Record, Stated
from ecs_gitops.resources import service as ecs_service

BACK_OFF: Final = (60.0, 5 * 60.0, 25 * 60.0, 60 * 60.0)
"""Seconds to wait after the first, second, third and any later time that drift was put back."""

FIGHT_WINDOW: Final = 2 * 3600.0
"""Two heals within this time (seconds) and somebody is fighting us: the third waits for a person."""

MEMORY: Final = 24 * 3600.0
"""Seconds for which a heal counts."""

_APPLIED = (Outcome.SUCCEEDED, Outcome.SUPERSEDED)


def is_heal(stated: Stated, record: Record) -> bool:
    """True when bringing ECS to `stated` puts back what we had brought it to before.

    Whoever applies such an action adds the time to `record.heals`. A rollout that was rolled back or
    never finished is not drift: trying it again is a retry.
    """
    if record.applied is None or record.applied.digest != stated.digest:
        return False
    attempt = record.attempt
    return attempt is None or attempt.digest != stated.digest or attempt.outcome in _APPLIED


def heal_at(record: Record, now: float) -> float:
    """The time from which drift may be put back: now or earlier when nothing stands in the way."""
    heals = [at for at in record.heals if now - at < MEMORY]
    if not heals:
        return now
    fights = [at for at in heals if now - at < FIGHT_WINDOW]
    if len(fights) >= 2:
        return fights[-2] + FIGHT_WINDOW
    return heals[-1] + BACK_OFF[min(len(heals), len(BACK_OFF)) - 1]


def hold_heal(desired: Desired, live: Live, record: Record, now: float) -> Hold | None:
    """Why drift is not put back now, or None."""
    if not desired.policy.self_heal:
        return Hold(
            Reason.DRIFT,
            "ECS was changed outside Git and reconcile.selfHeal is false. "
            f"Put it back with `ecs-gitops sync {desired.key}`, or state the change in Git.",
        )
    if live.service is not None and ecs_service.is_foreign_rollout(live.service, _ours(record)):
        return Hold(
            Reason.DRIFT,
            "Somebody else's rollout is running; what it changed is put back once it has ended.",
        )
    fights = [at for at in record.heals if now - at < FIGHT_WINDOW]
    if len(fights) >= 2:
        return Hold(
            Reason.DRIFT_FIGHT,
            f"ECS was changed outside Git again, after it was put back {len(fights)} times within two "
            f"hours. Find who changes it, then run `ecs-gitops sync {desired.key}`.",
        )
    wait = heal_at(record, now) - now
    if wait > 0:
        return Hold(
            Reason.DRIFT,
            f"ECS was changed outside Git; it is put back in {_minutes(wait)}, since it was put back "
            "a short time ago.",
        )
    return None


def _ours(record: Record) -> tuple[str | None, ...]:
    attempt = record.attempt.task_definition_arn if record.attempt else None
    return (record.task_definition_arn, attempt)


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return "a minute" if minutes == 1 else f"{minutes} minutes"
