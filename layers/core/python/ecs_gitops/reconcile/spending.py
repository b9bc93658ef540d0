"""A turn's share of the API budget: taken whole, before its first changing call, or waited for in line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import Final

from ecs_gitops.events.triggers import TIMER
from ecs_gitops.model.actions import Action
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.errors import RetryableError
from ecs_gitops.model.messages import Wake
from ecs_gitops.model.record import Booking, Record, Status
from ecs_gitops.model.vocabulary import Reason, Why
from ecs_gitops.plan.budget import Bucket, Costs, Family, Urgency, costs, without
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.rollout.target import target
from ecs_gitops.runtime.bootstrap import Controller

LOST: Final = 30.0
"""Seconds after a service's turn came in which its timer is waited for, before a sweep looks."""

MOST_HOPS: Final = 12
"""Functions invoked one through the other, by queues, after which no timer is set: each leads to two more,
and Lambda stops a chain at about sixteen
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)."""

_ROLLOUT: Final[Costs] = {Family.TASK_DEFINITIONS: 1, Family.SERVICES: 1}
_BRINGS_ROLLOUT: Final = tuple(why.value for why in Why)


def reserve(wakes: Sequence[Wake], controller: Controller, now: float) -> Callable[[], float] | None:
    """Take what a rollout needs beside the reading of its record, where a rollout is likely.

    So that a push waits for no request more; None where it is unlikely, or nothing goes beside.
    """
    settings = controller.settings
    if settings.observe or settings.requests_at_once < 2:
        return None
    if not any(wake.cause.kind in _BRINGS_ROLLOUT for wake in wakes):
        return None
    return controller.beside.start(lambda: controller.budget.take(_ROLLOUT, Urgency.ORDINARY, now))


def take_tokens(actions: Sequence[Action], turn: Turn) -> None:
    """Take what these steps will need; where it is not there, `turn.short` says for how long.

    A turn in line is booked then. What was taken is noted as one whose time has come, until all is done:
    who is cut off, or meets a bad moment of AWS's, does not go back to the line's end. Raises
    RetryableError instead where a person asked: what was asked for must not be forgotten.
    """
    buckets, before, now = turn.controller.budget, turn.record.booked, round(turn.now, 3)
    asked = needed = _asked(actions, turn)
    if turn.reserved is not None and turn.reserved() == 0.0:
        buckets.give_back(without(_ROLLOUT, needed), now)
        asked = without(needed, _ROLLOUT)
    turn.short = buckets.take(asked, urgency(turn), now, before)
    if turn.short and turn.request is not None:
        raise RetryableError(f"cannot change {turn.key}: no call is left for now", ceil(turn.short))
    booked = tuple(Booking(Bucket(family).full, count, now) for family, count in needed.items())
    if turn.short:
        booked = buckets.book(asked, urgency(turn), now, before)
        turn.short = max((each.at - now for each in booked), default=turn.short)
    turn.record = replace(turn.record, booked=booked)
    buckets.let_go([each for each in before if each not in booked and each.at > now], now)


def urgency(turn: Turn) -> Urgency:
    """Going back to what worked may take what is kept for it: by quarantine, or because Git went back.

    So may a person who waits for an answer.
    """
    if turn.request is not None:
        return Urgency.ROLLBACK
    wanted = target(turn.desired, turn.record)
    if wanted is None or wanted.is_newest:
        is_back = wanted is not None and _goes_back(wanted.stated, turn.record)
        return Urgency.ROLLBACK if is_back else Urgency.ORDINARY
    return Urgency.ROLLBACK


def set_timer(before: Record, turn: Turn) -> None:
    """Have the service woken when its turn in line comes; once, unless the timer rang too soon.

    A chain of timers that has become long ends here: what is due is found by the sweep, which a schedule
    invokes, so that no chain reaches what Lambda takes for a loop.
    """
    hops = max(wake.hops for wake in turn.wakes) + 1
    if hops > MOST_HOPS:
        return
    rang = any(wake.cause.kind == TIMER for wake in turn.wakes)
    if turn.short and (rang or not turn.record.booked or turn.record.booked != before.booked):
        turn.controller.timers.set(turn.key, turn.now + turn.short, turn.now, hops)


def told(status: Status, turn: Turn) -> Status:
    """The status of a service that waits for its turn in line: when that comes, to the second."""
    if not turn.short:
        return status
    at = datetime.fromtimestamp(ceil(round(turn.now + turn.short, 3)), UTC)
    message = (
        "Many services change at once: ECS takes no more calls of us for now. "
        f"This one's turn comes at about {at:%H:%M:%S} UTC; nothing needs to be done."
    )
    return replace(status, reason=Reason.BUDGET, message=message)


def _goes_back(stated: Stated, record: Record) -> bool:
    """To what succeeded before the newest that did, or from a rollout under way to the newest that did."""
    if stated.revision == record.before:
        return True
    attempt, succeeded = record.attempt, record.succeeded
    is_open = attempt is not None and attempt.outcome is None and attempt.digest != stated.revision
    return is_open and succeeded is not None and succeeded.identity == stated.revision


def _asked(actions: Sequence[Action], turn: Turn) -> Costs:
    attempt, wanted = turn.record.attempt, target(turn.desired, turn.record)
    is_registered = (
        attempt is not None
        and wanted is not None
        and attempt.outcome is None
        and attempt.digest == wanted.stated.revision
        and attempt.task_definition_arn is not None
    )
    return costs(actions, is_registered=is_registered)
