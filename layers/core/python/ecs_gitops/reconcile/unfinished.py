"""A turn that cannot be finished, told in the service's status: what a person must mend, or our bug."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ecs_gitops.model.desired import Desired
from ecs_gitops.model.errors import GitOpsError, TooLargeError
from ecs_gitops.model.messages import Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health, Reason, Sync, Verb
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.store.stored import UNREADABLE, Pair, unreadable

AGAIN: Final = 3600.0
"""Seconds after which a service is looked at again that could not be: at once would end the same way."""
_BUG: Final = (
    "This is a bug of ecs-gitops: please report it with the log of this turn. The other services go on."
)


def set_aside(
    pair: Pair, wakes: Sequence[Wake], controller: Controller, now: float
) -> tuple[Desired, Record] | None:
    """What a turn may rest on; None where an item of it cannot be read, which is then told, and where Git
    never named the service.

    A person who asks for `sync` has a record that cannot be read set aside: the turn finds none, and
    reads back from ECS what it can.
    """
    desired, record = pair
    if record.version == UNREADABLE:
        if not any(wake.request is Verb.SYNC for wake in wakes):
            controller.table.wait_for_mending(record.key)
            return None
        controller.table.set_aside(record.key, now)
        record = Record(record.key)
    if message := unreadable((desired, record)):
        tell(record, Reason.UNREADABLE, message, controller, now)
        return None
    return None if desired is None else (desired, record)


def tell_fault(key: ServiceKey, error: Exception, controller: Controller, now: float) -> None:
    """Say in a service's status why its turn could not be finished; a record that is as it was before."""
    reason = Reason.TOO_LARGE if isinstance(error, TooLargeError) else Reason.INTERNAL_ERROR
    message = f"{str(error)[:1].upper()}{str(error)[1:]}. Make its manifest smaller, and push."
    if reason is Reason.INTERNAL_ERROR:
        message = f"A turn of this service ended in {describe(error)}. {_BUG}"
    _, record = controller.table.get(key)
    if record.version != UNREADABLE:
        tell(record, reason, message, controller, now)


def describe(error: Exception) -> str:
    """An error that nobody foresaw, on one line."""
    said = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def tell(record: Record, reason: Reason, message: str, controller: Controller, now: float) -> None:
    """Store a status that nothing was looked at for, if it says anything new; and look again in an hour."""
    before = record.status
    is_told = before is not None and (before.reason, before.message) == (reason, message)
    if is_told and record.due_at is not None and record.due_at > now:
        return
    record = replace(record, due_at=now + AGAIN)
    applied = record.applied.commit if record.applied else ""
    status = Status(Sync.UNKNOWN, Health.UNKNOWN, reason, message, applied_commit=applied, at=now)
    try:
        controller.table.put_record(replace(record, status=status))
    except TooLargeError:  # nothing but what is seen again anyway makes room for why
        controller.table.put_record(replace(record, status=status, running=None))


def is_foreseen(error: Exception) -> bool:
    """An error that is raised on purpose, and goes its own way."""
    return isinstance(error, GitOpsError) and not isinstance(error, TooLargeError)
