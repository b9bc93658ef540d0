"""What differs, at its place in the manifest, with what changing it costs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.compare.diff import diff
from ecs_gitops.model.record import Change
from ecs_gitops.model.vocabulary import Effect
from ecs_gitops.resources.field import Field, Table
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from tests.unit.builders import a_task_definition
from tests.unit.strategies import SERVICES, TASK_DEFINITIONS

NEW = Effect.NEW_DEPLOYMENT


def task_changes(live: Any, desired: Any) -> tuple[Change, ...]:
    sides = (canonical(TASK_DEFINITION, live), canonical(TASK_DEFINITION, desired))
    return diff(TASK_DEFINITION, *sides, "taskDefinition")


def service_changes(live: Any, desired: Any) -> tuple[Change, ...]:
    return diff(SERVICE, canonical(SERVICE, live), canonical(SERVICE, desired), "service")


def test_a_container_is_named_by_its_name() -> None:
    place = "taskDefinition.containerDefinitions[nginx].image"
    assert task_changes(a_task_definition("nginx:1"), a_task_definition("nginx:2")) == (
        Change(place, "nginx:1", "nginx:2", NEW),
    )


def test_an_item_that_came_or_went_is_one_change() -> None:
    here = {"containerDefinitions": [{"name": "a", "environment": [{"name": "X", "value": ""}]}]}
    there = {"containerDefinitions": [{"name": "a", "environment": [{"name": "Y", "value": "1"}]}]}
    place = "taskDefinition.containerDefinitions[a].environment"
    assert task_changes(here, there) == (
        Change(f"{place}[X]", {"name": "X", "value": ""}, None, NEW),
        Change(f"{place}[Y]", None, {"name": "Y", "value": "1"}, NEW),
    )


def test_a_port_is_named_by_port_and_protocol() -> None:
    here = {
        "networkMode": "bridge",
        "containerDefinitions": [{"name": "a", "portMappings": [{"containerPort": 80}]}],
    }
    there = {
        "networkMode": "bridge",
        "containerDefinitions": [{"name": "a", "portMappings": [{"containerPort": 80, "hostPort": 8080}]}],
    }
    place = "taskDefinition.containerDefinitions[a].portMappings[80/tcp].hostPort"
    assert task_changes(here, there) == (Change(place, 0, 8080, NEW),)


def test_a_list_without_keys_changes_as_a_whole() -> None:
    here = {"containerDefinitions": [{"name": "a", "command": ["x"]}]}
    there = {"containerDefinitions": [{"name": "a", "command": ["x", "y"]}]}
    place = "taskDefinition.containerDefinitions[a].command"
    assert task_changes(here, there) == (Change(place, ["x"], ["x", "y"], NEW),)


def test_items_that_share_a_key_change_as_a_whole() -> None:
    twice = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    once = [{"name": "A", "value": "1"}]
    here = {"containerDefinitions": [{"name": "a", "environment": twice}]}
    there = {"containerDefinitions": [{"name": "a", "environment": once}]}
    place = "taskDefinition.containerDefinitions[a].environment"
    assert task_changes(here, there) == (Change(place, twice, once, NEW),)


def test_a_change_says_what_it_costs() -> None:
    here = {"desiredCount": 2, "launchType": "EC2", "platformVersion": "1.3.0"}
    there = {"desiredCount": 0, "launchType": "FARGATE", "platformVersion": "1.4.0"}
    assert service_changes(here, there) == (
        Change("service.desiredCount", 2, 0, Effect.IN_PLACE),
        Change("service.launchType", "EC2", "FARGATE", Effect.REPLACEMENT),
        Change("service.platformVersion", "1.3.0", "1.4.0", NEW),
    )


@pytest.mark.parametrize("effect", Effect)
def test_what_an_update_does_not_take_is_a_replacement_whatever_else_it_would_cost(effect: Effect) -> None:
    table = Table({"fixed": Field(create_only=True, effect=effect), "free": Field(effect=effect)})
    assert diff(table, {"fixed": 1, "free": 1}, {"fixed": 2, "free": 2}, "service") == (
        Change("service.fixed", 1, 2, Effect.REPLACEMENT),
        Change("service.free", 1, 2, effect),
    )


def test_a_field_that_nobody_knows_yet_starts_a_deployment() -> None:
    assert service_changes({}, {"newField": {"on": True}}) == (
        Change("service.newField", None, {"on": True}, NEW),
    )


@given(TASK_DEFINITIONS, TASK_DEFINITIONS)
def test_no_change_is_found_exactly_where_none_is(one: dict[str, Any], other: dict[str, Any]) -> None:
    is_same = canonical(TASK_DEFINITION, one) == canonical(TASK_DEFINITION, other)
    assert (task_changes(one, other) == ()) is is_same


@given(SERVICES, SERVICES)
def test_the_way_back_names_the_same_places(one: dict[str, Any], other: dict[str, Any]) -> None:
    there = {
        (change.path, repr(change.live), repr(change.desired)) for change in service_changes(one, other)
    }
    back = {
        (change.path, repr(change.desired), repr(change.live)) for change in service_changes(other, one)
    }
    assert there == back
