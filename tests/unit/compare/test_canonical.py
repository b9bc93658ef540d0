"""One form for both sides: what AWS treats alike is equal, what it does not is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.compare.canonical import canonical, canonical_field
from ecs_gitops.resources.field import Table
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from tests.unit.strategies import SERVICES, TASK_DEFINITIONS


def container(**fields: Any) -> dict[str, Any]:
    return {"containerDefinitions": [{"name": "web", **fields}]}


def in_mode(mode: str, **mapping: Any) -> dict[str, Any]:
    return {"networkMode": mode, **container(portMappings=[{"containerPort": 80, **mapping}])}


def deployment(**fields: Any) -> dict[str, Any]:
    return {"deploymentConfiguration": fields}


OFF = {"enable": False, "rollback": False}
ON = {"enable": True, "rollback": True}
ROLE = "arn:aws:iam::123456789012:role/ecs/runner"

TASK_DEFINITION_ROWS = {
    "container cpu": (container(), container(cpu=0)),
    "essential": (container(), container(essential=True)),
    "lists that AWS fills in": (
        container(),
        container(environment=[], mountPoints=[], volumesFrom=[], portMappings=[], systemControls=[]),
    ),
    "lists and maps that AWS echoes": (
        container(command=[], dockerLabels={}, secrets=[], ulimits=[], links=[], dnsServers=[]),
        container(),
    ),
    "options of a log driver": (
        container(logConfiguration={"logDriver": "awslogs", "secretOptions": []}),
        container(logConfiguration={"logDriver": "awslogs"}),
    ),
    "protocol of a port": (in_mode("bridge"), in_mode("bridge", hostPort=0, protocol="tcp")),
    "host port under awsvpc": (in_mode("awsvpc"), in_mode("awsvpc", hostPort=80, protocol="tcp")),
    "host port 0 under awsvpc": (in_mode("awsvpc", hostPort=0), in_mode("awsvpc", hostPort=80)),
    "host port under host": (in_mode("host"), in_mode("host", hostPort=80)),
    "host port of a range": (
        {"networkMode": "awsvpc", **container(portMappings=[{"containerPortRange": "80-90"}])},
        {
            "networkMode": "awsvpc",
            **container(portMappings=[{"containerPortRange": "80-90", "hostPort": 80}]),
        },
    ),
    "health check": (
        container(healthCheck={"command": ["CMD", "true"]}),
        container(healthCheck={"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3}),
    ),
    "restart policy": (
        container(restartPolicy={"enabled": True}),
        container(restartPolicy={"enabled": True, "restartAttemptPeriod": 300}),
    ),
    "order of the environment": (
        container(environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]),
        container(environment=[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]),
    ),
    "order of containers": (
        {"containerDefinitions": [{"name": "a"}, {"name": "b"}]},
        {"containerDefinitions": [{"name": "b"}, {"name": "a"}]},
    ),
    "order of compatibilities": (
        {"requiresCompatibilities": ["EC2", "FARGATE"]},
        {"requiresCompatibilities": ["FARGATE", "EC2"]},
    ),
    "vCPU and GB": ({"cpu": "0.5 vCPU", "memory": "1GB"}, {"cpu": "512", "memory": "1024"}),
    "network mode": ({}, {"networkMode": "bridge"}),
    "computed compatibilities": ({}, {"compatibilities": ["EC2"], "requiresAttributes": [{"name": "x"}]}),
    "placement and volumes": ({}, {"placementConstraints": [], "volumes": []}),
    "host of a volume": ({"volumes": [{"name": "data"}]}, {"volumes": [{"name": "data", "host": {}}]}),
    "root of an EFS volume": (
        {"volumes": [{"name": "d", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]},
        {
            "volumes": [
                {"name": "d", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/"}}
            ]
        },
    ),
    "fault injection": ({}, {"enableFaultInjection": False}),
    "skeleton of a request": ({"pidMode": "", "ipcMode": ""}, {}),
    "role by name": ({"executionRoleArn": "ecs/runner"}, {"executionRoleArn": ROLE}),
    "what AWS alone sets": (
        {},
        {
            "taskDefinitionArn": "arn",
            "revision": 7,
            "status": "ACTIVE",
            "registeredAt": 1,
            "registeredBy": "me",
        },
    ),
    "tags of a revision": ({"tags": [{"key": "a", "value": "b"}]}, {}),
}

SERVICE_ROWS = {
    "deployment configuration": (
        deployment(maximumPercent=200),
        deployment(
            deploymentCircuitBreaker=OFF,
            maximumPercent=200,
            minimumHealthyPercent=100,
            strategy="ROLLING",
            bakeTimeInMinutes=0,
        ),
    ),
    "breaker that is on": (
        deployment(deploymentCircuitBreaker=ON),
        deployment(
            deploymentCircuitBreaker={
                **ON,
                "resetOnHealthyTask": True,
                "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
            }
        ),
    ),
    "daemon": (
        {"schedulingStrategy": "DAEMON", **deployment(deploymentCircuitBreaker=OFF)},
        {"schedulingStrategy": "DAEMON", **deployment(maximumPercent=100, minimumHealthyPercent=0)},
    ),
    "alarms that are off": (
        deployment(maximumPercent=200),
        deployment(alarms={"alarmNames": [], "enable": False, "rollback": False}),
    ),
    "linear": (
        deployment(strategy="LINEAR"),
        deployment(
            strategy="LINEAR", linearConfiguration={"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}
        ),
    ),
    "canary": (
        deployment(strategy="CANARY", canaryConfiguration={"canaryPercent": 5}),
        deployment(
            strategy="CANARY", canaryConfiguration={"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}
        ),
    ),
    "controller and scheduling": (
        {},
        {"schedulingStrategy": "REPLICA", "deploymentController": {"type": "ECS"}},
    ),
    "flags": (
        {},
        {"enableECSManagedTags": False, "enableExecuteCommand": False, "propagateTags": "NONE"},
    ),
    "grace period": ({"healthCheckGracePeriodSeconds": 0}, {}),
    "weight and base": (
        {
            "capacityProviderStrategy": [
                {"capacityProvider": "spot", "weight": 1},
                {"capacityProvider": "one"},
            ]
        },
        {
            "capacityProviderStrategy": [
                {"capacityProvider": "one", "weight": 0, "base": 0},
                {"capacityProvider": "spot", "weight": 1, "base": 0},
            ]
        },
    ),
    "network": (
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["b", "a"]}}},
        {
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["a", "b"],
                    "securityGroups": [],
                    "assignPublicIp": "DISABLED",
                }
            }
        },
    ),
    "lists": (
        {},
        {"loadBalancers": [], "serviceRegistries": [], "placementConstraints": [], "placementStrategy": []},
    ),
    "spread over hosts": (
        {"placementStrategy": [{"type": "spread", "field": "host"}]},
        {"placementStrategy": [{"type": "spread", "field": "instanceId"}]},
    ),
    "service connect that is off": ({"serviceConnectConfiguration": {"enabled": False}}, {}),
    "what AWS alone sets": (
        {},
        {
            "roleArn": "arn",
            "status": "ACTIVE",
            "runningCount": 2,
            "events": [{"id": "1"}],
            "deployments": [{"id": "1"}],
            "createdAt": 1,
            "platformFamily": "Linux",
            "taskDefinition": "arn",
        },
    ),
}


@pytest.mark.parametrize(("stated", "described"), TASK_DEFINITION_ROWS.values(), ids=TASK_DEFINITION_ROWS)
def test_a_task_definition_equals_what_aws_answers(stated: Any, described: Any) -> None:
    assert canonical(TASK_DEFINITION, stated) == canonical(TASK_DEFINITION, described)


@pytest.mark.parametrize(("stated", "described"), SERVICE_ROWS.values(), ids=SERVICE_ROWS)
def test_a_service_equals_what_aws_answers(stated: Any, described: Any) -> None:
    assert canonical(SERVICE, stated) == canonical(SERVICE, described)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (in_mode("bridge", hostPort=80), in_mode("bridge")),
        (container(cpu=1), container()),
        (container(essential=False), container()),
        (container(command=["a", "b"]), container(command=["b", "a"])),
        (container(environment=[{"name": "A", "value": ""}]), container()),
        (container(environment=[{"name": "A", "value": ""}]), container(environment=[{"name": "A"}])),
        (container(stopTimeout=0), container()),
        ({"cpu": "0.5 vCPU"}, {"cpu": "256"}),
        ({"newFieldOfTomorrow": False}, {}),
    ],
)
def test_what_aws_tells_apart_stays_apart(one: Any, other: Any) -> None:
    assert canonical(TASK_DEFINITION, one) != canonical(TASK_DEFINITION, other)


@given(TASK_DEFINITIONS)
def test_a_canonical_task_definition_is_its_own_form(document: dict[str, Any]) -> None:
    once = canonical(TASK_DEFINITION, document)
    assert canonical(TASK_DEFINITION, once) == once


@given(SERVICES)
def test_a_canonical_service_is_its_own_form(document: dict[str, Any]) -> None:
    once = canonical(SERVICE, document)
    assert canonical(SERVICE, once) == once


@given(TASK_DEFINITIONS)
def test_a_field_of_a_task_definition_is_the_one_of_the_whole_form(document: dict[str, Any]) -> None:
    assert by_field(TASK_DEFINITION, document) == canonical(TASK_DEFINITION, document)


@given(SERVICES)
def test_a_field_of_a_service_is_the_one_of_the_whole_form(document: dict[str, Any]) -> None:
    assert by_field(SERVICE, document) == canonical(SERVICE, document)


def by_field(table: Table, document: dict[str, Any]) -> dict[str, Any]:
    names = document.keys() | table.tree.children.keys()
    found = {name: canonical_field(table, document, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


@given(TASK_DEFINITIONS, st.randoms())
def test_the_order_of_input_means_nothing(document: dict[str, Any], random: Any) -> None:
    assert canonical(TASK_DEFINITION, shuffled(document, random)) == canonical(TASK_DEFINITION, document)


@given(TASK_DEFINITIONS)
def test_the_input_is_left_as_it_was(document: dict[str, Any]) -> None:
    before = repr(document)
    canonical(TASK_DEFINITION, document)
    assert repr(document) == before


def shuffled(value: Any, random: Any) -> Any:
    """The same with every map and every list of maps in another order."""
    if isinstance(value, dict):
        names = random.sample(list(value), len(value))
        return {name: shuffled(value[name], random) for name in names}
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return [shuffled(item, random) for item in random.sample(value, len(value))]
    return value
