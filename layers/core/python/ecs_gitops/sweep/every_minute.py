"""Every minute: has the branch moved, what is due; now and then everything, observed and planned in place.

Sends only to queues. A service with nothing to do and nothing new to say costs its share of batched reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ecs_gitops.model.desired import Desired
from ecs_gitops.model.errors import AccessDeniedError, RetryableError, TerminalError
from ecs_gitops.model.messages import Cause, LookAt, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.reconcile.loop import as_allowed
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.status.assess import assess
from ecs_gitops.store import bounds
from ecs_gitops.store.stored import unreadable
from ecs_gitops.sweep.branch_poll import Polled, poll
from ecs_gitops.sweep.fleet import Planned, plan_all

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

Pair = tuple[Desired, Record]
"""Git's word on a service, and what is remembered of it."""

DUE = "Due"
SWEEP = "Sweep"
OVERDUE: Final = 180.0
"""Seconds by which a full sweep may be late for a fault of AWS's that may pass."""
_FAULTS = (Reason.INTERNAL_ERROR, Reason.TOO_LARGE)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found.

    unreadable: why the source's head could not be read, "" when it could. unread: why the newest reading
    of it failed, "" when it succeeded.
    behind: seconds since the poll first saw a head that is not taken in yet, or since readings fail; 0
    when all is taken in.
    looked: services looked at, None when it was no full sweep. woken: services told to be looked at.
    failed: services that could not be looked at, and why: the others were.
    """

    head: str | None
    unreadable: str
    unread: str
    behind: float
    looked: int | None
    woken: tuple[ServiceKey, ...]
    failed: tuple[tuple[ServiceKey, str], ...] = ()

    def measured(self) -> dict[str, float]:
        """What the template's alarms read; HeadBehind in seconds."""
        readable = 0.0 if self.unreadable or self.unread else 1.0
        return {"SweepCompleted": 1.0, "SourceReadable": readable, "HeadBehind": self.behind}

    def to_log(self) -> dict[str, object]:
        """For one line of log."""
        return {
            "head": self.head,
            "unreadable": self.unreadable,
            "unread": self.unread,
            "looked": self.looked,
            "woken": [str(key) for key in self.woken],
        }


def report(swept: Swept, controller: Controller, metrics: Metrics, logger: Logger) -> None:
    """One sweep as the figures that alarms read, and as a line of log."""
    metrics.add_dimension("install", controller.settings.install.id)
    for name, value in swept.measured().items():
        metrics.add_metric(name, "None", value)
    for key, why in swept.failed:
        logger.error(f"cannot look at {key}: {why}")
    logger.info("swept", extra={"swept": swept.to_log()})


def sweep(controller: Controller, now: float) -> Swept:
    """One sweep. `now` in seconds. A source that cannot be read stops nothing else."""
    polled = poll(controller, now)
    head, source = polled.head, polled.source
    due = [Wake(key, Cause(DUE, f"due:{at}"), hops=1) for key, at in controller.table.due(now)]
    controller.services.send_many(due)
    woken = tuple(wake.key for wake in due)
    late = now - source.swept_at - controller.settings.full_sweep_interval
    if late < 0:
        return _swept(polled, None, woken)
    looked = _sweep_all(controller, now, skip=frozenset(woken), is_overdue=late > OVERDUE)
    controller.table.put_swept(controller.settings.source_id, now)
    if head is not None and (source.looks_up or looked.is_damaged):
        # what references name may have changed by itself; what cannot be read is written anew
        controller.sources.send(
            LookAt(controller.settings.source_id, Cause(SWEEP, f"sweep:{now}", head), hops=1)
        )
    return _swept(polled, looked.services, (*woken, *looked.woken), tuple(looked.failed.items()))


def _swept(
    polled: Polled,
    looked: int | None,
    woken: tuple[ServiceKey, ...],
    failed: tuple[tuple[ServiceKey, str], ...] = (),
) -> Swept:
    source = polled.source
    return Swept(polled.head, source.unreadable, source.unread, polled.behind, looked, woken, failed)


