"""Tasks as local processes: each container serves its image's files over real HTTP on this machine."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

from sandbox.ground.processes import spawn
from sandbox.ground.timeline import Timeline
from sandbox.services.ecs.running import ContainerSpec, Running, Stopped, TaskSpec
from sandbox.tasks.failures import ESSENTIAL_CONTAINER_EXITED, Listener, never_pulled, never_started

Address = tuple[str, int]
HOST = "127.0.0.1"
PROBE_TIMEOUT = 2.0  # seconds of the wall: a busy laptop must not look like a sick task
SERVED_BY_US = ("nginx", "/docker-entrypoint.sh")


@dataclass(slots=True)
class _Container:
    spec: ContainerSpec
    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    ports: dict[int, int] | None = None  # container port → real port, once it listens
    exit_code: int | None = None
    reason: str = ""


@dataclass(slots=True)
class _Task:
    spec: TaskSpec
    on: Listener
    containers: list[_Container] = field(default_factory=list)
    running: bool = False
    stopping: bool = False
    ended_by: _Container | None = None


class Processes:
    """The task runner of the served worlds.

    resolve: image reference → the folder `services.ecr.registry.Store` laid it out in;
        None: cannot be pulled.
    post: hands an action to the world from another thread; it runs under the world's lock, soon.
    Methods are called under the world's lock.
    """

    def __init__(
        self,
        timeline: Timeline,
        resolve: Callable[[str], Path | None],
        post: Callable[[Callable[[], None]], object],
    ) -> None:
        self._timeline = timeline
        self._resolve = resolve
        self._post = post
        self._tasks: dict[str, _Task] = {}

    def start(self, task: TaskSpec, on: Listener) -> None:
        """Start a process for each container; Running once all of them listen."""
        folders: list[Path] = []
        for container in task.containers:
            folder = self._resolve(_reference(container))
            if folder is None:
                return self._fail(on, never_pulled(container))
            program = _program(container, folder)
            if program not in SERVED_BY_US:
                return self._fail(on, never_started(container, program))
            folders.append(folder)
        made = self._tasks[task.id] = _Task(task, on)
        for container, folder in zip(task.containers, folders, strict=True):
            self._spawn(made, container, folder)
        return None

    def stop(self, task_id: str) -> None:
        """SIGTERM to every container, SIGKILL after each one's stop timeout (of the timeline)."""
        task = self._tasks.get(task_id)
        if task is None or task.stopping:
            return
        task.stopping = True
        for container in task.containers:
            self._terminate(task, container)

    def kill(self, task_id: str) -> None:
        """SIGKILL to every container."""
        if (task := self._tasks.get(task_id)) is not None:
            task.stopping = True
            for container in task.containers:
                container.process.kill()

    def probe(self, task_id: str, port: int, path: str) -> int | None:
        """The status a real request is answered with; None when there is no answer."""
        address = self.address(task_id, port)
        if address is None:
            return None
        connection = HTTPConnection(*address, timeout=PROBE_TIMEOUT)
        try:
            connection.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
            with connection.getresponse() as answer:
                return answer.status
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()

    def address(self, task_id: str, port: int) -> Address | None:
        """Where a container port (or the host port it has on EC2) is really served."""
        task = self._tasks.get(task_id)
        for container in task.containers if task else ():
            named = {host: inside for inside, host in container.spec.ports}
            real = (container.ports or {}).get(port) or (container.ports or {}).get(named.get(port, -1))
            if real is not None and container.exit_code is None:
                return HOST, real
        return None

    def healthy(self, task_id: str) -> bool:
        """Do all its containers run?"""
        task = self._tasks.get(task_id)
        return task is not None and task.running and task.ended_by is None

    def pids(self, task_id: str) -> tuple[int, ...]:
        """The process ids of a task's containers."""
        task = self._tasks.get(task_id)
        return tuple(container.process.pid for container in task.containers) if task else ()

    def close(self) -> None:
        """End every process; nothing is heard of it."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            for container in task.containers:
                container.process.kill()
                container.process.wait()

    def _fail(self, on: Listener, stopped: Stopped) -> None:
        self._timeline.after(0.0, lambda: on(stopped), "task fails to start")

    def _spawn(self, task: _Task, spec: ContainerSpec, folder: Path) -> None:
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - the watching thread closes it
        process = spawn("sandbox.tasks.server", str(folder / "rootfs"), bare=True, stderr=errors)
        container = _Container(spec, process, errors)
        task.containers.append(container)
        watch = threading.Thread(target=self._watch, args=(task, container), daemon=True)
        watch.start()

    def _watch(self, task: _Task, container: _Container) -> None:
        """One thread per container: it says when the process listens, and when it has ended."""
        process, out = container.process, container.process.stdout
        assert out is not None
        if line := out.readline():
            ports = {int(inside): int(real) for inside, real in json.loads(line).items()}
            self._post(lambda: self._listening(task, container, ports))
        code = process.wait()
        container.errors.seek(0)
        said = container.errors.read().decode("utf-8", "replace").strip()
        container.errors.close()
        out.close()
        if process.stdin is not None:
            process.stdin.close()
        self._post(lambda: self._exited(task, container, code, said.rpartition("\n")[2]))

    def _listening(self, task: _Task, container: _Container, ports: dict[int, int]) -> None:
        container.ports = ports
        up = all(each.ports is not None and each.exit_code is None for each in task.containers)
        if up and not task.stopping and task.spec.id in self._tasks:
            task.running = True
            task.on(Running(self._first_address(task)))

    def _first_address(self, task: _Task) -> Address | None:
        ports = [inside for container in task.spec.containers for inside, _ in container.ports]
        return self.address(task.spec.id, ports[0]) if ports else None

    def _exited(self, task: _Task, container: _Container, code: int, said: str) -> None:
        container.exit_code = code if code >= 0 else 128 - code
        container.reason = said
        if task.spec.id not in self._tasks:
            return  # the world has closed
        if container.spec.essential and not task.stopping:
            task.ended_by = container
            self.stop(task.spec.id)
        if all(each.exit_code is not None for each in task.containers):
            del self._tasks[task.spec.id]
            task.on(_end(task))

    def _terminate(self, task: _Task, container: _Container) -> None:
        if container.exit_code is not None:
            return
        container.process.send_signal(signal.SIGTERM)
        self._timeline.after(
            container.spec.stop_timeout,
            lambda: container.process.kill() if container.exit_code is None else None,
            f"stop timeout of task {task.spec.id}",
        )


def _end(task: _Task) -> Stopped:
    """How a task ended: the essential container that ended by itself, else the first."""
    if task.ended_by is not None:
        return Stopped(task.ended_by.exit_code, task.ended_by.reason, ESSENTIAL_CONTAINER_EXITED)
    return Stopped(task.containers[0].exit_code)


def _reference(container: ContainerSpec) -> str:
    """The image by the digest that the deployment pinned, if it did."""
    if container.digest is None or "@" in container.image:
        return container.image
    return f"{container.image}@{container.digest}"


def _program(container: ContainerSpec, folder: Path) -> str:
    """What the container would execute, by its definition and its image."""
    settings = json.loads((folder / "config.json").read_text("utf-8"))
    definition = container.definition
    entry_point = definition.get("entryPoint") or settings.get("Entrypoint") or []
    command = definition.get("command") or settings.get("Cmd") or []
    return str([*entry_point, *command, ""][0])
