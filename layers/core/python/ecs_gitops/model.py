"""The nouns of the project as frozen values: what Git states, what ECS shows, what we remember. Pure.

Times are seconds since the epoch, in UTC. A `Document` is plain JSON-like data in AWS's own spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecs_gitops.marks import Booking, Heal, Outside, Pause
from ecs_gitops.messages import Cause, LookAt, Wake
from ecs_gitops.names import Install, ServiceKey
from ecs_gitops.words import Effect, Health, Mode, Outcome, Reason, Sync, Verb

__all__ = [
    "Booking",
    "Cause",
    "Effect",
    "Heal",
    "Health",
    "Install",
    "LookAt",
    "Mode",
    "Outcome",
    "Outside",
    "Pause",
    "Reason",
    "ServiceKey",
    "Sync",
    "Verb",
    "Wake",
]

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RolloutPolicy:
    """The manifest's `rollout` section. `deadline` is in seconds."""

    wait_for: tuple[ServiceKey, ...] = ()
    deadline: int = 30 * 60


@dataclass(frozen=True, slots=True)
class ReconcilePolicy:
    """The manifest's `reconcile` section."""

    mode: Mode = Mode.AUTO
    adopt: bool = False
    prune: bool = False
    self_heal: bool = True


@dataclass(frozen=True, slots=True)
class Stated:
    """What one manifest states at one commit, references resolved, nothing filled in.

    task_definition: a RegisterTaskDefinition request, or None (then the live one is kept).
    service: a CreateService request less cluster, serviceName and taskDefinition, or None (then the
        service must exist and only its revisions are ours).
    digest: `d1:` + SHA-256 of the resolved manifest as stated (`canonical.digest`).
    """

    digest: str
    commit: str
    task_definition: Document | None
    service: Document | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why Git's newest word on a service could not be taken; the last good one stays desired."""

    reason: Reason
    message: str
    commit: str


@dataclass(frozen=True, slots=True)
class Desired:
    """Git's word on one service: the desired record.

    stated: the newest valid statement, or None while there has never been one.
    present: False once a wholly read head holds no file at the service's path any more.
    in_scope: False when the cluster matches none of the install's `Clusters` globs.
    sequence: order of our reads of the source; a record is only written by a later read.
    cause: why this statement became desired: `Push` or `ReferenceChanged`.
    """

    key: ServiceKey
    path: str
    commit: str
    sequence: int
    stated: Stated | None
    rollout: RolloutPolicy = RolloutPolicy()
    policy: ReconcilePolicy = ReconcilePolicy()
    present: bool = True
    in_scope: bool = True
    prune_allowed: bool = False
    cause: str = "Push"
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """One ECS service deployment, with the task definition its target revision runs.

    status: ServiceDeploymentStatus in botocore's ECS model (there is no FAILED).
    breaker: the circuit breaker's status (`TRIGGERED`, `MONITORING`, …) or None; `TRIGGERED` too when
        it was an alarm.
    ended_at: when it stopped or was done; None while it goes on.
    """

    arn: str
    status: str
    task_definition_arn: str
    created_at: float
    reason: str = ""
    breaker: str | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """ECS's word on one service.

    service: the DescribeServices document with its tags; None when it is missing or INACTIVE.
    task_definition: the DescribeTaskDefinition document of what the service runs, `tags` put in.
    deployments: newest first; read only while an attempt's outcome is open.
    scalable: a scalable target exists for it, whoever made it.
    """

    service: Document | None = None
    task_definition: Document | None = None
    deployments: tuple[ServiceDeployment, ...] = ()
    scalable: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One rollout we started. Written before the call that starts it; outcome None while open.

    `task_definition_arn` is None until the revision is registered; `deadline_at` is when an open
    attempt turns Degraded/DeadlineExceeded. `before_arn` is the task definition that ran before;
    `replaces` is the id of the unfinished attempt whose place it took, if it did;
    `said` is what ECS's events complained of until it ended; `retired` once its revision was deregistered.
    """

    id: str
    digest: str
    commit: str
    cause: str
    started_at: float
    deadline_at: float
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
    """A desired digest that failed: never rolled out again until `retry` lifts it."""

    digest: str
    commit: str
    message: str
    at: float


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of one service. `version` is the optimistic lock of the stored item.

    applied: what we last brought ECS to (or adopted); None means the service is not ours yet.
    succeeded: the last statement whose rollout Succeeded; what quarantine falls back to.
    before: the digest of the one that Succeeded before that; going back to it is a rollback.
    heals: drift that was put back lately, newest last; the brake reads it.
    rebuilt: it was lost, and read back from ECS: nothing is deleted until a person has confirmed.
    told: the state that people were notified of last, "" when all was well; untold: what is to be sent.
    changed: the last call seen that changed the service outside Git.
    applying: the statement of the open attempt, until it is known whether ECS took it.
    replaced: the unfinished attempt whose place the newest one takes, until ECS tells how it ended.
    running: the DescribeTaskDefinition document (`tags` put in) of what the service was last seen to run.
    due_at: when to look again without being woken; None when nothing is due.
    waiting_for: services this one waits for (`rollout.waitFor`); blocked_by: those of them that failed.
    paused: nothing is applied until it ends or is ended.
    booked: turns in line for calls that the API budget did not have.
    """

    key: ServiceKey
    applied: Stated | None = None
    applied_at: float | None = None
    task_definition_arn: str | None = None
    succeeded: Stated | None = None
    attempt: Attempt | None = None
    quarantine: tuple[Quarantined, ...] = ()
    heals: tuple[Heal, ...] = ()
    due_at: float | None = None
    waiting_for: tuple[ServiceKey, ...] = ()
    blocked_by: tuple[ServiceKey, ...] = ()
    pruning: bool = False
    status: Status | None = None
    version: int = 0
    applying: Stated | None = None
    replaced: Attempt | None = None
    running: Document | None = None
    paused: Pause | None = None
    changed: Outside | None = None
    before: str = ""
    rebuilt: bool = False
    told: str = ""
    untold: str = ""
    booked: tuple[Booking, ...] = ()


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
class StoppedTask:
    """What only an event tells for long: why a task stopped (gone from the API within the hour)."""

    key: ServiceKey
    task_arn: str
    task_definition_arn: str
    deployment_id: str
    stop_code: str
    stopped_reason: str
    containers: tuple[StoppedContainer, ...]
    stopped_at: float


@dataclass(frozen=True, slots=True)
class StoppedContainer:
    """One container of a stopped task; `exit_code` None when it never ran."""

    name: str
    exit_code: int | None
    reason: str
    image: str = ""


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
