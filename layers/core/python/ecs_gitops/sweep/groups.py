"""A batch of FIFO messages → one piece of work for each message group.

All waiting messages of an object are one look at it. If it fails, all of the group come back, so that no
request is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from ecs_gitops.aws.sqs import Queue
from ecs_gitops.events.triggers import SqsRecord, delivery, group
from ecs_gitops.model.errors import GitOpsError, RetryableError, TerminalError

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

Work = Callable[[list[SqsRecord]], None]
"""Does what the messages of one group ask for."""
BatchResponse = dict[str, list[dict[str, str]]]
"""Lambda's partial batch response: the messages that come again."""

_PATIENCE: Final = 4
_LATEST: Final = 900
"""So often a group comes back as soon as it asked to, and after so many seconds at the latest: what not
even its record can tell of must not fill the dead letters within minutes."""


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
        logger.warning(str(error))
        _put_off(records, queue, error, logger)
        return False
    except Exception:
        logger.exception("cannot finish a turn: this is a bug")
        return False
    return True


def _put_off(
    records: Sequence[SqsRecord], queue: Callable[[], Queue], error: RetryableError, logger: Logger
) -> None:
    """Have the group come back when it asked to; later each time where it keeps failing.

    A queue that takes no word of it for now shows the messages again in its own time.
    """
    times = delivery(records).times
    seconds = min(_LATEST, error.retry_after * 2 ** max(0, times - _PATIENCE))
    try:
        for each in records:
            queue().retry_after(each["receiptHandle"], seconds)
    except GitOpsError as worse:
        logger.warning(str(worse))
