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

Work = Callable[[list[SqsRecord]], Sequence[SqsRecord] | None]
"""Does what the messages of one group ask for; returns those that are none of ours."""
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
    failed = [each for waiting in groups.values() for each in _left(waiting, queue, work, logger)]
    return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in failed]}


def _left(
    records: list[SqsRecord], queue: Callable[[], Queue], work: Work, logger: Logger
) -> Sequence[SqsRecord]:
    """Work for one group: the messages that SQS is to hand out again.

    What a person must mend is said once and acknowledged: trying again would not help. What is none of
    our messages comes again at once, until its queue gives it to the dead letters: nobody waits for that.
    """
    try:
        strange = work(records) or ()
    except TerminalError as error:
        logger.error(str(error))
        return ()
    except RetryableError as error:
        logger.warning(str(error))
        _put_off(records, _seconds(records, error), queue, logger)
        return records
    except Exception:
        logger.exception("cannot finish a turn: this is a bug")
        return records
    _put_off(strange, 0, queue, logger)
    return strange


def _seconds(records: Sequence[SqsRecord], error: RetryableError) -> int:
    """When a group comes back: when it asked to, later each time where it keeps failing."""
    times = delivery(records).times
    return min(_LATEST, int(error.retry_after * 2.0 ** max(0, times - _PATIENCE)))


def _put_off(
    records: Sequence[SqsRecord], seconds: int, queue: Callable[[], Queue], logger: Logger
) -> None:
    """Have messages come again then; what cannot be put off comes when its queue says."""
    try:
        for each in records:
            queue().retry_after(each["receiptHandle"], seconds)
    except GitOpsError as error:
        logger.warning(str(error))