@dataclass(frozen=True, slots=True)
class _Looked:
    """Every service, looked at: how many there are, who is woken, who could not be looked at, and why."""

    services: int
    woken: tuple[ServiceKey, ...]
    failed: Mapping[ServiceKey, str]
    is_damaged: bool


def _sweep_all(
    controller: Controller, now: float, *, skip: frozenset[ServiceKey], is_overdue: bool
) -> _Looked:
    """Look at every service. One that cannot be read, or planned, stops no other."""
    known, failed = _readable(controller)
    damaged = len(failed)
    waiting = {record.key for _, record in known if _is_open(record)}  # a turn reads the outcome
    resting = [pair for pair in known if pair[1].key not in waiting]
    found, unseen = _look_at(controller, resting, now, is_overdue=is_overdue)
    failed |= {each.record.key: each.failed for each in found if each.failed}
    waiting |= unseen | {each.record.key for each in found if _has_something(each, now)}
    waiting -= {record.key for _, record in known if _is_put_off(record, now)}
    wakes = [Wake(key, Cause(SWEEP, f"sweep:{now}"), hops=1) for key in sorted(waiting - skip)]
    controller.services.send_many(wakes)
    return _Looked(len(known) + damaged, tuple(wake.key for wake in wakes), failed, damaged > 0)


def _readable(controller: Controller) -> tuple[list[Pair], dict[ServiceKey, str]]:
    """Every service that Git named, and those of which something cannot be read."""
    known: list[Pair] = []
    failed: dict[ServiceKey, str] = {}
    for desired, record in controller.table.all():
        if why := unreadable((desired, record)):
            failed[record.key] = why
        elif desired is not None:
            known.append((as_allowed(desired, controller), record))
    return known, failed


def _look_at(
    controller: Controller, pairs: list[Pair], now: float, *, is_overdue: bool
) -> tuple[list[Planned], set[ServiceKey]]:
    """The plans, and who could not be looked at: their own turns tell why, and the others are seen to.

    Raises AccessDeniedError where no cluster may be looked at: a sweep that fails has an alarm. Raises
    RetryableError while the next minute's sweep may do better; not so where several failed (`is_overdue`).
    """
    try:
        return plan_all(controller, pairs, now), set()
    except (TerminalError, RetryableError) as error:
        if isinstance(error, RetryableError) and not is_overdue:
            raise
        clusters = sorted({record.key.cluster for _, record in pairs})
    found: list[Planned] = []
    unseen: set[ServiceKey] = set()
    denied: list[AccessDeniedError] = []
    for cluster in clusters:
        inside = [pair for pair in pairs if pair[1].key.cluster == cluster]
        try:
            found += plan_all(controller, inside, now)
        except (TerminalError, RetryableError) as error:
            if isinstance(error, RetryableError) and not is_overdue:
                raise
            unseen |= {record.key for _, record in inside}
            denied += [error] if isinstance(error, AccessDeniedError) else []
    if denied and len(denied) == len(clusters):
        raise denied[0]
    return found, unseen


def _is_open(record: Record) -> bool:
    return record.attempt is not None and record.attempt.outcome is None


def _is_put_off(record: Record, now: float) -> bool:
    """What AWS fails is tried again when it is due, and no sooner."""
    return record.failing_since is not None and record.due_at is not None and record.due_at > now


def _has_something(found: Planned, now: float) -> bool:
    """Something to do, or something new to say; who stands in line is woken for its turn."""
    if any(booking.at > now for booking in found.record.booked):
        return False
    record = found.record
    if found.failed or _is_fault(record):
        return not (_is_fault(record) and (record.due_at or 0.0) > now)  # the due time tries it again
    if any(action.held is None for action in found.actions):
        return True
    status = assess(found.desired, found.live, record, found.actions, now=now)
    return record.status is None or _gist(status) != _gist(record.status)


def _is_fault(record: Record) -> bool:
    """Its own turn could not be finished, and told why."""
    return record.status is not None and record.status.reason in _FAULTS


def _gist(status: Status) -> tuple[object, ...]:
    """What a person would be told differently; times aside, and wording that rests on unseen things."""
    status = bounds.status(status)  # as it is stored
    message = status.message if status.reason is Reason.SYNCED else ""
    return (status.sync, status.health, status.reason, status.changes, message)
