"""The services queue → ECS: one turn of the loop for each service that is waiting."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

from ecs_gitops.bootstrap import Controller, from_env
from ecs_gitops.groups import Groups
from ecs_gitops.reconcile import look_at_service

logger = Logger()
processor = SqsFifoPartialProcessor(skip_group_on_error=True)


@cache
def controller() -> Controller:
    """Built at the first event, kept while the process lives."""
    return from_env(os.environ)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    """All waiting messages of a service are one turn."""
    work = partial(look_at_service, controller(), logger)
    groups = Groups(event["Records"], controller().services, work, logger)
    return process_partial_response(event, groups, processor, context)
