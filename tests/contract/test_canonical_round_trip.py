"""What AWS answers equals what was asked for: no difference is ever seen that nobody made.

The sandbox fills AWS's defaults in from its own reading of the facts, so that a default forgotten in the
core's tables is found by one who does not know them.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ServiceModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.compare.diff import diff
from ecs_gitops.compare.ownership import Sides
from ecs_gitops.compare.ownership import differences as differences_of
from ecs_gitops.model.record import Change
from ecs_gitops.resources.botocore_models import loader
from ecs_gitops.resources.field import Field, Node, Table
from ecs_gitops.resources.service import stated_in_context
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from sandbox.services.ecs.definitions import described
from sandbox.services.ecs.service_fields import created
from tests.unit.builders import a_task_definition
from tests.unit.shaped import requests
from tests.unit.strategies import TASK_DEFINITIONS

PREFIX = "arn:aws:ecs:us-east-1:123456789012"
MODEL = ServiceModel(loader().load_service_model("ecs", "service-2"), "ecs")
ELSEWHERE = ("cluster", "serviceName", "taskDefinition", "clientToken", "launchType", "platformVersion")
"""What follows from a manifest's place, and what AWS takes for some kinds of capacity alone."""
NOT_COMPARED = ("desiredCount",)
"""The sandbox keeps it beside the fields."""
ANY_TASK_DEFINITION = requests(MODEL.operation_model("RegisterTaskDefinition").input_shape)
ANY_SERVICE = requests(MODEL.operation_model("CreateService").input_shape, without=ELSEWHERE)
many = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def differences(table: Table, asked: dict[str, Any], answered: dict[str, Any]) -> tuple[Change, ...]:
    return diff(table, canonical(table, answered), canonical(table, asked), "it")


def registered(asked: dict[str, Any]) -> dict[str, Any]:
    return described(asked, prefix=PREFIX, revision=1, now=0, by=f"{PREFIX}:user/somebody")


def unsettled(asked: dict[str, Any], table: Table = SERVICE) -> list[str]:
    """Fields that a plan would change in a service that was created a moment ago from the same request."""
    fields, revision = created(asked, None)
    sides = Sides(table, stated_in_context(asked, {**fields, **revision}), {**fields, **revision}, asked)
    return [each.name for each in differences_of(sides, section="service", not_owned=NOT_COMPARED)]


@given(TASK_DEFINITIONS)
def test_a_registered_task_definition_is_what_was_asked_for(asked: dict[str, Any]) -> None:
    assert differences(TASK_DEFINITION, asked, registered(asked)) == ()


@many
@given(ANY_TASK_DEFINITION)
def test_every_field_of_a_task_definition_comes_back_as_it_went(asked: dict[str, Any]) -> None:
    assert differences(TASK_DEFINITION, asked, registered(asked)) == ()


@many
@given(ANY_SERVICE)
def test_every_field_of_a_service_comes_back_as_it_went(asked: dict[str, Any]) -> None:
    assert unsettled(asked) == []


@many
@given(ANY_TASK_DEFINITION, ANY_SERVICE)
def test_one_form_of_any_request_is_its_own_form(task: dict[str, Any], service: dict[str, Any]) -> None:
    for table, document in ((TASK_DEFINITION, task), (SERVICE, service)):
        once = canonical(table, document)
        assert canonical(table, once) == once


@many
@given(ANY_TASK_DEFINITION, ANY_SERVICE, st.randoms())
def test_order_that_aws_ignores_never_matters(
    task: dict[str, Any], service: dict[str, Any], random: Any
) -> None:
    for table, document in ((TASK_DEFINITION, task), (SERVICE, service)):
        assert canonical(table, shuffled(table.tree, document, random)) == canonical(table, document)


def shuffled(node: Node, value: Any, random: Any) -> Any:
    """The same with the members of maps, and the lists that have an order key, in another order."""
    if isinstance(value, dict):
        names = random.sample(list(value), len(value))
        return {name: shuffled(node.child(name), value[name], random) for name in names}
    if isinstance(value, list):
        items = random.sample(value, len(value)) if node.row.order_key else value
        return [shuffled(Node(children=node.children), item, random) for item in items]
    return value


def test_the_answer_says_more_than_the_request() -> None:
    """The control: without one form for both, the same check finds differences."""
    asked = a_task_definition()
    assert diff(TASK_DEFINITION, registered(asked), asked, "taskDefinition") != ()


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ("containerDefinitions[].essential", {}),
        ("containerDefinitions[].portMappings[].hostPort", {"networkMode": "awsvpc"}),
        ("cpu", {"cpu": "0.5 vCPU"}),
    ],
)
def test_a_row_that_is_wrong_is_noticed(place: str, asked: dict[str, Any]) -> None:
    """The control of every empty difference above: one row forgotten, and there is one."""
    broken = Table({**TASK_DEFINITION, place: Field()})
    document = a_task_definition(**asked)
    assert differences(broken, document, registered(document)) != ()


def test_a_row_of_a_service_that_is_wrong_is_noticed() -> None:
    asked = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}}
    broken = Table(
        {**SERVICE, "networkConfiguration.awsvpcConfiguration.assignPublicIp": Field(order_key=())}
    )
    assert unsettled(asked) == []
    assert unsettled(asked, broken) == ["networkConfiguration"]
