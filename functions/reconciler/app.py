"""The services queue → ECS: one turn of the loop for each service that is waiting."""

import os
from functools import cache, partial
from typing import Any

from ecs_gitops.runtime import cold_start

# isort: split
from aws_lambda_powertools import Logger

from ecs_gitops.reconcile.loop import look_at_service
from ecs_gitops.runtime.bootstrap import Controller, from_env
from ecs_gitops.sweep.groups import work_by_group

logger = Logger()


@cache
def controller() -> Controller:
    """Built at the first event, kept while the process lives."""
    return from_env(os.environ)


@logger.inject_lambda_context
@cold_start.until_answered
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """All waiting messages of a service are one turn."""
    work = partial(look_at_service, controller(), logger)
    return work_by_group(event["Records"], lambda: controller().services, work, logger)
