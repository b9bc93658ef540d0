"""The brake on putting back drift: what somebody changed outside Git (`changeset` says what is). Pure."""

from __future__ import annotations

from typing import Final

from ecs_gitops.model.actions import Hold
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Heal, Record
from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.resources import service as ecs_service

BACK_OFF: Final = (60.0, 5 * 60.0, 25 * 60.0, 60 * 60.0)
"""Seconds to wait after the first, second, third and any later time that the same was put back."""

FIGHT_WINDOW: Final = 2 * 3600.0
"""Two heals of the same fields within this time (seconds), and the third waits for a person."""

MEMORY: Final = 24 * 3600.0
"""Seconds for which a heal counts."""

MOST_A_DAY: Final = 4
"""Heals of the same fields within `MEMORY`, after which a person is asked however slow the fight is."""


def heal_at(record: Record, fields: tuple[str, ...], now: float) -> float | None:
    """From when these fields may be put back (`now` or earlier: at once); None until a person says so."""
    heals = _of(record, fields, now)
    if not heals:
        return now
    if _is_fight(record, heals, now):
        return None
    return heals[-1].at + BACK_OFF[min(len(heals), len(BACK_OFF)) - 1]


def hold_heal(
    desired: Desired, live: Live, record: Record, fields: tuple[str, ...], now: float
) -> Hold | None:
    """Why drift of these fields is not put back now, or None."""
    if not desired.policy.self_heal:
        return Hold(
            Reason.DRIFT,
            f"ECS was changed outside Git{_by(record, now)} and reconcile.selfHeal is false. "
            f"Put it back with `ecs-gitops sync {desired.key}`, or state the change in Git.",
        )
    at = heal_at(record, fields, now)
    if at is None:
        return _fight(desired, record, len(_of(record, fields, now)), now)
    if live.service is not None and ecs_service.is_foreign_rollout(live.service, _ours(record)):
        return Hold(
            Reason.DRIFT,
            "Somebody else's rollout is running; what it changed is put back once it has ended.",
        )
    if at > now:
        return Hold(
            Reason.DRIFT,
            f"ECS was changed outside Git{_by(record, now)}; it is put back in {_minutes(at - now)}, since "
            "it was put back a short time ago.",
        )
    return None


def seen_call(record: Record, now: float) -> str:
    """The last call seen from outside Git, while it may still explain what differs; else ""."""
    return record.changed.what if record.changed and now - record.changed.at < MEMORY else ""


def _is_fight(record: Record, heals: list[Heal], now: float) -> bool:
    """The third within two hours, the fifth in a day; and once it is one, until a person or Git ends it."""
    if len(heals) < 2:
        return False
    told = record.status is not None and record.status.reason is Reason.DRIFT_FIGHT
    return told or now - heals[-2].at < FIGHT_WINDOW or len(heals) >= MOST_A_DAY


def _of(record: Record, fields: tuple[str, ...], now: float) -> list[Heal]:
    """The heals that count: those that shared a field, and those of unknown fields."""
    recent = [heal for heal in record.heals if now - heal.at < MEMORY]
    return [heal for heal in recent if not heal.fields or set(heal.fields) & set(fields)]


def _fight(desired: Desired, record: Record, times: int, now: float) -> Hold:
    seen = seen_call(record, now)
    who = f"The last call seen: {seen}. Stop it" if seen else "Find who changes it"
    return Hold(
        Reason.DRIFT_FIGHT,
        f"ECS was changed outside Git again, after it was put back {times} times within a day. {who}, "
        f"then run `ecs-gitops sync {desired.key}`.",
    )


def _by(record: Record, now: float) -> str:
    seen = seen_call(record, now)
    return f" ({seen})" if seen else ""


def _ours(record: Record) -> tuple[str | None, ...]:
    attempt = record.attempt.task_definition_arn if record.attempt else None
    fallback = record.succeeded.task_definition_arn if record.succeeded else None
    return (record.task_definition_arn, attempt, fallback)


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return "a minute" if minutes == 1 else f"{minutes} minutes"
