"""A batch of FIFO messages → one piece of work for each message group.

All waiting messages of an object are one look at it: the first does the work for all, the others are then
done. If it fails, all of the group come back, so that no request is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ecs_gitops.aws.sqs import Queue
from ecs_gitops.errors import RetryableError, TerminalError
from ecs_gitops.triggers import SqsRecord, group

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

Work = Callable[[list[SqsRecord]], None]
"""Does what the messages of one group ask for."""


class Groups:
    """Works once for each group: by itself, or called with each record of a batch in turn.

    queue: gives the queue the batch came from, which is needed only when something must wait.
    """

    def __init__(
        self, records: Sequence[SqsRecord], queue: Callable[[], Queue], work: Work, logger: Logger
    ) -> None:
        self._queue = queue
        self._work = work
        self._logger = logger
        self._waiting: dict[str, list[SqsRecord]] = {}
        for record in records:
            self._waiting.setdefault(group(record), []).append(record)

    def work(self) -> dict[str, list[dict[str, str]]]:
        """Work for every group: Lambda's partial batch response, in which a failed group fails whole.

        What Powertools' processor does too, which takes a fifth of a cold start to import.
        """
        failed: list[SqsRecord] = []
        for records in list(self._waiting.values()):
            try:
                self(records[0])
            except Exception:  # told below, and handed to SQS to be tried again
                failed += records
        return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in failed]}

    def __call__(self, record: Any) -> None:
        """A RetryableError fails the group and puts it off for as long as it asks.

        What a person must mend is said once and acknowledged: trying again would not help.
        """
        records = self._waiting.pop(group(record), None)
        if records is None:
            return
        try:
            self._work(records)
        except TerminalError as error:
            self._logger.error(str(error))
        except RetryableError as error:
            for each in records:
                self._queue().retry_after(each["receiptHandle"], error.retry_after)
            raise
        except Exception:
            self._logger.exception("cannot finish a turn: this is a bug")
            raise
