"""One task's life, happening by happening: whose word counts, when, and how often it is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.services.ecs import happenings as h
from sandbox.services.ecs import lifecycle, messages
from sandbox.services.ecs.state import (
    Deployment,
    DeploymentStatus,
    Port,
    Revision,
    Service,
    Target,
    Task,
    TaskStatus,
)
from sandbox.services.ecs.turn import Turn
from tests.engine.ecs.stage import ARN, GROUP, a_configuration

OTHER = GROUP.replace("/web/", "/other/")
CHECK = {"command": ["CMD", "true"], "interval": 10, "retries": 3}
RUNNING_SINCE = 100.0
RUNNING = Task("t", "1", 90.0, status=TaskStatus.RUNNING, started_at=RUNNING_SINCE)
WELL = replace(RUNNING, healthy=True, was_healthy=True)
PORTS = (Port(GROUP, "app", 80, 80), Port(OTHER, "app", 81, 81))
PENDING = replace(RUNNING, status=TaskStatus.PENDING, started_at=None)
BY_ELB = messages.elb_unhealthy(GROUP)


def a_container(check: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": "app", "image": "x", **({"healthCheck": check} if check else {}), **more}


class OfOneTask:
    """A service of one task with a deployment under way; `now` is the world's time."""

    def __init__(self, task: Task, *containers: dict[str, Any], **fields: Any) -> None:
        configuration = a_configuration(enable=True)
        definition = {"containerDefinitions": list(containers or (a_container(),))}
        deployment = Deployment(
            "d",
            "1",
            (),
            configuration,
            0.0,
            DeploymentStatus.IN_PROGRESS,
            breaker="MONITORING",
            threshold=9,
        )
        self.service = Service(
            ARN,
            "cluster/prod",
            0.0,
            1,
            {"deploymentConfiguration": configuration, **fields},
            revisions=(Revision("1", 0.0, definition, {}),),
            primary="1",
            deployments=(deployment,),
            tasks=(task,),
        )
        self.effects: list[h.Effect] = []
        self.now = RUNNING_SINCE

    def turn(self, rule: Any, what: Any) -> OfOneTask:
        """One rule of the life, applied to the task as it is now."""
        turn = Turn(self.service, self.now)
        rule(turn, self.task, what)
        self.service, self.effects = turn.service, turn.effects
        return self

    def checked(self, *results: bool) -> OfOneTask:
        """Container health checks with these results, one after the other."""
        for passed in results:
            self.turn(lifecycle.container_checked, h.ContainerChecked("t", passed))
        return self

    def ended(self, **more: Any) -> OfOneTask:
        """The runner says that the task has ended."""
        return self.turn(lifecycle.stopped, h.TaskStopped("t", 1, **more))

    @property
    def task(self) -> Task:
        """The task as it is."""
        task = self.service.find_task("t")
        assert task is not None
        return task

    @property
    def failures(self) -> int:
        """What the deployment's circuit breaker has counted."""
        return self.service.deployments[0].failures

    @property
    def said(self) -> list[str]:
        """The lines of the service's events, oldest first."""
        return [event.message.removeprefix("(service web) ") for event in reversed(self.service.events)]

    def asked(self, kind: type[h.Effect]) -> list[h.Effect]:
        """The effects of one kind of the newest turn."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


# A task comes up


@pytest.mark.parametrize(
    "task",
    [replace(PENDING, stopping=True), WELL, replace(PENDING, status=TaskStatus.STOPPING)],
    ids=["told to stop meanwhile", "runs already", "is being stopped"],
)
def test_only_a_pending_task_that_is_wanted_comes_up(task: Task) -> None:
    life = OfOneTask(task).turn(lifecycle.running, h.TaskRunning("t"))
    assert (life.task, life.effects) == (task, [])


def test_a_task_that_nobody_checks_settles_after_forty_seconds() -> None:
    life = OfOneTask(PENDING).turn(lifecycle.running, h.TaskRunning("t"))
    assert life.task.status is TaskStatus.RUNNING
    assert life.asked(h.After) == [h.After(40.0, h.Due("settled", "t"))]


def test_a_task_whose_targets_are_checked_settles_by_them_alone() -> None:
    life = OfOneTask(replace(PENDING, ports=PORTS)).turn(lifecycle.running, h.TaskRunning("t"))
    assert life.asked(h.After) == []
    assert len(life.asked(h.RegisterTarget)) == 2


def test_a_task_with_a_check_is_checked_after_its_interval() -> None:
    life = OfOneTask(PENDING, a_container(CHECK)).turn(lifecycle.running, h.TaskRunning("t"))
    assert life.asked(h.After) == [h.After(10.0, h.Due("check", "t"))]


# Whose check counts


@pytest.mark.parametrize(
    ("containers", "counts"),
    [
        ([a_container(CHECK)], True),
        ([a_container(CHECK, essential=True)], True),
        ([a_container(CHECK, essential=False)], False),
        ([a_container({"command": ["NONE"]})], False),
        ([a_container()], False),
        ([a_container(CHECK, essential=False), a_container(CHECK)], True),
    ],
    ids=["unsaid", "essential", "not essential", "switched off", "none", "the second"],
)
def test_the_check_of_an_essential_container_counts(containers: list[dict[str, Any]], counts: bool) -> None:
    life = OfOneTask(RUNNING, *containers).checked(False, False, False)
    assert (life.task.container_health is False, bool(life.task.sick)) == (counts, counts)


# Checks in a row


@pytest.mark.parametrize(("retries", "needed"), [({}, 3), ({"retries": 2}, 2), ({"retries": 1}, 1)])
def test_so_many_failures_in_a_row_make_a_task_unhealthy(retries: dict[str, int], needed: int) -> None:
    check = {"command": ["CMD", "true"], **retries}
    life = OfOneTask(RUNNING, a_container(check)).checked(*[False] * (needed - 1))
    assert (life.task.container_health, life.task.sick) == (None, "")
    life.checked(False)
    assert (life.task.container_health, life.task.sick) == (False, messages.CONTAINER_UNHEALTHY)


def test_a_success_between_begins_the_count_anew() -> None:
    life = OfOneTask(RUNNING, a_container(CHECK)).checked(False, False, True, False, False)
    assert (life.task.container_health, life.task.failed_checks, life.task.sick) == (True, 2, "")
    assert life.checked(False).task.sick == messages.CONTAINER_UNHEALTHY


def test_what_fails_on_is_said_and_counted_once() -> None:
    life = OfOneTask(RUNNING, a_container(CHECK)).checked(*[False] * 6)
    assert life.said == ["(task t) failed container health checks."]
    assert life.failures == 1


def test_one_success_makes_a_sick_container_well_again() -> None:
    life = OfOneTask(WELL, a_container(CHECK)).checked(False, False, False, True)
    assert (life.task.container_health, life.task.sick, life.task.healthy) == (True, "", True)


def test_a_container_that_is_well_does_not_speak_for_the_load_balancer() -> None:
    task = replace(RUNNING, sick=BY_ELB, targets=(Target(GROUP, 80, "unhealthy"),))
    life = OfOneTask(task, a_container(CHECK)).checked(True)
    assert (life.task.sick, life.task.healthy) == (BY_ELB, False)


# The start period


def test_failures_in_the_start_period_do_not_count() -> None:
    life = OfOneTask(RUNNING, a_container({**CHECK, "startPeriod": 60}))
    life.now = RUNNING_SINCE + 59.9
    assert life.checked(*[False] * 9).task.failed_checks == 0
    life.now = RUNNING_SINCE + 60.0
    assert life.checked(False).task.failed_checks == 1


def test_without_a_start_period_the_first_failure_counts() -> None:
    assert OfOneTask(RUNNING, a_container(CHECK)).checked(False).task.failed_checks == 1


def test_a_success_in_the_start_period_counts() -> None:
    life = OfOneTask(RUNNING, a_container({**CHECK, "startPeriod": 60})).checked(True)
    assert (life.task.container_health, life.task.healthy) == (True, True)


# Checks and targets together


def test_a_task_whose_check_has_not_answered_is_not_well_yet() -> None:
    ready = replace(RUNNING, targets=(Target(GROUP, 80, "healthy"),))
    life = OfOneTask(ready, a_container(CHECK))
    life.now = RUNNING_SINCE + 500.0
    life.turn(lambda turn, task, _: lifecycle.evaluate(turn, task), None)
    assert not life.task.healthy
    assert life.checked(True).task.healthy


@pytest.mark.parametrize(
    ("states", "healthy"),
    [
        (("initial", "initial"), False),
        (("healthy", "initial"), False),
        (("healthy", "unhealthy"), False),
        (("healthy", "healthy"), True),
    ],
)
def test_a_task_is_well_when_all_of_its_targets_are(states: tuple[str, str], healthy: bool) -> None:
    targets = (Target(GROUP, 80, states[0]), Target(OTHER, 81, states[1]))
    life = OfOneTask(replace(RUNNING, targets=targets))
    life.turn(lambda turn, task, _: lifecycle.evaluate(turn, task), None)
    assert life.task.healthy is healthy


def test_an_unhealthy_target_is_said_and_counted_once() -> None:
    targets = (Target(GROUP, 80, "healthy"), Target(OTHER, 81, "initial"))
    life = OfOneTask(replace(RUNNING, targets=targets))
    for _ in range(3):
        life.turn(lifecycle.target_health, h.TargetHealth("t", OTHER, False, "Timeout"))
    assert life.said == [
        f"(task t) (port 81) is unhealthy in (target-group {OTHER}) due to (reason Timeout)."
    ]
    assert (life.task.sick, life.failures) == (messages.elb_unhealthy(OTHER), 1)


# What counts as a failure


def test_a_task_that_falls_ill_counts_only_if_it_was_never_well() -> None:
    never = OfOneTask(RUNNING, a_container(CHECK)).checked(*[False] * 3)
    once = OfOneTask(WELL, a_container(CHECK)).checked(*[False] * 3)
    assert (never.task.sick, once.task.sick) == (messages.CONTAINER_UNHEALTHY,) * 2
    assert (never.failures, once.failures) == (1, 0)
    assert once.task.healthy is False


@pytest.mark.parametrize(
    ("task", "failures"),
    [
        (RUNNING, 1),
        (WELL, 0),
        (replace(RUNNING, stopping=True), 0),
        (replace(WELL, stopping=True), 0),
    ],
    ids=["by itself", "by itself, once well", "as told", "as told, once well"],
)
def test_a_task_that_ends_counts_if_it_does_so_by_itself_and_was_never_well(
    task: Task, failures: int
) -> None:
    life = OfOneTask(task).ended()
    assert (life.task.status, life.failures) == (TaskStatus.STOPPED, failures)


def test_a_task_ends_once() -> None:
    assert OfOneTask(RUNNING).ended().ended().failures == 1


# The end


def test_a_task_is_told_to_end_when_its_last_target_has_drained() -> None:
    draining = (Target(GROUP, 80, "draining"), Target(OTHER, 81, "draining"))
    task = replace(WELL, status=TaskStatus.DEACTIVATING, stopping=True, targets=draining)
    life = OfOneTask(task).turn(lifecycle.drained, h.TargetDrained("t", OTHER))
    assert (life.task.status, life.asked(h.StopTask)) == (TaskStatus.DEACTIVATING, [])
    life.turn(lifecycle.drained, h.TargetDrained("t", GROUP))
    assert (life.task.status, life.asked(h.StopTask)) == (TaskStatus.STOPPING, [h.StopTask("t")])


@pytest.mark.parametrize("status", [TaskStatus.STOPPING, TaskStatus.STOPPED])
def test_a_task_that_ends_already_is_not_told_again(status: TaskStatus) -> None:
    task = replace(WELL, status=status, stopping=True, targets=(Target(GROUP, 80, "draining"),))
    life = OfOneTask(task).turn(lifecycle.drained, h.TargetDrained("t", GROUP))
    assert (life.task.status, life.asked(h.StopTask)) == (status, [])
