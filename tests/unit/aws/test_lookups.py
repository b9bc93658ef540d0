"""What the door finds out about task definitions and tags in the sandbox's own ECS."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import moto.ecs.models
import pytest
from moto import mock_aws

from sandbox.front.known import TaskDefinitionFacts
from sandbox.front.lookups import known_to
from sandbox.services.ecs.definitions import TaskDefinition

PREFIX = "arn:aws:ecs:us-east-1:123456789012"


def a_revision(number: int, status: str = "ACTIVE", **more: Any) -> TaskDefinition:
    arn = f"{PREFIX}:task-definition/nginx-task:{number}"
    facts = {"taskDefinitionArn": arn, "family": "nginx-task", "revision": number, "status": status}
    return TaskDefinition({**facts, **more}, (("team", "shop"),))


ONE = a_revision(1, taskRoleArn="role/a", executionRoleArn="role/b")
TWO = a_revision(2, executionRoleArn="role/c")
TEN = a_revision(10, status="INACTIVE")
LIVING = SimpleNamespace(definitions={one.arn: one for one in (ONE, TEN, TWO)}, services={})
NOTHING = SimpleNamespace(task_definitions={}, tables={}, secrets={})


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("nginx-task:1", TaskDefinitionFacts(ONE.arn, ("role/a", "role/b"))),
        (ONE.arn, TaskDefinitionFacts(ONE.arn, ("role/a", "role/b"))),
        ("nginx-task", TaskDefinitionFacts(TWO.arn, ("role/c",))),
        ("nginx-task:10", TaskDefinitionFacts(TEN.arn, ())),
        ("nginx-task:7", None),
        ("other", None),
    ],
)
def test_a_task_definition_is_found_by_arn_family_and_revision(named: str, expected: Any):
    assert known_to(NOTHING, NOTHING, NOTHING, LIVING).task_definition(named) == expected


def test_tags_are_those_of_the_object_with_that_arn_and_none_where_nothing_is():
    known = known_to(NOTHING, NOTHING, NOTHING, LIVING)
    assert dict(known.tags(ONE.arn)) == {"team": "shop"}
    assert dict(known.tags(f"{PREFIX}:task/handson/x")) == {}


def test_a_service_that_does_not_exist_has_no_tags_in_motos_store():
    with mock_aws():
        ecs = moto.ecs.models.ecs_backends["123456789012"]["us-east-1"]
        known = known_to(ecs, NOTHING, NOTHING)
        ecs.create_cluster("handson", tags=[{"key": "team", "value": "shop"}])
        found = [
            dict(known.tags(f"{PREFIX}:{one}"))
            for one in ("cluster/handson", "service/handson/x", "cluster/y")
        ]
    assert found == [{"team": "shop"}, {}, {}]
