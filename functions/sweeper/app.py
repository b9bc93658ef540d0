"""Every minute: the head of the branch, what is due, and now and then everything."""

import os
from functools import cache
from typing import Any

from ecs_gitops.runtime import cold_start

# isort: split
from aws_lambda_powertools import Logger, Metrics

from ecs_gitops.runtime.bootstrap import Controller, from_env
from ecs_gitops.sweep.every_minute import report, sweep

logger, metrics = Logger(), Metrics(namespace="ecs-gitops")


@cache
def controller() -> Controller:
    """Built at the first event, kept while the process lives."""
    return from_env(os.environ)


@logger.inject_lambda_context
@metrics.log_metrics
@cold_start.until_answered
def handler(_event: dict[str, Any], _context: Any) -> None:
    """One sweep; its metrics are what the alarms of the template read."""
    report(sweep(controller(), controller().clock()), controller(), metrics, logger)
