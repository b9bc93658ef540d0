"""Follows one service's record until something has come of it, telling each change on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable

from ecs_gitops.cli.console import err
from ecs_gitops.cli.view import status_line
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.errors import RetryableError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health, Reason, Sync
from ecs_gitops.runtime.bootstrap import Controller

INTERVAL = 1.0
"""Seconds between two looks at the table; one GetItem each."""
UNKNOWN = Status(Sync.UNKNOWN, Health.UNKNOWN, Reason.PENDING, "Not looked at yet.")


def is_moving(desired: Desired | None, record: Record) -> bool:
    """Whether something is still to come of what was asked: unseen, waiting or rolling out."""
    if record.status is None:
        return desired is not None
    if record.attempt is not None and record.attempt.outcome is None:
        return True
    return record.status.health is Health.PROGRESSING or record.status.reason is Reason.WAITING_FOR


def follow(
    controller: Controller,
    key: ServiceKey,
    timeout: int,
    is_heard: Callable[[], bool] = lambda: True,
    *,
    also_moving: bool = False,
) -> Record:
    """The record at the end: `is_heard`, and nothing moves any more, or `also_moving`.

    The end itself is not told: the caller prints it. Raises RetryableError after `timeout` seconds.
    """
    end = time.monotonic() + timeout
    said = ""
    while True:
        heard = is_heard()  # asked before the record is read, which then holds what was done about it
        desired, record = controller.table.get(key)
        if heard and (also_moving or not is_moving(desired, record)):
            return record
        status = record.status or UNKNOWN
        line = status_line(key, status)
        if line.plain != said:
            said = line.plain
            err().print(line)
        if time.monotonic() > end:
            raise RetryableError(
                f"cannot follow {key} any longer: after {timeout} s it is still {status.reason}"
            )
        time.sleep(INTERVAL)
