"""Stages for the served tests: real processes on a manual timeline, and waits that end by an event."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sandbox.ground.timeline import Timeline
from sandbox.services.ecr.registry import Store, pack
from sandbox.services.ecs.running import ContainerSpec, Running, Stopped, TaskEvent, TaskSpec
from sandbox.services.elb.process import BalancerProcess
from sandbox.services.elb.routing import backends_of
from sandbox.services.elb.targets import Drained, HealthChanged, Settings, Target, TargetEvent, Targets
from sandbox.tasks.process import Processes

GUARD = 60.0  # seconds of the wall
LISTENER = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:listener/app/nginx/0/1"
BLUE = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/nginx-blue/0"
GREEN = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/nginx-green/0"
TO_BLUE = {"forward": [[BLUE, 1]]}


class Scene:
    """A lock, a timeline, and whatever happens on other threads made to happen in turn."""

    def __init__(self) -> None:
        self.timeline = Timeline(0.0)
        self._turn = threading.Condition(threading.RLock())

    def post(self, action: Callable[[], None]) -> None:
        """Do it in turn, and let those who wait look again."""
        with self._turn:
            action()
            self._turn.notify_all()

    def until(self, predicate: Callable[[], object], what: str) -> None:
        """Wait for something that other threads make true."""
        with self._turn:
            assert self._turn.wait_for(predicate, GUARD), f"{what} did not happen"

    def advance(self, seconds: float) -> None:
        """Let timeline seconds pass."""
        with self._turn:
            self.timeline.advance(seconds)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nothing else happens meanwhile."""
        with self._turn:
            yield


