"""Why tasks stopped, in one sentence."""

from __future__ import annotations

import pytest

from ecs_gitops.model.live import StoppedTask
from ecs_gitops.resources.service_events import complaints, worth_keeping
from ecs_gitops.status.assess import explain
from tests.unit.status.test_assess import a_stop


@pytest.mark.parametrize(
    ("stopped", "sentence"),
    [
        ([], ""),
        ([a_stop()], "A task stopped: container nginx exited with code 1."),
        (
            [a_stop(), a_stop()],
            "2 tasks stopped: container nginx exited with code 1.",
        ),
        (
            [a_stop(exit_code=2), a_stop(), a_stop()],
            "3 tasks stopped, most often: container nginx exited with code 1.",
        ),
        (
            [a_stop(exit_code=137)],
            "A task stopped: container nginx exited with code 137 "
            "(killed: out of memory, or too slow to stop).",
        ),
        (
            [a_stop(exit_code=None, said="CannotPullContainerError: not found", code="TaskFailedToStart")],
            "A task stopped: container nginx did not start (CannotPullContainerError: not found).",
        ),
        (
            [a_stop("ResourceInitializationError: no secret.", exit_code=None, code="TaskFailedToStart")],
            "A task stopped: ResourceInitializationError: no secret.",
        ),
        (
            [a_stop("Task failed ELB health checks", code="ServiceSchedulerInitiated", exit_code=137)],
            "A task stopped: Task failed ELB health checks.",
        ),
        (
            [
                a_stop(
                    "Scaling activity initiated by (deployment ecs-svc/1)", code="ServiceSchedulerInitiated"
                )
            ],
            "",
        ),
        (
            [a_stop(exit_code=0)],
            "A task stopped: container nginx ended by itself (exit code 0), "
            "where a service must keep running.",
        ),
    ],
)
def test_a_stopped_task_gives_its_reason(stopped: list[StoppedTask], sentence: str) -> None:
    assert explain(stopped) == sentence


def an_event(message: str, at: float) -> dict[str, object]:
    return {"id": "1", "createdAt": at, "message": f"(service web) {message}"}


SICK = "(task 1) (port 80) is unhealthy in (target-group arn:tg) due to (reason Request timed out)."
FULL = "was unable to place a task. Reason: Capacity is unavailable. For more information, see A."


def test_of_each_kind_of_complaint_the_newest_is_told_and_nothing_older() -> None:
    events = [
        an_event("has reached a steady state.", 9.0),
        an_event(SICK, 8.0),
        an_event(FULL, 7.0),
        an_event(SICK.replace("Request timed out", "Elb.InternalError"), 6.0),
    ]
    kept = worth_keeping(events)
    assert kept == events[1:]
    sick = "The load balancer says: Request timed out."
    full = "ECS was unable to place a task. Reason: Capacity is unavailable."
    assert complaints({"events": kept}, 0.0, 9.0) == f"{sick} {full}"
    assert complaints({"events": kept}, 7.5, 9.0) == sick
    assert complaints({"events": kept}, 0.0, 6.5) == "The load balancer says: Elb.InternalError."
    assert complaints({}, 0.0, 9.0) == ""


def test_the_log_that_is_kept_is_short() -> None:
    assert len(worth_keeping([an_event(SICK, float(at)) for at in range(100)])) == 10
