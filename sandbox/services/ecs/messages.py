"""What ECS says: service event lines, reasons, and the details of its EventBridge events. Pure.

Wording is ECS's own where it is known from its documentation or from recorded answers; the reasons
marked *unconfirmed* are ours, and nothing may depend on their text.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.services.ecs.state import Service, Task

TROUBLESHOOTING = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
FAILED_TO_START = "ECS deployment circuit breaker: tasks failed to start."
THRESHOLD_EXCEEDED = "Service deployment rolled back because the circuit breaker threshold was exceeded."
NO_CANDIDATE = "No rollback candidate was found to run the rollback."
ESSENTIAL_EXITED = "Essential container in task exited"
TASK_STOPPED_BY_USER = "Task stopped by user"
CONTAINER_UNHEALTHY = "Task failed container health checks"
STOPPED_BY_BREAKER = (
    "Service deployment stopped because the circuit breaker threshold was exceeded."  # unconfirmed
)
STOPPED_BY_USER = "Service deployment stopped by a StopServiceDeployment request."  # unconfirmed
ROLLED_BACK_BY_USER = "Service deployment rolled back by a StopServiceDeployment request."  # unconfirmed
STOPPED_BY_ALARM = "Service deployment stopped because of CloudWatch alarms."  # unconfirmed
NO_FARGATE = (
    "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in"
    f" a different availability zone. {TROUBLESHOOTING}"
)
SUPERSEDED = "Service deployment stopped because a newer service deployment started."  # unconfirmed
DELETED = "Service deployment stopped because the service was deleted."  # unconfirmed


def in_progress(revision: str) -> str:
    """rolloutStateReason and event reason of a deployment under way."""
    return f"ECS deployment ecs-svc/{revision} in progress."


def completed(revision: str) -> str:
    """rolloutStateReason and event reason of a deployment that is done."""
    return f"ECS deployment ecs-svc/{revision} completed."


def rolling_back(revision: str) -> str:
    """rolloutStateReason of the revision that a tripped breaker goes back to."""
    return f"ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/{revision}."


def scaling(revision: str) -> str:
    """stoppedReason of a task that the scheduler had no more use for."""
    return f"Scaling activity initiated by (deployment ecs-svc/{revision})"


def elb_unhealthy(target_group: str) -> str:
    """stoppedReason of a task whose target failed its health checks."""
    return f"Task failed ELB health checks in (target-group {target_group})"


def target_unhealthy(task: Task, port: int, target_group: str, reason: str) -> str:
    """The event line about an unhealthy target: named by instance on EC2 networking, else by task."""
    who = (
        f"(instance {task.instance.ec2_id})"
        if task.instance and shares_address(task)
        else f"(task {task.id})"
    )
    return f"{who} (port {port}) is unhealthy in (target-group {target_group}) due to (reason {reason})."


def shares_address(task: Task) -> bool:
    """A task on its instance's network (bridge, host) instead of an interface of its own (awsvpc)."""
    return task.instance is not None and task.ip == task.instance.ip


def named(tasks: Sequence[Task]) -> str:
    """`(task a) (task b)`."""
    return " ".join(f"(task {task.id})" for task in tasks)


def started(tasks: Sequence[Task]) -> str:
    """The event line about tasks started."""
    return f"has started {len(tasks)} tasks: {named(tasks)}."


def stopped(tasks: Sequence[Task]) -> tuple[str, ...]:
    """The event lines about tasks stopped: those that ran are named, the others counted."""
    ran = [task for task in tasks if task.started_at is not None]
    lines = (f"has stopped {len(ran)} running tasks: {named(ran)}.",) if ran else ()
    pending = len(tasks) - len(ran)
    return (*lines, f"stopped {pending} pending tasks.") if pending else lines


def alarmed(names: Sequence[str]) -> str:
    """Why a deployment failed whose alarms went off; unconfirmed."""
    return f"ECS deployment failed: CloudWatch alarms in ALARM state: {', '.join(names)}."


def terminated(ec2_id: str) -> str:
    """stoppedReason of a task whose instance is gone."""
    return f"Host EC2 (instance {ec2_id}) terminated."


def impaired() -> str:
    """The event line of a service whose tasks keep failing to start."""
    return f"is unable to consistently start tasks successfully. {TROUBLESHOOTING}"


def action_detail(service: Service, name: str, kind: str, at: object, **more: object) -> dict[str, object]:
    """The detail of an `ECS Service Action` event."""
    detail = {"eventType": kind, "eventName": name, "clusterArn": service.cluster_arn}
    return {**detail, **more, "createdAt": at}


def deployment_detail(revision: str, name: str, reason: str, at: object) -> dict[str, object]:
    """The detail of an `ECS Deployment State Change` event: it names neither cluster nor commit."""
    kind = "ERROR" if name == "SERVICE_DEPLOYMENT_FAILED" else "INFO"
    identity = {"deploymentId": f"ecs-svc/{revision}", "updatedAt": at, "reason": reason}
    return {"eventType": kind, "eventName": name, **identity}
