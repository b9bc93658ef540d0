"""ECS events, and times that have come → facts that only events tell, and services to look at."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from ecs_gitops.bootstrap import Controller, from_env
from ecs_gitops.rollout_events import take_in
from ecs_gitops.timers import pass_on

logger = Logger()


@cache
def controller() -> Controller:
    """Built at the first event, kept while the process lives."""
    return from_env(os.environ)


@logger.inject_lambda_context(correlation_id_path="id")
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One event, or a batch of the timer queue."""
    if "Records" in event:
        return pass_on(event["Records"], controller(), logger)
    wake = take_in(event, controller())
    return {"woken": str(wake.key) if wake else None}
