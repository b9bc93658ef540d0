"""What is remembered of one service. Pure. Times are seconds since the epoch, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Effect, Health, Outcome, Reason, Sync


@dataclass(frozen=True, slots=True)
class Heal:
    """Drift that was put back: when, and which fields; no fields means that they are not known."""

    at: float
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outside:
    """A call to ECS that was not ours, as CloudTrail told: `UpdateService by assumed-role/Admin/alice`."""

    what: str
    at: float


@dataclass(frozen=True, slots=True)
class Pause:
    """A person asked that nothing be applied `until` then: who, and why."""

    until: float
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """A turn in line for calls that ECS takes of us: from `at` on, `count` of them, in that bucket."""

    bucket: str
    count: int
    at: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One rollout we started. Written before the call that starts it; outcome None while open.

    digest: that of its revision part; commit: the one that brought that part.
    task_definition_arn: None until the revision is registered; before_arn: what ran before.
    deployment_arn: what ECS named its deployment: the id of the service's primary deployment
        (`ecs-svc/…`), of a rebuilt record the service deployment's ARN; None until ECS answered with one.
    deadline_at: when an open attempt turns Degraded/DeadlineExceeded; None: never.
    replaces: the id of the unfinished attempt whose place it took, if it did.
    said: what ECS's events complained of until it ended; retired: its revision was deregistered.
    """

    id: str
    digest: str
    commit: str
    cause: str
    started_at: float
    deadline_at: float | None
    task_definition_arn: str | None = None
    before_arn: str | None = None
    deployment_arn: str | None = None
    outcome: Outcome | None = None
    message: str = ""
    ended_at: float | None = None
    replaces: str = ""
    retired: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The digest of a revision part that failed: never rolled out again until `retry` lifts it."""

    digest: str
    commit: str
    message: str
    at: float


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The revision part of the last deployment that ECS completed, whoever began it.

    task_definition: a RegisterTaskDefinition request; service: the fields of the service that belong to a
    revision, as stated or as ECS shows them; None where they are not known. digest: its `r1:`, "" where
    nobody stated it to us. deployment: the id of the primary deployment that it was last seen with.
    """

    task_definition_arn: str
    task_definition: Document | None = None
    service: Document | None = None
    digest: str = ""
    commit: str = ""
    deployment: str = ""

    @property
    def identity(self) -> str:
        """What attempts and quarantine know it by."""
        return self.digest or self.task_definition_arn


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. `path` is the place in the manifest; None means absent on that side."""

    path: str
    live: Any
    desired: Any
    effect: Effect


@dataclass(frozen=True, slots=True)
class Status:
    """What a person is told of one service: settled once, at the end of each reconcile."""

    sync: Sync
    health: Health
    reason: Reason
    message: str
    desired_commit: str = ""
    applied_commit: str = ""
    changes: tuple[Change, ...] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of one service. `version` is the optimistic lock of the stored item.

    applied: what we last told ECS (or adopted), kept by field; None means the service is not ours yet.
    succeeded: what quarantine falls back to. before: what Succeeded before that, by its digest; going
        back to it is a rollback.
    heals: drift that was put back lately, newest last; the brake reads it.
    rebuilt: it was lost, and read back from ECS: nothing is deleted until a person has confirmed.
    told: the state that people were notified of last, "" when all was well; untold: what is to be sent.
    changed: the last call seen that changed the service outside Git.
    applying: the statement of the open attempt, until it is known whether ECS took it.
    replaced: the unfinished attempt whose place the newest one takes, until ECS tells how it ended;
        replaced_stated: what that one states.
    running: the DescribeTaskDefinition document (`tags` put in) of what the service was last seen to run.
    due_at: when to look again without being woken; None when nothing is due.
    waiting_for: services this one waits for (`rollout.waitFor`), since the commit `waiting_since` brought
        its revision part; blocked_by: those of them that waiting alone does not help.
    paused: nothing is applied until it ends or is ended.
    booked: turns in line for calls that the API budget did not have.
    created: CreateService's answer, while DescribeServices may not show the service yet.
    failing_since: since when no turn came to its end, for a fault of AWS's that does not pass; else None.
    """

    key: ServiceKey
    applied: Stated | None = None
    applied_at: float | None = None
    task_definition_arn: str | None = None
    succeeded: Succeeded | None = None
    attempt: Attempt | None = None
    quarantine: tuple[Quarantined, ...] = ()
    heals: tuple[Heal, ...] = ()
    due_at: float | None = None
    waiting_for: tuple[ServiceKey, ...] = ()
    waiting_since: str = ""
    blocked_by: tuple[ServiceKey, ...] = ()
    pruning: bool = False
    status: Status | None = None
    version: int = 0
    applying: Stated | None = None
    replaced: Attempt | None = None
    replaced_stated: Stated | None = None
    running: Document | None = None
    paused: Pause | None = None
    changed: Outside | None = None
    before: str = ""
    rebuilt: bool = False
    told: str = ""
    untold: str = ""
    booked: tuple[Booking, ...] = ()
    failing_since: float | None = None
    created: Document | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a service's history: what was done, at which commit, how it ended, by what `cause` id."""

    key: ServiceKey
    at: float
    commit: str
    digest: str
    event: str
    message: str
    changes: tuple[Change, ...] = ()
    sender: str = ""
    cause: str = ""
