"""Many services in one push: ECS is asked no more than its share, everybody gets there, nobody fails."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.plan.budget import Family, Urgency
from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, Request
from sandbox.world.faults import throttled
from tests.scenarios.stage import Stage, a_manifest, a_stage

MANY = 24
AT_ONCE, A_SECOND = 12, 0.8
"""What anybody may register of a bucket of 20 that gains one a second: a fifth is left, a part is kept."""
AT_ONCE_LOOKED_AT = 20
LATE = 2.0
"""Seconds that SQS, which counts whole ones, and two queues may take after a turn came."""


def a_push_of(stage: Stage, image: str) -> None:
    stage.push({f"s{each}": a_manifest(image, 1, family=f"s{each}") for each in range(MANY)})


def reasons(stage: Stage) -> list[Reason]:
    return [record.status.reason for _, record in stage.controller.table.all() if record.status]


def registered(stage: Stage) -> list[float]:
    """When each revision was registered."""
    return [
        entry.at
        for entry in stage.world.journal
        if entry.kind == "request"
        and entry.detail["action"] == "ecs:RegisterTaskDefinition"
        and entry.detail["who"] != "admin"
    ]


def turns(stage: Stage) -> Counter[str]:
    """How often each service was reconciled for a push or because its turn had come."""
    name = stage.resource("ReconcilerFunction")
    started = [
        json.loads(entry.detail["event"])["Records"]
        for entry in stage.world.journal
        if entry.kind == "lambda.started" and entry.detail["function"] == name
    ]
    bodies = [json.loads(record["body"]) for records in started for record in records]
    return Counter(each["key"] for each in bodies if each["cause"]["kind"] in ("Push", "Timer"))


def test_a_push_of_many_services_keeps_aws_pace_and_everybody_comes_back_once() -> None:
    with a_stage(FullSweepInterval="3600") as stage:
        a_push_of(stage, "nginx:1")
        stage.world.advance(5)
        assert reasons(stage).count(Reason.BUDGET) > MANY - AT_ONCE - 5
        stage.world.advance(75)
        assert reasons(stage) == [Reason.SYNCED] * MANY
        times = registered(stage)
        assert len(times) == MANY
        for start in times:
            for seconds in (1, 10, 60):
                within = sum(start <= at < start + seconds for at in times)
                assert within <= AT_ONCE + A_SECOND * (seconds + LATE)
        assert times[-1] - times[0] <= (MANY - AT_ONCE) / A_SECOND + LATE
        came = turns(stage)
        assert sorted(came.values()) == [1] * AT_ONCE + [2] * (MANY - AT_ONCE)
        each = {name: stage.deployments(name) for name in (f"s{number}" for number in range(MANY))}
        assert set(map(tuple, each.values())) == {(("nginx:1", "SUCCESSFUL"),)}
        assert stage.failures() == []


def test_a_timer_that_is_lost_costs_a_service_a_minute_and_nobody_else_anything() -> None:
    """The control: without timers, the sweep finds them."""
    with a_stage(FullSweepInterval="3600") as stage:
        source = stage.resource("RolloutEventsFunction")
        (mapping,) = stage.world.client("lambda").list_event_source_mappings(FunctionName=source)[
            "EventSourceMappings"
        ]
        stage.world.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        a_push_of(stage, "nginx:1")
        stage.world.advance(125)
        times = registered(stage)
        assert len(times) == MANY
        assert times[-1] - times[0] > (MANY - AT_ONCE) / A_SECOND + 20
        assert stage.failures() == []


def looked(stage: Stage) -> list[float]:
    """When the reconciler looked at a service."""
    role = stage.resource("ReconcilerRole")
    return [
        entry.at
        for entry in stage.world.journal
        if entry.kind == "request"
        and (entry.detail["who"], entry.detail["action"]) == (role, "ecs:DescribeServices")
    ]


def test_many_services_are_never_looked_at_all_in_one_moment() -> None:
    """ECS takes a hundred looks at services at once, and fifty at their deployments."""
    with a_stage(Mode="observe", FullSweepInterval="3600") as stage:
        a_push_of(stage, "nginx:1")
        stage.world.advance(5)
        times = looked(stage)
        assert len(times) == MANY
        assert sum(at < times[0] + 0.9 for at in times) == AT_ONCE_LOOKED_AT
        table, begun = stage.controller.table, len(times)
        for _, record in table.all():
            table.put_record(replace(record, due_at=stage.now()))
        stage.world.advance(70)
        times = looked(stage)[begun:]
        assert len(times) == MANY
        assert sum(at < times[0] + 0.9 for at in times) == AT_ONCE_LOOKED_AT
        assert stage.failures() == []


def spend_the_ordinary_part(stage: Stage) -> None:
    """Others register what they may, and rollbacks three of the four that are kept for them."""
    budget, one = stage.controller.budget, {Family.TASK_DEFINITIONS: 1}
    while not budget.take(one, Urgency.ORDINARY, stage.now()):
        pass
    for _ in range(60):  # stand in line for the next 75 seconds
        budget.book(one, Urgency.ORDINARY, stage.now())
    assert [budget.take(one, Urgency.ROLLBACK, stage.now()) for _ in range(3)] == [0.0] * 3


def a_service_at_its_second_version(stage: Stage) -> None:
    for image in ("nginx:1", "nginx:2"):
        stage.push({"nginx": a_manifest(image)})
        stage.until_rolled_out("nginx", image)
    stage.world.advance(60)


def test_a_service_that_git_takes_back_need_not_wait_for_the_others() -> None:
    with a_stage() as stage:
        a_service_at_its_second_version(stage)
        spend_the_ordinary_part(stage)
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.world.advance(2)
        assert stage.status("nginx").reason is Reason.PROGRESSING
        assert stage.image("nginx") == "nginx:1"


def test_something_new_waits_its_turn() -> None:
    """The control: what is no way back stands in line."""
    with a_stage(FullSweepInterval="60") as stage:
        a_service_at_its_second_version(stage)
        spend_the_ordinary_part(stage)
        stage.push({"nginx": a_manifest("nginx:3")})
        stage.world.advance(2)
        status = stage.status("nginx")
        assert (status.reason, status.message) == (
            Reason.BUDGET,
            "Many services change at once: ECS takes no more calls of us for now. This one's turn comes at "
            "about 03:47:44 UTC; nothing needs to be done.",
        )
        assert stage.image("nginx") == "nginx:2"
        begun = len(looked(stage))
        stage.world.advance(65)
        assert len(looked(stage)) == begun  # no sweep comes by in vain
        stage.world.advance(15)
        assert stage.image("nginx") == "nginx:3"
        assert stage.failures() == []


def test_a_turn_that_is_further_off_than_sqs_delays_is_waited_for_in_two_steps() -> None:
    with a_stage(FullSweepInterval="3600") as stage:
        a_service_at_its_second_version(stage)
        spend_the_ordinary_part(stage)
        stage.controller.budget.book({Family.TASK_DEFINITIONS: 800}, Urgency.ORDINARY, stage.now())
        stage.push({"nginx": a_manifest("nginx:3")})
        stage.world.advance(2)
        (booked,) = stage.record("nginx").booked
        assert booked.at - stage.now() > 900
        begun = len(looked(stage))
        stage.world.advance(booked.at - stage.now() - 0.5)
        assert len(looked(stage)) - begun == 1
        assert (stage.image("nginx"), stage.record("nginx").booked) == ("nginx:2", (booked,))
        stage.world.advance(3)
        assert stage.image("nginx") == "nginx:3"
        assert stage.failures() == []


class Trouble:
    """One bad moment of ECS's, for whoever registers next."""

    def __init__(self) -> None:
        self.left = 3
        """The tries of one turn."""

    def __call__(self, principal: Principal, action: str, request: Request) -> Answer | None:
        """What the door answers instead of ECS."""
        if principal.kind != "role" or action != "ecs:RegisterTaskDefinition" or not self.left:
            return None
        self.left -= 1
        return throttled(request, action)


@pytest.mark.parametrize("stands_in_line", [True, False])
def test_who_meets_a_bad_moment_in_its_turn_does_not_go_back_to_the_end_of_the_line(
    stands_in_line: bool,
) -> None:
    with a_stage() as stage:
        a_service_at_its_second_version(stage)
        budget, one = stage.controller.budget, {Family.TASK_DEFINITIONS: 1}
        while stands_in_line and not budget.take(one, Urgency.ORDINARY, stage.now()):
            pass
        stage.world.faults.instead = Trouble()
        stage.push({"nginx": a_manifest("nginx:3")})
        stage.world.advance(1)
        while not budget.take(one, Urgency.ORDINARY, stage.now()):
            pass
        for _ in range(200):
            budget.book(one, Urgency.ORDINARY, stage.now())
        stage.world.advance(40)
        assert stage.image("nginx") == "nginx:3"
        assert len(stage.deployments("nginx")) == 3