class TaskStage(Scene):
    """Process tasks of images made from pages."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.store = Store(folder / "images")
        self.images: dict[str, Path] = {}
        self.runner = Processes(self.timeline, self.resolve, self.post)
        self.heard: dict[str, list[TaskEvent]] = {}

    def image(self, name: str, files: Mapping[str, str], dockerfile: str = "FROM nginx\nCOPY . /") -> None:
        """An image of nginx with these files (path in the image → text)."""
        context = Path(tempfile.mkdtemp(dir=self.folder))
        for path, text in files.items():
            (context / path).parent.mkdir(parents=True, exist_ok=True)
            (context / path).write_text(text)
        (context / "Dockerfile").write_text(dockerfile)
        self.images[name] = self.store.put(pack(context))

    def page(self, name: str, text: str) -> None:
        """An image whose home page is this text."""
        self.image(name, {"usr/share/nginx/html/index.html": text})

    def resolve(self, reference: str) -> Path | None:
        """The images made here, and the public ones."""
        return self.images.get(reference) or self.store.resolve(reference)

    def start(self, task: str, *images: str, **definition: Any) -> None:
        """Start a task with one container an image, each with port 80."""
        containers = tuple(
            ContainerSpec(f"c{number}", image, ports=((80, 80),), definition=definition)
            for number, image in enumerate(images)
        )
        with self.turn():
            self.heard[task] = []
            spec = TaskSpec(task, "", "handson", "nginx", "", "10.0.0.4", containers)
            self.runner.start(spec, self.heard[task].append)

    def running(self, task: str) -> tuple[str, int]:
        """Wait until a task runs; where it does."""
        self.until(lambda: self.heard[task], f"task {task} runs")
        event = self.heard[task][0]
        assert isinstance(event, Running), event
        assert event.address is not None
        return event.address

    def stopped(self, task: str) -> Stopped:
        """Wait for the end of a task."""
        self.until(
            lambda: self.heard[task] and isinstance(self.heard[task][-1], Stopped), f"task {task} ends"
        )
        last = self.heard[task][-1]
        assert isinstance(last, Stopped)
        return last

    def until_refused(self, address: tuple[str, int]) -> None:
        """Wait until nothing listens there any more."""
        deadline, pause = time.monotonic() + GUARD, threading.Event()
        with suppress(ConnectionError):
            while time.monotonic() < deadline:
                socket.create_connection(address, GUARD).close()
                pause.wait(0.02)  # a flood of connections would keep the server from its own end
            raise AssertionError(f"{address} never stopped listening")


class BalancerStage(TaskStage):
    """A balancer with one listener before process tasks or before sockets of the test's own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.targets = Targets(self.timeline, lambda _: Settings(interval=5, drain=1))
        self.balancer = BalancerProcess(self.post)
        self.targets.changed = self.tell
        self.targets.let_go = self.balancer.let_go
        self.rules: list[dict[str, Any]] = []
        self.default: dict[str, Any] = TO_BLUE
        self.events: list[TargetEvent] = []
        with self.turn():
            self.tell()
        self.url = self.balancer.url(LISTENER)
        self.port = int(self.url.rpartition(":")[2])

    def tell(self) -> None:
        """Tell the balancer what is registered."""
        listener = {"arn": LISTENER, "port": 0, "rules": self.rules, "default": self.default}
        groups = backends_of(self.targets.registered())
        self.balancer.tell({"listeners": [listener], "groups": groups})

    def register(self, target: Target, address: tuple[str, int], status: int = 200) -> None:
        """Register a target that checks answer with a status, and let it be checked."""
        with self.turn():
            self.targets.register(target, probe=lambda _: status, address=address, on=self.events.append)
        self.advance(6)

    def deregister(self, target: Target) -> None:
        """Take a target out, and let its deregistration delay pass."""
        with self.turn():
            self.targets.deregister(target)
        self.advance(1)

    def drained(self, target: Target) -> None:
        """Wait until a deregistered target is let go."""
        self.until(lambda: Drained(target) in self.events, f"{target.id} is drained")

    def healthy(self, target: Target) -> bool:
        """Was it ever?"""
        return any(isinstance(it, HealthChanged) and it.target == target for it in self.events)

    def roll(self, new: Mapping[str, str], old: tuple[str, ...]) -> None:
        """What ECS does: new tasks up, registered and healthy; old ones drained, then told to end."""
        for task, image in new.items():
            self.start(task, image)
        for task in new:
            self.register(target(task), self.running(task))
        for task in old:
            self.deregister(target(task))
            self.drained(target(task))
            with self.turn():
                self.runner.stop(task)
            assert self.stopped(task).exit_code == 0

    def until_lines(self, out: Path, count: int) -> None:
        """Wait until a load has written so many lines."""
        deadline = time.monotonic() + GUARD
        while not out.exists() or out.read_text().count("\n") < count:
            assert time.monotonic() < deadline, f"{out} never had {count} lines"
            self.get()  # another request; its answer is what we wait for meanwhile

    def connect(self) -> HTTPConnection:
        """A client of the balancer."""
        return HTTPConnection("127.0.0.1", self.port, timeout=GUARD)

    def get(self, path: str = "/", host: str = "") -> tuple[int, str]:
        """One request on a connection of its own → status, body."""
        connection = self.connect()
        try:
            connection.request("GET", path, headers={"Host": host} if host else {})
            with connection.getresponse() as answer:
                return answer.status, answer.read().decode()
        finally:
            connection.close()

    def close(self) -> None:
        """End all processes."""
        self.balancer.close()
        self.runner.close()


class Origin:
    """A target of the test's own: it answers when and as the test says."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(GUARD)
        self.address = ("127.0.0.1", int(self.socket.getsockname()[1]))

    def request(self) -> tuple[socket.socket, bytes]:
        """Take the next connection and read what comes first."""
        connection, _ = self.socket.accept()
        connection.settimeout(GUARD)
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65_536)
        return connection, received

    def none_waits(self) -> bool:
        """Is no further connection waiting to be taken?"""
        self.socket.settimeout(0)
        try:
            self.socket.accept()[0].close()
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        """Listen no more."""
        self.socket.close()


def target(name: str, group: str = BLUE) -> Target:
    """A target with a task's name for an address."""
    return Target(group, name, 80)


@contextmanager
def a_balancer(folder: Path) -> Iterator[BalancerStage]:
    """A stage that is cleared at the end."""
    stage = BalancerStage(folder)
    try:
        yield stage
    finally:
        stage.close()


@contextmanager
def an_origin() -> Iterator[Origin]:
    """A target of the test's own, closed at the end."""
    origin = Origin()
    try:
        yield origin
    finally:
        origin.close()


@contextmanager
def tasks(folder: Path) -> Iterator[TaskStage]:
    """Process tasks, ended at the end."""
    stage = TaskStage(folder)
    try:
        yield stage
    finally:
        stage.runner.close()
