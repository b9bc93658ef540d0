"""What the engine asks of a task runner, and what a runner tells back. Pure.

A runner is any object with four methods:

- `start(task: TaskSpec, on: Callable[[TaskEvent], None])`: bring the task up; call `on` with Running
  once, and with Stopped exactly once, whether it was asked to stop or ended by itself.
- `stop(task_id: str)`: SIGTERM, then SIGKILL after the container's stopTimeout; ends in Stopped.
- `kill(task_id: str)`: SIGKILL now, which only the control run of a broken drain asks for.
- `probe(task_id: str, port: int, path: str) -> int | None`: the HTTP status at a container port, None
  when nothing answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.services.ecs.documents import Document

DEFAULT_STOP_TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container to run. `digest` is the image digest pinned at deployment start, if it is known.

    ports: container port → host port (the same number unless the network mode is bridge).
    definition: the container definition as registered, for everything else.
    """

    name: str
    image: str
    digest: str | None = None
    essential: bool = True
    ports: tuple[tuple[int, int], ...] = ()
    stop_timeout: int = DEFAULT_STOP_TIMEOUT
    definition: Document = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task to run. `ip` is the private address it has in the sandbox's VPC."""

    id: str
    arn: str
    cluster: str
    service: str
    task_definition_arn: str
    ip: str
    containers: tuple[ContainerSpec, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """All essential containers are up. `address` is where the first port really listens, if anywhere."""

    address: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The task has ended. `exit_code` is None when its container never ran.

    stop_code: `TaskFailedToStart`, `EssentialContainerExited`, … (ECS's stopCode); ignored when the
    engine asked for the stop itself.
    """

    exit_code: int | None
    reason: str = ""
    stop_code: str = "EssentialContainerExited"


TaskEvent = Running | Stopped


class Runner(Protocol):
    """The four methods described above, for the type checker."""

    def start(self, task: TaskSpec, on: Callable[[TaskEvent], None]) -> None: ...

    def stop(self, task_id: str) -> None: ...

    def kill(self, task_id: str) -> None: ...

    def probe(self, task_id: str, port: int, path: str) -> int | None: ...
