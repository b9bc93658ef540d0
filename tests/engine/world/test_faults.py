"""Faults from a seed: at three doors, in the stated shares, the same again for the same seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from sandbox.front.throttle import Buckets
from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, ConnectionLostError, Request
from sandbox.ground.timeline import Timeline
from sandbox.services.ecs.running import ContainerSpec, TaskSpec
from sandbox.tasks.simulated import WELL
from sandbox.world.faults import AT_THE_FRONT, IN_TASKS, KINDS, ON_THE_BUS, FaultPlan, Faults

ROLE = Principal("role", "Reconciler", "arn:aws:sts::123456789012:assumed-role/Reconciler/x", "arn:role")
ADMIN = Principal("admin", "admin", "arn:aws:iam::123456789012:root")
CALL = Request("POST", "ecs", "/", "", {"x-amz-target": "AmazonEC2ContainerServiceV20141113.X"}, b"{}")
EVENT = {"source": "aws.ecs", "id": "1"}
TICK = {"source": "aws.events", "id": "2"}
TASK = TaskSpec("t", "arn:t", "c", "s", "arn:td", "10.0.0.1", (ContainerSpec("web", "web:1"),))
TIMES = 2000


class KilledError(Exception):
    """The process of whoever asked is gone."""


def killing(_who: Principal) -> None:
    raise KilledError


def some(plan: FaultPlan) -> Faults:
    return Faults(Timeline(1000.0), plan, killing)


def heard(faults: Faults, who: Principal = ROLE, action: str = "ecs:UpdateService") -> str:
    """What one call comes to."""
    try:
        answer = faults.before(who, action, CALL)
        if answer is None:
            faults.after(who, action, CALL)
    except ConnectionLostError as error:
        return "undone" if "not done" in str(error) else "unheard"
    except KilledError:
        return "killed"
    return "done" if answer is None else str(answer.status)


def trace(faults: Faults) -> list[object]:
    """All that 500 passings of each door come to."""
    return [
        (heard(faults), tuple(faults.deliveries(EVENT)), faults.outcome(TASK, WELL)) for _ in range(500)
    ]


def everything(share: float, seed: int = 0) -> FaultPlan:
    return replace(FaultPlan(seed), **dict.fromkeys(KINDS, share))


def test_a_plan_that_says_nothing_breaks_nothing() -> None:
    faults = some(FaultPlan())
    assert trace(faults) == [("done", (0.0,), WELL)] * 500
    assert faults.happened == Counter()


def test_the_same_seed_brings_the_same_faults_and_another_one_others() -> None:
    assert trace(some(everything(0.1, 7))) == trace(some(everything(0.1, 7)))
    assert trace(some(everything(0.1, 7))) != trace(some(everything(0.1, 8)))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_happens_in_its_share_and_no_other_does(kind: str) -> None:
    faults = some(replace(FaultPlan(1), **{kind: 0.2}))
    for _ in range(TIMES):
        heard(faults)
        faults.deliveries(EVENT)
        faults.outcome(TASK, WELL)
    counted = "exits" if kind == "sick" else kind  # this task has no health check that could notice
    assert {name for name, times in faults.happened.items() if times} == {counted}
    assert 0.17 < faults.happened[counted] / TIMES < 0.23


@pytest.mark.parametrize(
    ("kind", "comes_to"),
    [
        ("failed", {"undone", "500", "503"}),
        ("lost", {"unheard"}),
        ("throttled", {"400"}),
        ("crashed", {"killed"}),
    ],
)
def test_a_call_fails_before_or_after_it_is_done(kind: str, comes_to: set[str]) -> None:
    faults = some(replace(FaultPlan(1), **{kind: 0.5}))
    assert {heard(faults) for _ in range(200)} == {"done", *comes_to}


def test_people_are_spared() -> None:
    faults = some(everything(0.2))
    assert {heard(faults, ADMIN) for _ in range(200)} == {"done"}


def test_from_its_end_on_nothing_goes_wrong() -> None:
    faults = some(replace(everything(0.2), until=1500.0))
    assert any(entry != ("done", (0.0,), WELL) for entry in trace(faults))
    faults.timeline.advance(500)
    assert trace(faults) == [("done", (0.0,), WELL)] * 500


def test_an_event_is_lost_late_repeated_or_moved_among_others_but_a_tick_is_not() -> None:
    faults = some(replace(FaultPlan(3), **dict.fromkeys(ON_THE_BUS, 0.25)))
    deliveries = [faults.deliveries(EVENT) for _ in range(400)]
    assert {len(each) for each in deliveries} == {0, 1, 2}
    assert any(min(each) >= 20 for each in deliveries if each)
    assert {tuple(faults.deliveries(TICK)) for _ in range(100)} == {(0.0,)}


def test_a_task_is_sick_only_where_somebody_asks_it() -> None:
    faults = some(replace(FaultPlan(3), sick=1.0))
    asked = replace(TASK, containers=(ContainerSpec("web", "web:1", definition={"healthCheck": {}}),))
    assert faults.outcome(asked, WELL) == replace(WELL, healthy_after=None)
    assert faults.outcome(TASK, WELL).exit_after is not None


def test_buckets_refuse_what_comes_too_soon_by_family() -> None:
    buckets = Buckets()
    assert [buckets.take("ecs:RegisterTaskDefinition", 0.0) for _ in range(21)] == [True] * 20 + [False]
    assert not buckets.take("ecs:DeregisterTaskDefinition", 0.5), "they share a bucket"
    assert buckets.take("ecs:UpdateService", 0.5), "which others do not"
    assert buckets.take("ecs:DeregisterTaskDefinition", 1.0)
    assert all(buckets.take("sqs:SendMessage", 0.0) for _ in range(1000)), (
        "those of other services are unknown"
    )


def test_a_world_with_buckets_answers_as_ecs_does() -> None:
    faults = some(FaultPlan(buckets=True))
    assert [heard(faults) for _ in range(51)] == ["done"] * 50 + ["400"]
    faults.timeline.advance(1)
    answer = faults.before(ROLE, "ecs:UpdateService", CALL)
    assert answer is None


def test_the_kinds_are_those_of_the_three_doors() -> None:
    shares = {name for name in FaultPlan.__slots__ if name not in ("seed", "buckets", "until")}
    assert shares == {*AT_THE_FRONT, *ON_THE_BUS, *IN_TASKS}


def test_git_is_refused_as_git_understands() -> None:
    faults = some(replace(FaultPlan(2), throttled=1.0))
    answer = faults.before(ROLE, "codecommit:GitPull", replace(CALL, path="/v1/repos/config/info/refs"))
    assert isinstance(answer, Answer)
    assert answer.status == 429
