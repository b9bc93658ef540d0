"""Why tasks stopped, in one sentence with a next step. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ecs_gitops.model.live import StoppedContainer, StoppedTask

_BY_ITSELF = ("EssentialContainerExited", "TaskFailedToStart", "")
"""Stop codes of tasks that nobody stopped: their containers say why. Otherwise who stopped it says so."""

_ORDINARY = re.compile(r"Scaling activity initiated by|^Task stopped by user", re.IGNORECASE)
"""Reasons of tasks that were meant to stop."""

_ADVICE: Final = (
    (
        r"CannotPull|pull image|ImageNotFound",
        "Check that the image exists and the execution role may pull it.",
    ),
    (r"secret|ssm|parameter", "Check the secret's ARN and that the execution role may read it."),
    (r"log group|awslogs", "Check the log group and that the execution role may write to it."),
    (r"OutOfMemory|out of memory", "Give the container more memory."),
    (r"unable to place", "Give the cluster more room, or let the task ask for less."),
    (r"register targets", "Check the target group and the service's load balancer settings."),
    (r"health check", "Check the health check's path and port, and what the container logs."),
    (r"exec format error", "The image was built for another CPU architecture."),
    (r"exited with code", "Read the container's log."),
)


def explain(stopped: Sequence[StoppedTask]) -> str:
    """Why these tasks stopped, by the commonest cause; "" when none of them says anything."""
    causes = [cause for task in stopped if (cause := _cause(task))]
    if not causes:
        return ""
    commonest = max(dict.fromkeys(causes), key=causes.count)
    many = "A task" if len(causes) == 1 else f"{len(causes)} tasks"
    mostly = "" if len(set(causes)) == 1 else ", most often"
    return f"{many} stopped{mostly}: {commonest}."


def advise(reason: str) -> str:
    """The next step for a person who reads this reason, or ""."""
    found = [advice for pattern, advice in _ADVICE if re.search(pattern, reason, re.IGNORECASE)]
    return found[0] if found else ""


def _cause(task: StoppedTask) -> str:
    if _ORDINARY.search(task.stopped_reason):
        return ""
    if task.stop_code in _BY_ITSELF:
        for judge in (_container_cause, _ended):
            told = [cause for container in task.containers if (cause := judge(container))]
            if told:
                return told[0]
    return task.stopped_reason.rstrip(".")


def _container_cause(container: StoppedContainer) -> str:
    said = f" ({container.reason.rstrip('.')})" if container.reason else ""
    if container.exit_code is None:
        return f"container {container.name} did not start{said}" if said else ""
    if container.exit_code == 0 and not said:
        return ""
    if container.exit_code == 137 and not said:
        said = " (killed: out of memory, or too slow to stop)"
    return f"container {container.name} exited with code {container.exit_code}{said}"


def _ended(container: StoppedContainer) -> str:
    if container.exit_code != 0:
        return ""
    return f"container {container.name} ended by itself (exit code 0), where a service must keep running"
