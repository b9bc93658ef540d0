"""How a rolling deployment picks what to start and what to stop: minimum and maximum percent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.services.ecs.state import Service, Task, TaskStatus


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many tasks a service may fall to (healthy) and grow to (running or pending)."""

    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Decision:
    """How many tasks of the primary revision to start, and which tasks to stop."""

    start: int = 0
    stop: tuple[Task, ...] = ()


NOTHING = Decision()


def bounds(service: Service) -> Bounds:
    """The minimum rounds up, the maximum rounds down: three tasks at 125 % have no headroom."""
    minimum = int(service.configuration["minimumHealthyPercent"])
    maximum = int(service.configuration["maximumPercent"])
    return Bounds(-(-service.desired * minimum // 100), service.desired * maximum // 100)


def decide(service: Service, *, may_start: bool) -> Decision:
    """What to start and stop now so that the primary revision takes over within the bounds.

    Tasks being stopped count neither as healthy nor towards the maximum, as ECS counts RUNNING and
    PENDING tasks only. A task that never got well is stopped at once; one that fell ill is replaced
    first where the maximum leaves room.
    """
    alive = service.alive()
    if _as_wished(service, alive):
        return NOTHING
    limits = bounds(service)
    new = tuple(task for task in alive if task.revision == service.primary)
    well = tuple(task for task in new if not task.sick)
    room = max(0, limits.maximum - len(alive))
    start = min(max(0, service.desired - len(well)), room) if may_start else 0
    stop = _sick(alive, new, service.desired, room)
    stop += _excess(well, service.desired, _healthy(alive) - limits.minimum)
    spare = _healthy(alive) - _healthy(stop) - limits.minimum
    stop += _replaced(_others(alive, service.primary, stop), spare)
    return Decision(start, stop)


def _as_wished(service: Service, alive: Sequence[Task]) -> bool:
    """Every task that shall run does, none is sick, and there is no other: most looks at a service."""
    wanted = service.primary
    return len(alive) == service.desired and all(
        task.revision == wanted and not task.sick for task in alive
    )


def _others(alive: Sequence[Task], primary: str, stop: Sequence[Task]) -> tuple[Task, ...]:
    return tuple(task for task in alive if task.revision != primary and task not in stop)


def _healthy(tasks: Sequence[Task]) -> int:
    return sum(task.healthy for task in tasks)


def _sick(alive: Sequence[Task], new: Sequence[Task], desired: int, room: int) -> tuple[Task, ...]:
    """Sick tasks to stop: never well, or replaced already, or in the way of their replacement."""
    sick = tuple(task for task in alive if task.sick)
    hopeless = tuple(task for task in sick if not task.was_healthy or task not in new)
    fallen = [task for task in sick if task not in hopeless]
    replaced = max(0, _healthy(new) + len(fallen) - desired)
    return hopeless + tuple(fallen[: max(replaced, 0 if room else 1)])


def _excess(well: Sequence[Task], desired: int, spare: int) -> tuple[Task, ...]:
    """Tasks beyond the desired count: those not yet healthy first, then the newest."""
    over = len(well) - desired
    if over <= 0:
        return ()
    order = sorted(well, key=lambda task: (task.healthy, -task.created_at))
    return _within(order[:over], spare)


def _replaced(old: Sequence[Task], spare: int) -> tuple[Task, ...]:
    """Tasks of other revisions: those that do not count as healthy go at once, then the oldest."""
    order = sorted(old, key=lambda task: (task.healthy, task.created_at))
    return _within(order, spare)


def _within(tasks: Sequence[Task], spare: int) -> tuple[Task, ...]:
    """As many of these as may go without falling below the minimum."""
    idle = [task for task in tasks if not task.healthy]
    healthy = [task for task in tasks if task.healthy]
    return (*idle, *healthy[: max(0, spare)])


def rolled_out(service: Service) -> bool:
    """All tasks of the primary revision are healthy, and nothing else is there any more."""
    present = service.present()
    return len(present) == service.desired and all(
        task.revision == service.primary and task.healthy and task.status == TaskStatus.RUNNING
        for task in present
    )
