"""A pause: a person asked that nothing be applied for a while. It ends by itself, or by `resume`. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from ecs_gitops.model.actions import Hold
from ecs_gitops.model.messages import Wake
from ecs_gitops.model.record import Pause, Record
from ecs_gitops.model.vocabulary import Reason, Verb


def hear(record: Record, wakes: Iterable[Wake], now: float) -> Record:
    """The record after these messages, in their order; a pause that is over is gone (`now` in seconds)."""
    paused = record.paused if is_paused(record, now) else None
    for wake in wakes:
        if wake.request is Verb.PAUSE and wake.seconds > 0:
            paused = Pause(now + wake.seconds, wake.sender, wake.reason)
        elif wake.request is Verb.RESUME:
            paused = None
    return replace(record, paused=paused)


def is_paused(record: Record, now: float) -> bool:
    """Whether nothing may be applied at `now`."""
    return record.paused is not None and now < record.paused.until


def hold(record: Record, now: float) -> Hold | None:
    """Why every action waits while the pause lasts, or None."""
    if record.paused is None or now >= record.paused.until:
        return None
    how = f"`ecs-gitops resume {record.key}` ends the pause."
    return Hold(Reason.PAUSED, f"{describe(record.paused)} {how}")


def describe(pause: Pause) -> str:
    """One sentence: until when, by whom, why."""
    why = f": {pause.reason.rstrip('.')}" if pause.reason else ""
    return f"Paused until {clock(pause.until)} by {pause.by or 'somebody'}{why}."


def clock(seconds: float) -> str:
    """A moment as people write it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")
