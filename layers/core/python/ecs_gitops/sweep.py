"""Every minute: has the branch moved, what is due; now and then everything, observed and planned in place.

Sends only to queues. A service with nothing to do and nothing new to say costs its share of batched reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ecs_gitops.assess import assess
from ecs_gitops.bootstrap import Controller
from ecs_gitops.errors import GitOpsError
from ecs_gitops.heads import Source
from ecs_gitops.model import (
    Cause,
    Desired,
    Document,
    Live,
    LookAt,
    Reason,
    Record,
    ServiceKey,
    Status,
    Wake,
)
from ecs_gitops.plan import plan
from ecs_gitops.reconcile import as_allowed
from ecs_gitops.stored import Pair

MOVED = "HeadMoved"
DUE = "Due"
SWEEP = "Sweep"


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found.

    unreadable: why the source's head could not be read, "" when it could.
    behind: seconds since the poll first saw a head that is not taken in yet, 0 when all is.
    looked: services looked at, None when it was no full sweep. woken: services told to be looked at.
    """

    head: str | None
    unreadable: str
    behind: float
    looked: int | None
    woken: tuple[ServiceKey, ...]

    def metrics(self) -> dict[str, float]:
        """What the template's alarms read; HeadBehind in seconds."""
        readable = 0.0 if self.unreadable else 1.0
        return {"SweepCompleted": 1.0, "SourceReadable": readable, "HeadBehind": self.behind}

    def to_log(self) -> dict[str, object]:
        """For one line of log."""
        return {
            "head": self.head,
            "unreadable": self.unreadable,
            "looked": self.looked,
            "woken": [str(key) for key in self.woken],
        }


def sweep(controller: Controller, now: float) -> Swept:
    """One sweep. `now` in seconds. A source that cannot be read stops nothing else."""
    source = controller.table.source(controller.settings.source_id)
    head, unreadable = _poll(controller, source, now)
    if unreadable != source.unreadable:
        controller.table.note(controller.settings.source_id, now, unreadable=unreadable)
    behind = _behind(head, source, now)
    due = [Wake(key, Cause(DUE, f"due:{at}")) for key, at in controller.table.due(now)]
    controller.services.send_many(due)
    woken = tuple(wake.key for wake in due)
    if now - source.swept_at < controller.settings.full_sweep_interval:
        return Swept(head, unreadable, behind, None, woken)
    looked, found = _sweep_all(controller, now, skip=frozenset(woken))
    controller.table.put_swept(controller.settings.source_id, now)
    if head is not None and source.looks_up:  # what references name may have changed by itself
        controller.sources.send(LookAt(controller.settings.source_id, Cause(SWEEP, f"sweep:{now}", head)))
    return Swept(head, unreadable, behind, looked, (*woken, *found))


def _poll(controller: Controller, source: Source, now: float) -> tuple[str | None, str]:
    """The source's head; a move is passed on, again and again until it is taken in."""
    settings = controller.settings
    try:
        head = controller.remote.head()
    except GitOpsError as error:
        return None, str(error)
    if head is None:
        return None, f"cannot read {settings.source_url}: there is no branch {settings.source_branch}"
    if head == source.head:
        return head, ""
    name = settings.source_id
    if head != source.seen:
        controller.table.note(name, now, seen=head)
    controller.sources.send(LookAt(name, Cause(MOVED, f"head:{head}", head)))
    return head, ""


def _behind(head: str | None, source: Source, now: float) -> float:
    if head is None or head == source.head or head != source.seen:
        return 0.0
    return now - source.seen_at


def _sweep_all(
    controller: Controller, now: float, *, skip: frozenset[ServiceKey]
) -> tuple[int, tuple[ServiceKey, ...]]:
    """Look at every service; returns how many there are, and those that are woken."""
    pairs = [(desired, record) for desired, record in controller.table.all() if desired is not None]
    services = controller.ecs.describe(record.key for desired, record in pairs if _is_ours_to_see(desired))
    scalable = controller.scaling.scalable()
    wakes = []
    for desired, record in pairs:
        live = _live(controller, record, services.get(record.key), scalable)
        if record.key not in skip and _has_something(controller, (desired, record), live, now):
            wakes.append(Wake(record.key, Cause(SWEEP, f"sweep:{now}")))
    controller.services.send_many(wakes)
    return len(pairs), tuple(wake.key for wake in wakes)


def _is_ours_to_see(desired: Desired | None) -> bool:
    return desired is not None and desired.in_scope


def _live(
    controller: Controller, record: Record, service: Document | None, scalable: Iterable[ServiceKey]
) -> Live:
    if service is None:
        return Live()
    return Live(
        service=service,
        task_definition=controller.ecs.running(service, record.running),
        scalable=record.key in scalable,
    )


def _has_something(controller: Controller, pair: Pair, live: Live, now: float) -> bool:
    """Something to do, an outcome to settle, or something new to say."""
    desired, record = pair
    if desired is None or (record.attempt is not None and record.attempt.outcome is None):
        return desired is not None
    desired = as_allowed(desired, controller)
    actions = plan(desired, live, record, install=controller.settings.install, now=now)
    if any(action.held is None for action in actions):
        return True
    status = assess(desired, live, record, actions, now=now)
    return record.status is None or _gist(status) != _gist(record.status)


def _gist(status: Status) -> tuple[object, ...]:
    """What a person would be told differently; times aside, and wording that rests on unseen things."""
    message = status.message if status.reason is Reason.SYNCED else ""
    return (status.sync, status.health, status.reason, status.changes, message)
