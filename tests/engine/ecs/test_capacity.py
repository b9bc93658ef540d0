"""Where tasks go: capacity providers by base and weight, placement constraints and strategies, hosts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.services.ecs import expressions
from sandbox.services.ecs.capacity import providers
from sandbox.services.ecs.placement import Need, NoPlace, Wishes, place
from sandbox.services.ecs.state import Instance
from tests.engine.ecs.stage import a_daemon, a_stage, statuses


def item(name: str, weight: int, base: int = 0) -> dict[str, Any]:
    return {"capacityProvider": name, "weight": weight, "base": base}


@pytest.mark.parametrize(
    ("strategy", "count", "expected"),
    [
        ([item("FARGATE", 1, base=2), item("FARGATE_SPOT", 3)], 6, {"FARGATE": 3, "FARGATE_SPOT": 3}),
        ([item("FARGATE", 1), item("FARGATE_SPOT", 1)], 5, {"FARGATE": 3, "FARGATE_SPOT": 2}),
        ([item("FARGATE", 0, base=1), item("FARGATE_SPOT", 1)], 4, {"FARGATE": 1, "FARGATE_SPOT": 3}),
        ([], 2, {"": 2}),
    ],
)
def test_base_first_then_weights(strategy: list[Any], count: int, expected: dict[str, int]) -> None:
    assert Counter(providers(strategy, (), count)) == expected


@given(st.integers(0, 5), st.integers(1, 9), st.integers(1, 9), st.integers(1, 60))
def test_the_share_of_a_provider_is_never_a_task_away_from_its_weight(
    base: int, one: int, other: int, count: int
) -> None:
    strategy = [item("a", one, base), item("b", other)]
    held = Counter(providers(strategy, (), count))
    beyond = max(0, count - base)
    assert abs(held["b"] - beyond * other / (one + other)) <= 1
    again = Counter(providers(strategy, providers(strategy, (), count), 1))
    assert again + held == Counter(providers(strategy, (), count + 1))


def test_tasks_say_by_which_provider_they_were_launched() -> None:
    request = {"capacityProviderStrategy": [item("FARGATE", 1), item("FARGATE_SPOT", 1)]}
    stage = a_stage("good", request=request, desired=4)
    named = [event["capacityProviderName"] for event in stage.events("ECS Task State Change")]
    assert Counter(task.provider for task in stage.service.present()) == {"FARGATE": 2, "FARGATE_SPOT": 2}
    assert set(named) == {"FARGATE", "FARGATE_SPOT"}


# Placement


def a_host(number: int, zone: str = "a", memory: int = 1000, kind: str = "t3.small") -> Instance:
    attributes = (("ecs.availability-zone", zone), ("ecs.instance-type", kind))
    return Instance(f"arn/{number}", f"i-{number}", 2048, memory, zone=zone, attributes=attributes)


ONE, TWO, THREE = a_host(1, "a", 900), a_host(2, "b", 800), a_host(3, "b", 700, "t3.micro")
HOSTS = [ONE, TWO, THREE]
NEED = Need(memory=100)
SPREAD = {"type": "spread", "field": "attribute:ecs.availability-zone"}


def placed(wishes: Wishes, need: Need = NEED, used: tuple[Any, ...] = ()) -> Any:
    return place(need, HOSTS, used, wishes)


def test_without_a_wish_the_instance_with_the_most_memory_left_is_taken() -> None:
    assert placed(Wishes()) == ONE
    assert placed(Wishes(), used=((ONE.arn, Need(memory=500)),)) == TWO


def test_spread_takes_the_zone_with_the_fewest_tasks_of_the_service() -> None:
    assert placed(Wishes(strategies=(SPREAD,), own=(ONE,))) == TWO
    assert placed(Wishes(strategies=(SPREAD,), own=(TWO,))) == ONE
    by_host = {"type": "spread", "field": "instanceId"}
    assert placed(Wishes(strategies=(SPREAD, by_host), own=(ONE, ONE, TWO))) == THREE


def test_binpack_takes_the_instance_with_the_least_left_that_has_room() -> None:
    packed = Wishes(strategies=({"type": "binpack", "field": "memory"},))
    assert placed(packed) == THREE
    assert placed(packed, Need(memory=750)) == TWO
    assert placed(Wishes(strategies=({"type": "random"},))) == ONE


def test_distinct_instances_are_taken_once_each() -> None:
    apart = ({"type": "distinctInstance"},)
    assert placed(Wishes(apart, own=(ONE, THREE))) == TWO
    nowhere = placed(Wishes(apart, own=(ONE, TWO, THREE)))
    assert isinstance(nowhere, NoPlace)
    assert "DistinctInstance placement constraint unsatisfied." in nowhere.message


def test_a_member_expression_leaves_instances_out() -> None:
    wishes = Wishes(({"type": "memberOf", "expression": "attribute:ecs.instance-type == t3.micro"},))
    assert placed(wishes) == THREE
    nowhere = placed(Wishes(({"type": "memberOf", "expression": "attribute:stack exists"},)))
    assert isinstance(nowhere, NoPlace)
    assert (nowhere.reason, "MemberOf placement constraint unsatisfied." in nowhere.message) == (
        "ATTRIBUTE",
        True,
    )


@pytest.mark.parametrize(
    ("need", "used", "reason", "words"),
    [
        (Need(memory=2000), (), "RESOURCE:MEMORY", "has insufficient memory available"),
        (Need(cpu=4096), (), "RESOURCE:CPU", "has insufficient CPU units available"),
        (
            Need(ports=frozenset({80})),
            tuple((host.arn, Need(ports=frozenset({80}))) for host in HOSTS),
            "RESOURCE:PORTS",
            "is already using a port required by your task",
        ),
    ],
)
def test_no_room_is_said_with_what_is_lacking(
    need: Need, used: tuple[Any, ...], reason: str, words: str
) -> None:
    nowhere = placed(Wishes(), need, used)
    assert isinstance(nowhere, NoPlace)
    assert nowhere.reason == reason
    assert f"The closest matching (container-instance 1) {words}." in nowhere.message


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("attribute:zone == a", True),
        ("attribute:zone != a", False),
        ("attribute:kind =~ t3.*", True),
        ("attribute:kind !~ t3.*", False),
        ("attribute:zone in [a, b]", True),
        ("attribute:zone not_in [a, b]", False),
        ("attribute:stack !exists", True),
        ("attribute:zone == b or attribute:kind == t3.small", True),
        ("attribute:zone == a and attribute:kind == t3.large", False),
        ("runningTasksCount > 2", False),
    ],
)
def test_the_query_language_as_far_as_it_is_read(expression: str, expected: bool) -> None:
    attributes = {"zone": "a", "kind": "t3.small"}
    assert expressions.matches(expression, attributes) is expected
    assert expressions.readable(expression) is ("attribute" in expression)


# Hosts


def test_a_daemon_follows_the_hosts_that_come_and_go() -> None:
    stage = a_daemon(1, 2)
    stage.roll_out("good")
    stage.join()
    stage.until_ended()
    stage.join(3)
    stage.settle(100.0)
    assert len({task.instance for task in stage.service.present()}) == 3
    stage.leave(1)
    stage.settle(100.0)
    assert {task.instance for task in stage.service.present()} == set(stage.hosts)
    assert statuses(stage) == ["SUCCESSFUL"]
    lost = next(task for task in stage.service.tasks if task.stop_code == "TerminationNotice")
    assert (lost.stopped_reason, lost.exit_code) == ("Host EC2 (instance i-1) terminated.", None)


def test_a_daemon_replaces_its_tasks_in_place_one_host_never_holding_two() -> None:
    stage = a_daemon(1, 2)
    stage.roll_out("good")
    stage.join()
    stage.until_ended()
    stage.roll_out("good")
    while stage.service.open_deployment() is not None:
        stage.timeline.run_next()
        alive = [task.instance for task in stage.service.alive() if task.instance]
        assert len(alive) == len(set(alive)) <= 2
    assert statuses(stage) == ["SUCCESSFUL"] * 2
