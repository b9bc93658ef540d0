"""Times that have come: what waited in the timer queue goes on to the services queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ecs_gitops.events.triggers import SqsRecord, timed_wake
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.runtime.messages import readable

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


def pass_on(
    records: Sequence[SqsRecord], controller: Controller, logger: Logger
) -> dict[str, list[dict[str, str]]]:
    """Wake the services that a batch names: Lambda's partial batch response.

    What is none of our messages is told, fails, and ends among the dead letters. Raises RetryableError
    when the services queue cannot be reached; the batch then comes again, and what had gone on counts once.
    """
    wakes, strange = readable(records, timed_wake, logger)
    controller.services.send_many(replace(wake, hops=wake.hops + 1) for wake in wakes)
    return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in strange]}
