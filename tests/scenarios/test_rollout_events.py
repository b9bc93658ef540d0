"""Which of ECS's events are remembered, and which wake a service: only those that may tell something."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health, Reason, Sync
from ecs_gitops.sweep.rollout_events import take_in
from tests.scenarios.stage import CLUSTER, Stage, a_stage
from tests.unit.builders import an_attempt

EVENTS = Path(__file__).parents[2] / "events"
ORDERS = ServiceKey("prod", "orders-api")
ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/orders-api:27"
WELL = Status(Sync.SYNCED, Health.HEALTHY, Reason.SYNCED, "")
ROLLING = an_attempt(task_definition_arn=ARN)


def event(name: str, **detail: str) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return {**sample, "detail": {**sample["detail"], **detail}}


def know(stage: Stage, record: Record) -> None:
    """Git names the service of the samples."""
    table = stage.controller.table
    stated = Stated("d1:1", "c1", {}, {})
    table.put_desired(Desired(ORDERS, "p", "c1", 1, stated))
    table.put_record(record)


@pytest.mark.parametrize(
    ("name", "resting", "rolling"),
    [
        ("ecs-service-steady-state", False, True),
        ("ecs-deployment-in-progress", True, False),
        ("ecs-deployment-rollback-in-progress", True, True),
        ("ecs-deployment-completed", True, True),
        ("ecs-deployment-failed", True, True),
        ("ecs-task-stopped-essential-exit", True, True),
        ("ecs-task-running", False, False),
        ("ecs-service-desired-count-updated", False, False),
    ],
)
def test_a_service_is_woken_only_when_there_may_be_something_to_learn(
    name: str, resting: bool, rolling: bool
):
    with a_stage() as stage:
        know(stage, Record(ORDERS, status=WELL))
        assert (take_in(event(name), stage.controller) is not None) == resting
        stage.controller.table.put_record(Record(ORDERS, status=WELL, attempt=ROLLING, version=1))
        assert (take_in(event(name), stage.controller) is not None) == rolling


@pytest.mark.parametrize("health", Health)
def test_a_steady_state_matters_to_whoever_was_not_well(health: Health):
    with a_stage() as stage:
        know(stage, Record(ORDERS, status=replace(WELL, health=health)))
        woken = take_in(event("ecs-service-steady-state"), stage.controller)
        assert (woken is None) == (health is Health.HEALTHY)


def test_every_stopped_task_of_a_managed_service_is_remembered():
    with a_stage() as stage:
        know(stage, Record(ORDERS, status=WELL))
        take_in(event("ecs-task-stopped-essential-exit"), stage.controller)
        told = event("ecs-task-stopped-failed-to-start", stopCode="ServiceSchedulerInitiated")
        assert take_in(told, stage.controller) is None
        stopped = stage.controller.table.stopped(ORDERS, ARN)
        assert sorted(task.stop_code for task in stopped) == [
            "EssentialContainerExited",
            "ServiceSchedulerInitiated",
        ]


def test_what_git_does_not_name_or_may_not_name_is_left_alone():
    with a_stage(Clusters=CLUSTER) as stage:
        failed = event("ecs-task-stopped-essential-exit")
        assert take_in(failed, stage.controller) is None
        know(stage, Record(ORDERS))
        assert take_in(failed, stage.controller) is None
        assert stage.controller.table.stopped(ORDERS, ARN) == []
