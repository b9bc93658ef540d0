"""ECS events, and times that have come → facts that only events tell, and services to look at."""

import os
from functools import cache
from typing import Any

from ecs_gitops.runtime import cold_start

# isort: split
from aws_lambda_powertools import Logger

from ecs_gitops.runtime.bootstrap import Controller, from_env
from ecs_gitops.sweep.rollout_events import hear

logger = Logger()


@cache
def controller() -> Controller:
    """Built at the first event, kept while the process lives."""
    return from_env(os.environ)


@logger.inject_lambda_context(correlation_id_path="id")
@cold_start.until_answered
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One event, or a batch of the timer queue."""
    return hear(event, controller(), logger)
