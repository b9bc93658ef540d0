"""What can happen to a service, and what the engine wants done about it: two closed unions. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.state import Image, Instance, Port, Service, Task


@dataclass(frozen=True, slots=True)
class Begun:
    """The service was created, or an update made a new revision: a deployment starts.

    definition and images belong to the new revision; revision_fields are its part of the service's fields.
    """

    definition: Document
    images: tuple[Image, ...]
    revision_fields: Document


@dataclass(frozen=True, slots=True)
class Changed:
    """Fields changed in place: the desired count, what is not of a revision, and what of the primary
    revision counts for later tasks only. None keeps what is there.
    """

    desired: int | None = None
    fields: Document | None = None
    revision_fields: Document | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """DeleteService: the service drains, then is INACTIVE."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """StopServiceDeployment. stop_type: ROLLBACK or ABORT."""

    deployment: str
    stop_type: str = "ROLLBACK"


@dataclass(frozen=True, slots=True)
class Placed:
    """A task has found its place: an address of its own and, on EC2, an instance."""

    task: str
    ip: str
    instance: Instance | None = None
    ports: tuple[Port, ...] = ()


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """No place for a task. reason: ECS's code (`RESOURCE:MEMORY`); message: what the service says.

    provider: the capacity provider that has none, empty under a launch type.
    """

    task: str
    reason: str
    message: str
    provider: str = ""


@dataclass(frozen=True, slots=True)
class TaskRunning:
    """The runner has a task up."""

    task: str
    address: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class TaskStopped:
    """The runner says a task has ended, by itself or because it was told to."""

    task: str
    exit_code: int | None
    reason: str = ""
    stop_code: str = "EssentialContainerExited"


@dataclass(frozen=True, slots=True)
class StopTaskRequested:
    """StopTask: a person stops one task."""

    task: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ContainerChecked:
    """One run of a container health check."""

    task: str
    passed: bool


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """The load balancer changed its mind about a target."""

    task: str
    target_group: str
    healthy: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TargetDrained:
    """A deregistered target has no connection left."""

    task: str
    target_group: str


@dataclass(frozen=True, slots=True)
class InstancesChanged:
    """Container instances came or went. count: on how many a DAEMON service runs; gone: their ARNs."""

    count: int
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AlarmsSeen:
    """Which of a deployment's alarms are in ALARM at this moment."""

    deployment: str
    in_alarm: frozenset[str]


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that the engine set; subject: what it is about.

    what: begin alarms baked (of a deployment), check settled grace (of a task), retry.
    """

    what: str
    subject: str = ""


Happening = (
    Begun
    | Changed
    | Deleted
    | StopRequested
    | Placed
    | NotPlaced
    | TaskRunning
    | TaskStopped
    | StopTaskRequested
    | ContainerChecked
    | TargetHealth
    | TargetDrained
    | InstancesChanged
    | AlarmsSeen
    | Due
)


@dataclass(frozen=True, slots=True)
class StartTask:
    """Place a task, then have the runner bring it up."""

    task: str


@dataclass(frozen=True, slots=True)
class StopTask:
    """Have the runner stop a task: SIGTERM, then SIGKILL; `kill` leaves out the former."""

    task: str
    kill: bool = False


@dataclass(frozen=True, slots=True)
class ProbeContainer:
    """Run a task's container health check once."""

    task: str


@dataclass(frozen=True, slots=True)
class RegisterTarget:
    """Put a task into a target group."""

    task: str
    target_group: str
    port: int


@dataclass(frozen=True, slots=True)
class DeregisterTarget:
    """Take a task out of a target group; TargetDrained follows when its connections are done."""

    task: str
    target_group: str
    port: int


@dataclass(frozen=True, slots=True)
class LookAtAlarms:
    """Ask CloudWatch about the alarms of a deployment; AlarmsSeen follows."""

    deployment: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Emit:
    """Send an EventBridge event of source aws.ecs; times in its detail are datetimes."""

    detail_type: str
    detail: dict[str, Any]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmitTask:
    """Send an `ECS Task State Change` event about a task of a service, both as they are now."""

    service: Service
    task: Task


@dataclass(frozen=True, slots=True)
class After:
    """Let something happen to this service so many seconds from now."""

    seconds: float
    happening: Happening


Effect = (
    StartTask
    | StopTask
    | ProbeContainer
    | RegisterTarget
    | DeregisterTarget
    | LookAtAlarms
    | Emit
    | EmitTask
    | After
)
