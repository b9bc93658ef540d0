"""Every minute: the head of the branch, what is due, and now and then everything."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics

from ecs_gitops.bootstrap import Controller, from_env
from ecs_gitops.sweep import sweep

logger = Logger()
metrics = Metrics(namespace="ecs-gitops")


@cache
def controller() -> Controller:
    """Built at the first event, kept while the process lives."""
    return from_env(os.environ)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: Any) -> None:
    """One sweep; its metrics are what the alarms of the template read."""
    swept = sweep(controller(), controller().clock())
    metrics.add_dimension("install", controller().settings.install.id)
    for name, value in swept.metrics().items():
        metrics.add_metric(name, "None", value)
    logger.info("swept", extra={"swept": swept.to_log()})
