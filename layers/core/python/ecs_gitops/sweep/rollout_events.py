"""An event of ECS → what is remembered of it, and whether a service is to be looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ecs_gitops.events import triggers
from ecs_gitops.events.trail import changed_outside
from ecs_gitops.model.desired import Document
from ecs_gitops.model.errors import UnreadableError
from ecs_gitops.model.messages import Wake
from ecs_gitops.model.record import Record
from ecs_gitops.model.vocabulary import Health
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.sweep.timers import pass_on

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


def hear(event: dict[str, Any], controller: Controller, logger: Logger) -> dict[str, Any]:
    """One event, or a batch of the timer queue: what the function answers Lambda."""
    if "Records" in event:
        return pass_on(event["Records"], controller, logger)
    try:
        wake = take_in(event, controller)
    except UnreadableError as error:
        logger.error(f"{error}. It goes to the dead letters; the full sweep finds what it may have told.")
        raise
    return {"woken": str(wake.key) if wake else None}


def take_in(event: Document, controller: Controller) -> Wake | None:
    """Store a stopped task's facts; wake its service when the event may change what is known of it.

    Returns the wake that was sent. Only services that Git names are remembered and woken.
    """
    task = triggers.stopped_task(event)
    wake = triggers.rollout_wake(event) or changed_outside(event, controller.settings.own_role)
    key = task.key if task else wake.key if wake else None
    if key is None:
        return None
    desired, record = controller.table.get(key)
    if desired is None or not controller.settings.follows(key.cluster):
        return None
    if task is not None:
        controller.table.add_stopped(task)
    if wake is None or not _tells_something(wake, record):
        return None
    controller.services.send(replace(wake, hops=1))
    return wake


def _tells_something(wake: Wake, record: Record) -> bool:
    """Steady states come every few hours, and our own rollouts begin as we told them to."""
    is_open = record.attempt is not None and record.attempt.outcome is None
    if wake.cause.kind == triggers.STEADY_STATE:
        return is_open or record.status is None or record.status.health is not Health.HEALTHY
    if wake.cause.kind == triggers.DEPLOYMENT_STARTED:
        return not is_open
    return True
