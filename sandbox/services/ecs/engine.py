"""The ECS service scheduler: `step(service, happening) → (service, effects)`. Pure.

One happening changes the service; then the scheduler looks at the whole of it, as ECS does, and
starts, stops, completes or rolls back what follows from that state alone.
"""

from __future__ import annotations

from typing import assert_never

from sandbox.services.ecs import lifecycle, messages, rolling, rollouts
from sandbox.services.ecs.happenings import (
    AlarmsSeen,
    Begun,
    Changed,
    ContainerChecked,
    Deleted,
    Due,
    Effect,
    Happening,
    InstancesChanged,
    NotPlaced,
    Placed,
    StopRequested,
    StopTaskRequested,
    TargetDrained,
    TargetHealth,
    TaskRunning,
    TaskStopped,
)
from sandbox.services.ecs.state import Rollout, Service, Task
from sandbox.services.ecs.turn import Turn

SCHEDULER = "ServiceSchedulerInitiated"


def step(service: Service, happening: Happening, *, now: float) -> tuple[Service, tuple[Effect, ...]]:
    """The service after a happening, and what must be done. `now` is epoch seconds of the world."""
    turn = Turn(service, now)
    _take(turn, happening)
    _schedule(turn)
    turn.forget()
    return turn.service, tuple(turn.effects)


def _take(turn: Turn, happening: Happening) -> None:
    match happening:
        case Begun():
            rollouts.begin(turn, happening)
        case Changed():
            _change(turn, happening)
        case Deleted():
            _delete(turn)
        case StopRequested():
            rollouts.request_stop(turn, happening)
        case InstancesChanged():
            _instances(turn, happening)
        case AlarmsSeen():
            rollouts.alarmed(turn, happening)
        case Due("begin" | "alarms" as what, deployment):
            rollouts.due(turn, what, deployment)
        case Due("retry" | "baked"):
            pass  # looking at the service is all that was asked
        case Due(what, subject):
            _of_task(turn, subject, Due(what, subject))
        case _:
            _of_task(turn, happening.task, happening)


TaskHappening = (
    Placed
    | NotPlaced
    | TaskRunning
    | TaskStopped
    | StopTaskRequested
    | ContainerChecked
    | TargetHealth
    | TargetDrained
    | Due
)


def _of_task(turn: Turn, task_id: str, happening: TaskHappening) -> None:
    task = turn.service.find_task(task_id)
    if task is None:
        return
    match happening:
        case Placed():
            lifecycle.placed(turn, task, happening)
        case NotPlaced():
            lifecycle.not_placed(turn, task, happening)
        case TaskRunning():
            lifecycle.running(turn, task, happening)
        case TaskStopped():
            lifecycle.stopped(turn, task, happening)
        case StopTaskRequested(reason=reason):
            lifecycle.stop(turn, task, "UserInitiated", reason or messages.TASK_STOPPED_BY_USER)
        case ContainerChecked():
            lifecycle.container_checked(turn, task, happening)
        case TargetHealth():
            lifecycle.target_health(turn, task, happening)
        case TargetDrained():
            lifecycle.drained(turn, task, happening)
        case Due(what):
            lifecycle.due(turn, task, what)
        case _:
            assert_never(happening)


def _change(turn: Turn, changed: Changed) -> None:
    service = turn.service
    turn.change(
        desired=service.desired if changed.desired is None else changed.desired,
        fields={**service.fields, **(changed.fields or {})},
    )
    if changed.revision_fields is not None:
        fields = {**service.revision(service.primary).fields, **changed.revision_fields}
        turn.change_revision(service.primary, fields=fields)


def _instances(turn: Turn, happening: InstancesChanged) -> None:
    """Tasks of instances that are gone end with them; a DAEMON service follows the number."""
    for task in turn.service.present():
        if task.instance is not None and task.instance.arn in happening.gone:
            lifecycle.lost(turn, task)
    if turn.service.daemon and turn.service.desired != happening.count:
        turn.change(desired=happening.count, steady=False)


def _delete(turn: Turn) -> None:
    rollouts.supersede(turn, messages.DELETED)
    turn.change(status="DRAINING", desired=0)


def _schedule(turn: Turn) -> None:
    if turn.service.status != "ACTIVE":
        _drain(turn)
        return
    rollouts.trip(turn)
    deployment = turn.service.open_deployment()
    if deployment is not None and deployment.status in rollouts.WAITING:
        return
    _roll(turn)
    if rolling.rolled_out(turn.service) and not _stalled(turn.service):
        rollouts.complete(turn)
        if turn.service.open_deployment() is None:
            _rest(turn)


def _drain(turn: Turn) -> None:
    if turn.service.status == "INACTIVE":
        return
    _stop_all(turn, turn.service.alive())
    if not turn.service.present():
        turn.change(status="INACTIVE")


def _stalled(service: Service) -> bool:
    """The primary revision failed and there was nothing to go back to: nothing is started any more."""
    return service.revision(service.primary).rollout is Rollout.FAILED


def _roll(turn: Turn) -> None:
    service = turn.service
    stalled = _stalled(service)
    may_start = not stalled and turn.now >= service.retry_at
    decision = rolling.decide(service, may_start=may_start)
    stop = tuple(task for task in decision.stop if task.sick) if stalled else decision.stop
    if decision.start:
        lifecycle.start(turn, decision.start)
    _stop_all(turn, stop)


def _stop_all(turn: Turn, tasks: tuple[Task, ...]) -> None:
    scaling = messages.scaling(turn.service.primary)
    for task in tasks:
        lifecycle.stop(turn, task, SCHEDULER, task.sick or scaling)
    for line in messages.stopped(tasks) if tasks else ():
        turn.say(line)


def _rest(turn: Turn) -> None:
    """Nothing left to do: say so once."""
    if not turn.service.steady:
        turn.change(steady=True)
        turn.say("has reached a steady state.")
        turn.announce("SERVICE_STEADY_STATE")
