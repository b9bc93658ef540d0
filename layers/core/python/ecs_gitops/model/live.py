"""What ECS shows of one service. Pure. Times are seconds since the epoch, in UTC."""

from __future__ import annotations

from dataclasses import dataclass

from ecs_gitops.model.desired import Document
from ecs_gitops.model.names import ServiceKey


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
