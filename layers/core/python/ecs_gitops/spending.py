"""A turn's share of the API budget: taken whole, before its first changing call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import Final

from ecs_gitops.actions import Action
from ecs_gitops.bootstrap import Controller
from ecs_gitops.budget import Costs, Family, Urgency, costs, without
from ecs_gitops.errors import RetryableError
from ecs_gitops.model import Wake
from ecs_gitops.plan import target
from ecs_gitops.turn import Turn
from ecs_gitops.words import Why

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

    Raises RetryableError instead where a person asked: what was asked for must not be forgotten.
    """
    asked = _asked(actions, turn)
    if turn.reserved is not None and turn.reserved() == 0.0:
        turn.controller.budget.give_back(without(_ROLLOUT, asked), turn.now)
        asked = without(asked, _ROLLOUT)
    if asked:
        turn.short = turn.controller.budget.take(asked, urgency(turn), turn.now)
    if turn.short and turn.request is not None:
        raise RetryableError(f"cannot change {turn.key}: no call is left for now", ceil(turn.short))


def urgency(turn: Turn) -> Urgency:
    """Going back to what worked may take what is kept for it: by quarantine, or because Git went back.

    So may a person who waits for an answer.
    """
    if turn.request is not None:
        return Urgency.ROLLBACK
    stated = target(turn.desired, turn.record)
    if stated is None or stated == turn.desired.stated:
        is_back = stated is not None and stated.digest == turn.record.before
        return Urgency.ROLLBACK if is_back else Urgency.ORDINARY
    return Urgency.ROLLBACK


def _asked(actions: Sequence[Action], turn: Turn) -> Costs:
    attempt, stated = turn.record.attempt, target(turn.desired, turn.record)
    is_registered = (
        attempt is not None
        and stated is not None
        and attempt.outcome is None
        and attempt.digest == stated.digest
        and attempt.task_definition_arn is not None
    )
    return costs(actions, is_registered=is_registered)
