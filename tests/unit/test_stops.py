"""Why tasks stopped, in one sentence."""

from __future__ import annotations

import pytest

from ecs_gitops.assess import explain
from ecs_gitops.model import (
    StoppedTask,
)
from tests.unit.test_assess import a_stop


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
