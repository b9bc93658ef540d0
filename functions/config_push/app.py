"""The sources queue → desired records: reads the branch head and wakes what it changed."""

import os
from functools import cache, partial
from typing import Any

from ecs_gitops.runtime import cold_start

# isort: split
from aws_lambda_powertools import Logger

from ecs_gitops.ingest.source import look_at_source
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
    """All waiting messages of a source are one reading of it."""
    work = partial(look_at_source, controller(), logger)
    return work_by_group(event["Records"], lambda: controller().sources, work, logger)
