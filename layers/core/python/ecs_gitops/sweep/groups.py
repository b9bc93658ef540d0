"""A batch of FIFO messages → one piece of work for each message group.

All waiting messages of an object are one look at it. If it fails, all of the group come back, so that no
request is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ecs_gitops.aws.sqs import Queue
from ecs_gitops.events.triggers import SqsRecord, group
from ecs_gitops.model.errors import RetryableError, TerminalError

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

Work = Callable[[list[SqsRecord]], None]
"""Does what the messages of one group ask for."""
BatchResponse = dict[str, list[dict[str, str]]]
"""Lambda's partial batch response: the messages that come again."""


def work_by_group(
    records: Sequence[SqsRecord], queue: Callable[[], Queue], work: Work, logger: Logger
) -> BatchResponse:
    """Work once for every group; one that fails fails whole, and stops no other.

    queue: gives the queue the batch came from, which is needed only when something must wait.
    Powertools' processor does the like, and takes a fifth of a cold start to import.
    """
    groups: dict[str, list[SqsRecord]] = {}
    for record in records:
        groups.setdefault(group(record), []).append(record)
    failed = [
        each
        for waiting in groups.values()
        if not _is_done(waiting, queue, work, logger)
        for each in waiting
    ]
    return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in failed]}


def _is_done(records: list[SqsRecord], queue: Callable[[], Queue], work: Work, logger: Logger) -> bool:
    """Work for one group; False when SQS is to hand it out again.

    What a person must mend is said once and acknowledged: trying again would not help.
    """
    try:
        work(records)
    except TerminalError as error:
        logger.error(str(error))
    except RetryableError as error:
        for each in records:
            queue().retry_after(each["receiptHandle"], error.retry_after)
        return False
    except Exception:
        logger.exception("cannot finish a turn: this is a bug")
        return False
    return True
