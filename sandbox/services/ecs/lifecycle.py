"""The life of one task: placed, running, healthy or not, drained, stopped. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.services.ecs import capacity, identities, messages, rollouts
from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.happenings import (
    ContainerChecked,
    DeregisterTarget,
    Due,
    NotPlaced,
    Placed,
    ProbeContainer,
    RegisterTarget,
    StartTask,
    StopTask,
    TargetDrained,
    TargetHealth,
    TaskRunning,
    TaskStopped,
)
from sandbox.services.ecs.state import Revision, Service, Target, Task, TaskStatus
from sandbox.services.ecs.turn import Turn
from sandbox.services.ecs.values import altered

SETTLED_AFTER = 40.0
"""Seconds after RUNNING at which a task without any health check counts as healthy."""
REGISTERED = frozenset({"initial", "healthy", "unhealthy"})


def start(turn: Turn, count: int) -> None:
    """Start so many tasks of the primary revision."""
    service = turn.service
    strategy = service.revision(service.primary).fields.get("capacityProviderStrategy") or ()
    held = (task.provider for task in service.alive() if task.revision == service.primary)
    tasks = [
        Task(
            turn.draw(identities.hexadecimal),
            service.primary,
            turn.now,
            updated_at=turn.now,
            provider=provider,
        )
        for provider in capacity.providers(strategy, held, count)
    ]
    turn.add_tasks(tasks)
    turn.say(messages.started(tasks))
    for task in tasks:
        turn.act(StartTask(task.id))


def placed(turn: Turn, task: Task, happening: Placed) -> None:
    """A task has an address and, on EC2, an instance."""
    place = {"ip": happening.ip, "instance": happening.instance, "ports": happening.ports}
    turn.change_task(task, status=TaskStatus.PENDING, **place)


def not_placed(turn: Turn, task: Task, happening: NotPlaced) -> None:
    """Nowhere to put a task: it is taken back, and tried again after a while."""
    turn.change(tasks=tuple(item for item in turn.service.tasks if item.id != task.id))
    turn.say(happening.message)
    named = happening.provider and identities.provider_arn(turn.service.arn, happening.provider)
    where = {"capacityProviderArns": [named]} if named else {}
    turn.announce("SERVICE_TASK_PLACEMENT_FAILURE", "ERROR", **where, reason=happening.reason)
    rollouts.task_failed(turn, task)


def lost(turn: Turn, task: Task) -> None:
    """The instance under a task is gone: no signal, no draining, no end of its own."""
    ec2_id = task.instance.ec2_id if task.instance else ""
    turn.act(StopTask(task.id, kill=True))
    stopped(turn, task, TaskStopped(task.id, None, messages.terminated(ec2_id), "TerminationNotice"))


def running(turn: Turn, task: Task, happening: TaskRunning) -> None:
    """The containers are up: checks begin, and the load balancer is told."""
    if task.status is not TaskStatus.PENDING or task.stopping:
        return
    targets = tuple(Target(port.target_group, port.host_port) for port in task.ports if port.target_group)
    task = turn.change_task(
        task, status=TaskStatus.RUNNING, started_at=turn.now, address=happening.address, targets=targets
    )
    for target in targets:
        turn.act(RegisterTarget(task.id, target.target_group, target.port))
        turn.say(f"registered 1 targets in (target-group {target.target_group})")
    check = health_check(turn.service.revision(task.revision))
    if check is not None:
        turn.after(float(check.get("interval", 30)), Due("check", task.id))
    elif not targets:
        turn.after(SETTLED_AFTER, Due("settled", task.id))


def health_check(revision: Revision) -> Document | None:
    """The health check of an essential container, None when no essential container has one."""
    for definition in revision.definition["containerDefinitions"]:
        check: Document | None = definition.get("healthCheck")
        if check and definition.get("essential", True) and list(check["command"]) != ["NONE"]:
            return check
    return None


def due(turn: Turn, task: Task, what: str) -> None:
    """A timer of a task: a check is due, it has settled, or its grace period is over."""
    if task.status is not TaskStatus.RUNNING or task.stopping:
        return
    if what == "check":
        check = health_check(turn.service.revision(task.revision)) or {}
        turn.act(ProbeContainer(task.id))
        turn.after(float(check.get("interval", 30)), Due("check", task.id))
    elif what == "grace":
        judge_targets(turn, task)
    elif what == "settled":
        evaluate(turn, task)


def container_checked(turn: Turn, task: Task, happening: ContainerChecked) -> None:
    """One health check ran: one success makes healthy, `retries` failures in a row make unhealthy."""
    check = health_check(turn.service.revision(task.revision))
    if check is None or task.status is not TaskStatus.RUNNING or task.started_at is None:
        return
    if happening.passed:
        sick = "" if task.sick == messages.CONTAINER_UNHEALTHY else task.sick
        evaluate(turn, turn.change_task(task, container_health=True, failed_checks=0, sick=sick))
        return
    if turn.now < task.started_at + float(check.get("startPeriod", 0)):
        return
    task = turn.change_task(task, failed_checks=task.failed_checks + 1)
    if task.failed_checks >= int(check.get("retries", 3)) and task.container_health is not False:
        task = turn.change_task(task, container_health=False)
        turn.say(f"(task {task.id}) failed container health checks.")
        _fall_ill(turn, task, messages.CONTAINER_UNHEALTHY)


def target_health(turn: Turn, task: Task, happening: TargetHealth) -> None:
    """The load balancer finds a target healthy or unhealthy."""
    state = "healthy" if happening.healthy else "unhealthy"
    targets = tuple(
        altered(target, state=state, reason=happening.reason)
        if target.target_group == happening.target_group and target.state in REGISTERED
        else target
        for target in task.targets
    )
    task = turn.change_task(task, targets=targets)
    if task.status is TaskStatus.RUNNING and not task.stopping:
        judge_targets(turn, task)


def judge_targets(turn: Turn, task: Task) -> None:
    """Draw the consequence of what the load balancer says, once the grace period is over."""
    bad = next((target for target in task.targets if target.state == "unhealthy"), None)
    if bad is None:
        evaluate(turn, turn.change_task(task, sick="") if "ELB" in task.sick else task)
        return
    left = (task.started_at or turn.now) + _grace(turn.service) - turn.now
    if left > 0:
        turn.after(left, Due("grace", task.id))
    elif not task.sick:
        turn.say(
            messages.target_unhealthy(
                task, bad.port, bad.target_group, bad.reason or "Health checks failed"
            )
        )
        _fall_ill(turn, task, messages.elb_unhealthy(bad.target_group))


def _grace(service: Service) -> float:
    return float(service.fields.get("healthCheckGracePeriodSeconds") or 0)


def _fall_ill(turn: Turn, task: Task, reason: str) -> None:
    never_well = not task.was_healthy
    turn.change_task(task, sick=reason, healthy=False)
    turn.change(steady=False)
    if never_well:
        rollouts.task_failed(turn, task)


def evaluate(turn: Turn, task: Task) -> None:
    """Count a task as healthy once its container checks and all its targets say so."""
    if task.healthy or task.sick or task.stopping or task.status is not TaskStatus.RUNNING:
        return
    if _well(turn, task):
        turn.change_task(task, healthy=True, was_healthy=True)
        rollouts.task_recovered(turn, task)


def _well(turn: Turn, task: Task) -> bool:
    checked = health_check(turn.service.revision(task.revision)) is not None
    if checked and not task.container_health:
        return False
    if task.targets:
        return all(target.state == "healthy" for target in task.targets)
    return checked or turn.now >= (task.started_at or turn.now) + SETTLED_AFTER


def stop(turn: Turn, task: Task, code: str, reason: str) -> None:
    """Stop a task: out of its target groups, drained, then SIGTERM; without `drains`, at once."""
    if task.stopping or task.status is TaskStatus.STOPPED:
        return
    registered = tuple(target for target in task.targets if target.state in REGISTERED)
    first = registered if turn.service.drains else ()
    turn.change(steady=False)
    task = turn.change_task(
        task,
        stopping=True,
        healthy=False,
        stopping_at=turn.now,
        stop_code=code,
        stopped_reason=reason,
        status=TaskStatus.DEACTIVATING if first else TaskStatus.STOPPING,
    )
    if first:
        _deregister(turn, task)
        turn.say("has begun draining connections on 1 tasks.")
    else:
        turn.act(StopTask(task.id, kill=not turn.service.drains))


def _deregister(turn: Turn, task: Task) -> None:
    for target in task.targets:
        if target.state in REGISTERED:
            turn.act(DeregisterTarget(task.id, target.target_group, target.port))
            turn.say(f"deregistered 1 targets in (target-group {target.target_group})")
    turn.change_task(task, targets=tuple(altered(target, state="draining") for target in task.targets))


def drained(turn: Turn, task: Task, happening: TargetDrained) -> None:
    """A target has no connection left; after the last one the task is told to end."""
    targets = tuple(
        altered(target, state="gone") if target.target_group == happening.target_group else target
        for target in task.targets
    )
    task = turn.change_task(task, targets=targets)
    if task.status is TaskStatus.DEACTIVATING and all(target.state == "gone" for target in targets):
        turn.change_task(task, status=TaskStatus.STOPPING)
        turn.act(StopTask(task.id))


def stopped(turn: Turn, task: Task, happening: TaskStopped) -> None:
    """A task has ended: as it was told to, or by itself, which counts as a failure before it was well."""
    if task.status is TaskStatus.STOPPED:
        return
    expected = task.stopping
    ending = {} if expected else _own_ending(happening)
    task = turn.change_task(
        task,
        status=TaskStatus.STOPPED,
        stopping=True,
        healthy=False,
        stopping_at=task.stopping_at or turn.now,
        stopped_at=turn.now,
        exit_code=happening.exit_code,
        **ending,
    )
    _deregister(turn, task)
    turn.change(steady=False)
    if not expected and not task.was_healthy:
        rollouts.task_failed(turn, task)


def _own_ending(happening: TaskStopped) -> dict[str, Any]:
    """What a task that ended by itself says: ECS names the essential container, or why it never ran."""
    essential = happening.stop_code == "EssentialContainerExited"
    reason = messages.ESSENTIAL_EXITED if essential else happening.reason
    of_task = happening.reason == messages.ESSENTIAL_EXITED or happening.stop_code == "TerminationNotice"
    words = "" if of_task else happening.reason
    return {"stop_code": happening.stop_code, "stopped_reason": reason, "container_reason": words}
