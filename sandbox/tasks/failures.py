"""How tasks that do not start end, in ECS's words. Pure."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.services.ecs.running import ContainerSpec, Stopped, TaskEvent

Listener = Callable[[TaskEvent], None]

TASK_FAILED_TO_START = "TaskFailedToStart"
ESSENTIAL_CONTAINER_EXITED = "EssentialContainerExited"


def never_pulled(container: ContainerSpec) -> Stopped:
    """The end of a task one of whose images is not there."""
    return Stopped(
        None,
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {container.image}: {container.image}: not found",
        TASK_FAILED_TO_START,
    )


def never_started(container: ContainerSpec, program: str) -> Stopped:
    """The end of a task whose container's program is not in its image."""
    return Stopped(
        None,
        f"CannotStartContainerError: container {container.name}: failed to create task for container: "
        f'exec: "{program}": executable file not found in $PATH',
        TASK_FAILED_TO_START,
    )
