"""Times that have come: what waited in the timer queue goes on to the services queue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ecs_gitops.events.triggers import SqsRecord, timed_wake
from ecs_gitops.model.messages import Wake
from ecs_gitops.runtime.bootstrap import Controller

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


def pass_on(
    records: Iterable[SqsRecord], controller: Controller, logger: Logger
) -> dict[str, list[dict[str, str]]]:
    """Wake the services that a batch names: Lambda's partial batch response.

    What is none of our messages fails, and ends among the dead letters. Raises RetryableError when the
    services queue cannot be reached; the batch then comes again, and what had gone on counts once.
    """
    wakes: list[Wake] = []
    failed: list[str] = []
    for record in records:
        try:
            wakes.append(timed_wake(record))
        except ValueError as error:
            logger.error(str(error))
            failed.append(record["messageId"])
    controller.services.send_many(wakes)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
