"""Who owns a field: what is stated now, what was let go, what was never ours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ecs_gitops.compare.ownership import MapDifference, Sides, differences, map_difference, remembered
from ecs_gitops.model.record import Change
from ecs_gitops.model.vocabulary import Effect
from ecs_gitops.resources.field import LetGo
from ecs_gitops.resources.service_fields import SERVICE
from tests.unit.builders import as_ecs_answers
from tests.unit.strategies import BALANCER, SERVICES


def found(stated: Any, live: Any, applied: Any = None, **more: Any) -> dict[str, Any]:
    sides = Sides(SERVICE, stated, as_ecs_answers(live), applied or {})
    return {each.name: each.send for each in differences(sides, section="service", **more)}


def test_a_field_that_git_never_stated_is_not_ours() -> None:
    assert found({}, {"desiredCount": 9, "enableExecuteCommand": True}) == {}


def test_a_stated_field_is_owned_and_zero_is_a_value() -> None:
    assert found({"desiredCount": 0}, {"desiredCount": 9}) == {"desiredCount": 0}


def test_a_stated_field_is_owned_wholly() -> None:
    stated = {"deploymentConfiguration": {"maximumPercent": 150}}
    live = {"deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 50}}
    assert found(stated, live) == stated


@pytest.mark.parametrize(
    ("name", "was", "sent"),
    [
        ("enableExecuteCommand", True, False),
        ("enableECSManagedTags", True, False),
        ("propagateTags", "SERVICE", "NONE"),
        ("healthCheckGracePeriodSeconds", 60, 0),
        ("placementStrategy", [{"type": "random"}], []),
        ("placementConstraints", [{"type": "distinctInstance"}], []),
        ("platformVersion", "1.3.0", "LATEST"),
        ("serviceConnectConfiguration", {"enabled": True}, {"enabled": False}),
        ("deploymentConfiguration", {"maximumPercent": 150}, {}),
    ],
)
def test_a_field_let_go_is_reset(name: str, was: Any, sent: Any) -> None:
    assert found({}, {name: was}, {name: was}) == {name: sent}


@pytest.mark.parametrize(
    ("name", "was"),
    [
        ("desiredCount", 5),
        ("launchType", "FARGATE"),
        ("networkConfiguration", {"awsvpcConfiguration": {"subnets": ["a"]}}),
        ("capacityProviderStrategy", [{"capacityProvider": "spot"}]),
        ("availabilityZoneRebalancing", "DISABLED"),
        ("newFieldOfTomorrow", {"on": True}),
    ],
)
def test_a_field_let_go_is_kept_where_there_is_no_way_back(name: str, was: Any) -> None:
    assert found({}, {name: was}, {name: was}) == {}


@pytest.mark.parametrize(
    ("name", "was"), [("loadBalancers", [BALANCER]), ("serviceRegistries", [{"registryArn": "arn"}])]
)
def test_what_carries_traffic_needs_a_word_to_go(name: str, was: Any) -> None:
    sides = Sides(SERVICE, {}, as_ecs_answers({name: was}), {name: was})
    (held,) = differences(sides, section="service")
    assert (held.name, held.send, held.needs_word) == (name, [], True)
    assert found({name: []}, {name: was}, {name: was}) == {name: []}


def test_what_waits_for_a_word_is_remembered_as_applied() -> None:
    applied = {"loadBalancers": [BALANCER], "desiredCount": 1, "propagateTags": "SERVICE"}
    assert remembered(SERVICE, {"desiredCount": 2}, applied) == {
        "loadBalancers": [BALANCER],
        "desiredCount": 2,
    }
    assert remembered(SERVICE, {"loadBalancers": []}, applied) == {"loadBalancers": []}


def test_what_ecs_never_shows_is_what_we_last_sent() -> None:
    watched = {"monitoring": {"metricConfigurations": [{"metricNames": ["CPU"], "resolutionSeconds": 20}]}}
    assert found(watched, {}, watched) == {}
    assert found(watched, {}, {}) == watched


def test_what_ecs_shows_counts_even_where_it_usually_shows_nothing() -> None:
    watched = {"monitoring": {"metricConfigurations": [{"metricNames": ["CPU"], "resolutionSeconds": 20}]}}
    shown = {"monitoring": {"metricConfigurations": [{"metricNames": ["CPU"], "resolutionSeconds": 60}]}}
    assert found(watched, shown, watched) == watched
    assert found(watched, watched, shown) == {}


def test_what_ecs_shows_no_longer_is_not_taken_to_be_there() -> None:
    balanced = {"loadBalancers": [BALANCER]}
    bare = Sides(SERVICE, balanced, {}, balanced)
    assert [each.send for each in differences(bare, section="service")] == [[BALANCER]]


def test_a_field_is_left_out_when_told() -> None:
    assert found({"desiredCount": 1}, {"desiredCount": 9}, not_owned={"desiredCount"}) == {}


@given(SERVICES, SERVICES)
def test_nothing_differs_from_what_is_so(stated: dict[str, Any], applied: dict[str, Any]) -> None:
    """Fields that were let go are at their defaults: ECS has what is stated and no more."""
    waiting = {name for name in applied if SERVICE.row(name).when_let_go is LetGo.HOLD}
    sides = Sides(SERVICE, stated, as_ecs_answers(stated), {**applied, **stated})
    left = {each.name for each in differences(sides, section="service")} - waiting
    assert left == set()


def test_a_map_is_owned_key_by_key() -> None:
    difference = map_difference(
        "service.tags",
        stated={"team": "web", "same": "1"},
        live={"team": "old", "same": "1", "gone": "x", "theirs": "y"},
        applied={"team": "old", "gone": "x", "never": "z"},
    )
    assert difference == MapDifference(
        to_set={"team": "web"},
        to_remove=("gone",),
        changes=(
            Change("service.tags[gone]", "x", None, Effect.IN_PLACE),
            Change("service.tags[team]", "old", "web", Effect.IN_PLACE),
        ),
    )
