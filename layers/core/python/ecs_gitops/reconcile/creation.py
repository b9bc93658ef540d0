"""A service that was created just now: CreateService's answer is what is known until ECS shows it."""

from __future__ import annotations

from dataclasses import replace

from ecs_gitops.model.actions import CreateService
from ecs_gitops.model.desired import Document
from ecs_gitops.model.record import Attempt
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.resources.service import SHOWN_WITHIN, just_created


def known(turn: Turn) -> Document | None:
    """What is known of the service by calls of our own that ECS may not show yet."""
    return just_created(turn.record.created, turn.now)


def keep(turn: Turn) -> None:
    """After the steps of a turn: remember the newest answer about a service created just now."""
    created = known(turn) if turn.live.service is not None or not turn.seen else None
    if any(isinstance(each, CreateService) for each in turn.applied) or (created and turn.applied):
        created = turn.live.service
    turn.record = replace(turn.record, created=created)


def may_show_yet(attempt: Attempt, turn: Turn) -> bool:
    """Whether an attempt that was cut off may have created a service that ECS does not show yet."""
    is_new = turn.record.applied is None and turn.live.service is None
    return is_new and turn.now - attempt.started_at < SHOWN_WITHIN
