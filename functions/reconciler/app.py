"""The services queue → ECS: one turn of the loop for each service that is waiting."""

import os
from functools import cache, partial
from typing import Any

from ecs_gitops import start

# isort: split
from aws_lambda_powertools import Logger

from ecs_gitops.bootstrap import Controller, from_env
from ecs_gitops.groups import Groups
from ecs_gitops.reconcile import look_at_service

logger = Logger()


@cache
def controller() -> Controller:
    """Built at the first event, kept while the process lives."""
    return from_env(os.environ)


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """All waiting messages of a service are one turn."""
    work = partial(look_at_service, controller(), logger)
    try:
        return Groups(event["Records"], lambda: controller().services, work, logger).work()
    finally:
        start.is_over()
