"""Tasks as state alone: they start, get well, fail and end on the timeline, as their image's row says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.ground.timeline import Entry, Timeline
from sandbox.services.ecs.running import ContainerSpec, Running, Stopped, TaskSpec
from sandbox.tasks.failures import ESSENTIAL_CONTAINER_EXITED, Listener, never_pulled


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What becomes of a task with some image. All times are seconds of the timeline.

    start: from `start` to RUNNING.
    healthy_after: from RUNNING to its first good answer; None: never well.
    exit_after, exit_code, exit_reason: it ends by itself, with the container's reason.
    stop: how long it takes to end when told to.
    pulls: False when the image is not in the registry.
    sick_status: what it answers while it is not well; None: nothing.
    """

    start: float = 2.0
    healthy_after: float | None = 0.0
    exit_after: float | None = None
    exit_code: int = 1
    exit_reason: str = ""
    stop: float = 1.0
    pulls: bool = True
    sick_status: int | None = 503


WELL = TaskOutcome()
NEVER_HEALTHY = TaskOutcome(healthy_after=None)
CANNOT_PULL = TaskOutcome(pulls=False)


def exits(code: int, after: float = 3.0, reason: str = "") -> TaskOutcome:
    """A task that ends by itself so many seconds after it ran."""
    return TaskOutcome(healthy_after=None, exit_after=after, exit_code=code, exit_reason=reason)


def as_stated(_task: TaskSpec, outcome: TaskOutcome) -> TaskOutcome:
    """Its image decides what becomes of a task."""
    return outcome


@dataclass(slots=True)
class _Task:
    spec: TaskSpec
    container: ContainerSpec  # the one whose image decides
    outcome: TaskOutcome
    on: Listener
    running_since: float | None = None
    stopping: bool = False
    pending: list[Entry] = field(default_factory=list)


class Simulated:
    """The task runner of the inline worlds.

    outcomes: image → what becomes of its tasks. An image is looked up as stated, then without its
        registry (`ecs-handson/nginx:2`), then by `*`; otherwise it is well. May be changed at any
        time; it is read when a task starts.
    fate: what becomes of this very task, given what its image says.
    """

    def __init__(
        self,
        timeline: Timeline,
        outcomes: dict[str, TaskOutcome] | None = None,
        fate: Callable[[TaskSpec, TaskOutcome], TaskOutcome] = as_stated,
    ) -> None:
        self.outcomes: dict[str, TaskOutcome] = outcomes if outcomes is not None else {}
        self._fate = fate
        self._timeline = timeline
        self._tasks: dict[str, _Task] = {}

    def start(self, task: TaskSpec, on: Listener) -> None:
        """Begin a task; it is heard of on the timeline."""
        container, outcome = self._deciding(task)
        outcome = self._fate(task, outcome)
        made = self._tasks[task.id] = _Task(task, container, outcome, on)
        if outcome.pulls:
            self._later(made, outcome.start, self._run)
        else:
            self._later(made, outcome.start, lambda it: self._end(it, never_pulled(it.container)))

    def stop(self, task_id: str) -> None:
        """End a task after its outcome's `stop` seconds, SIGKILL at the container's stop timeout."""
        task = self._tasks.get(task_id)
        if task is None or task.stopping:
            return
        limit = task.container.stop_timeout
        code = 137 if task.outcome.stop > limit else 0
        self._finish(task, min(task.outcome.stop, limit), code)

    def kill(self, task_id: str) -> None:
        """End a task now."""
        if (task := self._tasks.get(task_id)) is not None:
            self._finish(task, 0.0, 137)
            task.running_since = None

    def probe(self, task_id: str, port: int, path: str) -> int | None:
        """200 once it is well, before that its sick status; None when it is not running."""
        if (task := self._tasks.get(task_id)) is None or task.running_since is None:
            return None
        return 200 if self.healthy(task_id) else task.outcome.sick_status

    def address(self, task_id: str, port: int) -> tuple[str, int] | None:
        """Nothing is really served."""
        return None

    def healthy(self, task_id: str) -> bool:
        """Is it running, and long enough to be well?"""
        task = self._tasks.get(task_id)
        if task is None or task.running_since is None or task.outcome.healthy_after is None:
            return False
        return self._timeline.now - task.running_since >= task.outcome.healthy_after

    def crash(self, task_id: str, exit_code: int, reason: str = "") -> None:
        """Let a running task end by itself, now."""
        if (task := self._tasks.get(task_id)) is not None:
            self._later(
                task, 0.0, lambda it: self._end(it, Stopped(exit_code, reason, ESSENTIAL_CONTAINER_EXITED))
            )

    def running(self) -> tuple[str, ...]:
        """The ids of the tasks that run, oldest first."""
        return tuple(task_id for task_id, task in self._tasks.items() if task.running_since is not None)

    def _deciding(self, task: TaskSpec) -> tuple[ContainerSpec, TaskOutcome]:
        """The first container that does not do well, else the first."""
        rows = [(container, self._outcome(container.image)) for container in task.containers]
        unwell = (row for row in rows if row[0].essential and row[1] != WELL)
        return next(unwell, rows[0])

    def _outcome(self, image: str) -> TaskOutcome:
        names = (image, image.partition("/")[2], "*")
        return next((self.outcomes[name] for name in names if name in self.outcomes), WELL)

    def _later(self, task: _Task, seconds: float, action: Callable[[_Task], None]) -> None:
        entry = self._timeline.after(seconds, lambda: action(task), f"task {task.spec.id}")
        task.pending.append(entry)

    def _run(self, task: _Task) -> None:
        task.running_since = self._timeline.now
        if (outcome := task.outcome).exit_after is not None:
            end = Stopped(outcome.exit_code, outcome.exit_reason, ESSENTIAL_CONTAINER_EXITED)
            self._later(task, outcome.exit_after, lambda it: self._end(it, end))
        task.on(Running())

    def _finish(self, task: _Task, seconds: float, code: int) -> None:
        """End on request: nothing else that was due for it happens."""
        for entry in task.pending:
            entry.cancel()
        task.stopping = True
        ran = code if task.running_since is not None else None
        self._later(task, seconds, lambda it: self._end(it, Stopped(ran)))

    def _end(self, task: _Task, stopped: Stopped) -> None:
        for entry in task.pending:
            entry.cancel()
        del self._tasks[task.spec.id]
        task.on(stopped)
