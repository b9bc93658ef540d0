"""What is imported says as little as possible, and states exactly what runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.manifest.imported import manifest_of
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.shape import load
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from sandbox.services.ecs.definitions import described
from tests.unit.builders import a_task_definition, as_ecs_answers
from tests.unit.strategies import SERVICES, TASK_DEFINITIONS

SHAPES = load()


def registered(asked: dict[str, Any]) -> dict[str, Any]:
    document = described(asked, prefix="arn:aws:ecs:us-east-1:123456789012", revision=1, now=0, by="me")
    return {**document, "tags": asked.get("tags", [])}


def imported(service: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    return manifest_of(SHAPES, as_ecs_answers(service), registered(task))


@pytest.mark.parametrize(
    "asked",
    [
        a_task_definition(),
        a_task_definition(
            requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512"
        ),
        a_task_definition(tags=[{"key": "team", "value": "web"}]),
    ],
)
def test_a_short_manifest_comes_back_as_it_was_written(asked: dict[str, Any]) -> None:
    service = {"desiredCount": 2}
    manifest = imported(service, asked)
    assert manifest == {
        "apiVersion": "ecs-gitops/v1",
        "kind": "Service",
        "taskDefinition": asked,
        "service": service,
    }


def test_what_aws_requires_stays_though_it_is_the_default() -> None:
    breaker = {"enable": True, "rollback": False}
    manifest = imported(
        {"deploymentConfiguration": {"deploymentCircuitBreaker": breaker}}, a_task_definition()
    )
    assert manifest["service"]["deploymentConfiguration"] == {"deploymentCircuitBreaker": breaker}


def test_keys_stand_in_the_order_of_aws() -> None:
    task = a_task_definition(memory="512", cpu="256", executionRoleArn="arn", networkMode="host")
    manifest = imported({"propagateTags": "SERVICE"}, task)
    assert list(manifest["taskDefinition"]) == [
        "family", "executionRoleArn", "networkMode", "containerDefinitions", "cpu", "memory",
    ]  # fmt: skip
    assert list(manifest["taskDefinition"]["containerDefinitions"][0]) == [
        "name", "image", "memory", "portMappings",
    ]  # fmt: skip


def test_text_that_looks_like_a_reference_stays_text() -> None:
    environment = [{"name": "A", "value": "${ssm:/x} ${HOME} $${"}]
    task = a_task_definition()
    task["containerDefinitions"][0]["environment"] = environment
    container = imported({}, task)["taskDefinition"]["containerDefinitions"][0]
    assert container["environment"] == [{"name": "A", "value": "$${ssm:/x} ${HOME} $$${"}]


def test_tags_of_aws_and_of_installs_are_nobodys_to_state() -> None:
    tags = [
        {"key": key, "value": "x"} for key in ("aws:cloudformation:stack-name", "ecs-gitops:install", "t")
    ]
    manifest = imported({"tags": tags}, a_task_definition(tags=tags))
    assert manifest["service"]["tags"] == manifest["taskDefinition"]["tags"] == [{"key": "t", "value": "x"}]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SERVICES, TASK_DEFINITIONS)
def test_what_is_imported_states_what_runs(service: dict[str, Any], task: dict[str, Any]) -> None:
    manifest = imported(service, task)
    assert canonical(TASK_DEFINITION, manifest["taskDefinition"]) == canonical(
        TASK_DEFINITION, registered(task)
    )
    live, stated = canonical(SERVICE, as_ecs_answers(service)), canonical(SERVICE, manifest["service"])
    unstated = live.keys() - stated.keys()
    assert {name: live.get(name) for name in stated} == stated
    assert unstated <= {"availabilityZoneRebalancing"}  # what a new service gets anyway
