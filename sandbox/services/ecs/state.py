"""What the sandbox's ECS remembers of one service, as frozen values. Pure.

Times are epoch seconds of the world. A *revision* is a service revision (`ecs-svc/<number>` in
`deployments[]`); a *deployment* is a service deployment, which moves the service to a revision.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.services.ecs.documents import Document


class TaskStatus(StrEnum):
    """A task's lastStatus, in the order of its life."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


STOPPED = TaskStatus.STOPPED


@dataclass(frozen=True, slots=True)
class Port:
    """A container's port and the host's; `target_group` is who reaches it there, empty for nobody."""

    target_group: str
    container: str
    container_port: int
    host_port: int


@dataclass(frozen=True)
class Target:
    """One registration of a task. state: initial healthy unhealthy draining gone."""

    target_group: str
    port: int
    state: str = "initial"
    reason: str = ""


@dataclass(frozen=True)
class Task:
    """One task of a service.

    stopping: desiredStatus is STOPPED. healthy: it counts towards the minimum healthy percent now;
    was_healthy: it has been so once. container_health: None until a check has answered.
    sick: why it must be replaced though it runs; empty while nothing is wrong.
    provider: the capacity provider it is launched by, empty under a launch type.
    """

    id: str
    revision: str
    created_at: float
    status: TaskStatus = TaskStatus.PROVISIONING
    version: int = 1
    stopping: bool = False
    healthy: bool = False
    was_healthy: bool = False
    container_health: bool | None = None
    failed_checks: int = 0
    sick: str = ""
    ip: str = ""
    provider: str = ""
    instance: Instance | None = None
    ports: tuple[Port, ...] = ()
    targets: tuple[Target, ...] = ()
    address: tuple[str, int] | None = None
    started_at: float | None = None
    stopping_at: float | None = None
    stopped_at: float | None = None
    updated_at: float = 0.0
    stop_code: str = ""
    stopped_reason: str = ""
    exit_code: int | None = None
    container_reason: str = ""


@dataclass(frozen=True, slots=True)
class Instance:
    """A container instance: an EC2 instance that joined the cluster. cpu in units, memory in MiB.

    provider: the capacity provider whose group it is of, empty for one that was joined by hand.
    """

    arn: str
    ec2_id: str
    cpu: int
    memory: int
    ip: str = ""
    zone: str = ""
    provider: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """The image of one container of a revision; `digest` is pinned when its deployment starts."""

    container: str
    image: str
    digest: str | None = None


class Rollout(StrEnum):
    """rolloutState of an entry of `deployments[]`."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Revision:
    """A service revision: a task definition and what of the service belongs to a rollout.

    fields: the service's fields that start a new deployment when they change (network, load
    balancers, platform, capacity). definition: the task definition's document.
    """

    number: str
    created_at: float
    definition: Document
    fields: Document
    images: tuple[Image, ...] = ()
    updated_at: float = 0.0
    failed_tasks: int = 0
    rollout: Rollout = Rollout.IN_PROGRESS
    reason: str = ""

    @property
    def task_definition(self) -> str:
        """Its task definition's ARN."""
        return str(self.definition["taskDefinitionArn"])

    @property
    def id(self) -> str:
        """Its id in `deployments[]`."""
        return f"ecs-svc/{self.number}"


class DeploymentStatus(StrEnum):
    """Status of a service deployment. A failure without rollback is STOPPED: there is no FAILED."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOPPED = "STOPPED"
    STOP_REQUESTED = "STOP_REQUESTED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"

    @property
    def open(self) -> bool:
        """It has no outcome yet."""
        return self._value_ not in OUTCOMES


OUTCOMES = frozenset({"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"})


@dataclass(frozen=True, slots=True)
class Rollback:
    """Why a deployment goes back, since when, and to which revision."""

    reason: str
    started_at: float
    revision: str


@dataclass(frozen=True)
class Deployment:
    """A service deployment: the service on its way to a target revision.

    breaker and alarms: DISABLED MONITORING MONITORING_COMPLETE TRIGGERED. configuration: the service's
    deploymentConfiguration when it started. ignored: alarms that were in ALARM then, None until they
    were looked at. triggered: those that went to ALARM since. bakes_until: alarms are still watched then.
    """

    id: str
    target: str
    sources: tuple[str, ...]
    configuration: Document
    created_at: float
    status: DeploymentStatus = DeploymentStatus.PENDING
    reason: str = ""
    started_at: float | None = None
    updated_at: float = 0.0
    finished_at: float | None = None
    stopped_at: float | None = None
    failures: int = 0
    rollback_failures: int = 0
    threshold: int = 0
    breaker: str = "DISABLED"
    rollback: Rollback | None = None
    alarms: str = "DISABLED"
    ignored: frozenset[str] | None = None
    triggered: tuple[str, ...] = ()
    bakes_until: float | None = None


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """One line of a service's `events[]`."""

    id: str
    at: float
    message: str


@dataclass(frozen=True)
class Service:
    """One ECS service, whole.

    fields: everything a request stated that is not of the revision, defaults filled in.
    primary: number of the revision that ECS moves to or stays at; completed: the last that was
    reached, which is where a rollback goes. retry_at: no task is started before (back-off).
    drains: False breaks the order of a stop on purpose: the task dies first and is deregistered after.
    """

    arn: str
    cluster_arn: str
    created_at: float
    desired: int
    fields: Document = field(default_factory=dict)
    status: str = "ACTIVE"
    created_by: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    revisions: tuple[Revision, ...] = ()
    primary: str = ""
    completed: str | None = None
    deployments: tuple[Deployment, ...] = ()
    tasks: tuple[Task, ...] = ()
    events: tuple[ServiceEvent, ...] = ()
    start_failures: int = 0
    retry_at: float = 0.0
    steady: bool = False
    serial: int = 0
    drains: bool = True

    @property
    def name(self) -> str:
        """The service's name."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.cluster_arn.rsplit("/", 1)[-1]

    @property
    def configuration(self) -> Document:
        """Its deploymentConfiguration."""
        configuration: dict[str, Any] = self.fields["deploymentConfiguration"]
        return configuration

    @property
    def daemon(self) -> bool:
        """One task per container instance instead of a desired count."""
        return bool(self.fields.get("schedulingStrategy") == "DAEMON")

    def revision(self, number: str) -> Revision:
        """One of its revisions. Raises StopIteration when there is none of that number."""
        for revision in self.revisions:
            if revision.number == number:
                return revision
        raise StopIteration(number)

    def open_deployment(self) -> Deployment | None:
        """The deployment that has no outcome yet: the newest if any, since a new one supersedes it."""
        newest = self.deployments[0] if self.deployments else None
        return newest if newest is not None and newest.status.open else None

    def find_task(self, task_id: str) -> Task | None:
        """A task by id, None when it is forgotten."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        return None

    def alive(self) -> tuple[Task, ...]:
        """The tasks that ECS wants running: desiredStatus RUNNING."""
        return tuple([task for task in self.tasks if not task.stopping and task.status is not STOPPED])

    def present(self) -> tuple[Task, ...]:
        """The tasks that are not gone, those being stopped included."""
        return tuple([task for task in self.tasks if task.status is not STOPPED])
