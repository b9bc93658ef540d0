"""The sources queue → desired records: reads the branch head and wakes what it changed."""

import os
from functools import cache, partial
from typing import Any

from ecs_gitops import start

# isort: split
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

from ecs_gitops.bootstrap import Controller, from_env
from ecs_gitops.groups import Groups
from ecs_gitops.source import look_at_source

logger = Logger()
processor = SqsFifoPartialProcessor(skip_group_on_error=True)


@cache
def controller() -> Controller:
    """Built at the first event, kept while the process lives."""
    return from_env(os.environ)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    """All waiting messages of a source are one reading of it."""
    work = partial(look_at_source, controller(), logger)
    groups = Groups(event["Records"], lambda: controller().sources, work, logger)
    try:
        return process_partial_response(event, groups, processor, context)
    finally:
        start.is_over()
