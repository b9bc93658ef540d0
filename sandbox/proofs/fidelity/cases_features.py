"""Requests about features of a service that AWS refuses, with accepted neighbours. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.proofs.fidelity.case import Case
from sandbox.services.ecs.refusals.refusal import CREATE, UPDATE

EBS = {"taskDefinition": "web-ebs"}
SIZED = {"roleArn": "arn:aws:iam::123456789012:role/ebs", "sizeInGiB": 10}
DEPLOYMENTS, REVISIONS, STOP = (
    "DescribeServiceDeployments",
    "DescribeServiceRevisions",
    "StopServiceDeployment",
)
ARN = "arn:aws:ecs:us-east-1:123456789012:"


def _volume(name: str = "data", **managed: Any) -> dict[str, Any]:
    return {**EBS, "volumeConfigurations": [{"name": name, "managedEBSVolume": {**SIZED, **managed}}]}


def _connect(*services: dict[str, Any], **more: Any) -> dict[str, Any]:
    connect = {"enabled": True, "namespace": "internal", "services": list(services), **more}
    stated = {name: value for name, value in connect.items() if value is not None}
    return {"taskDefinition": "web-connect:1", "serviceConnectConfiguration": stated}


def _metrics(name: str, seconds: int) -> dict[str, Any]:
    return {"monitoring": {"metricConfigurations": [{"metricNames": [name], "resolutionSeconds": seconds}]}}


def _tags(number: int) -> dict[str, Any]:
    return {"tags": [{"key": f"key{index}", "value": ""} for index in range(number)]}


def _create(rule: str, refused: dict[str, Any], says: str, accepted: dict[str, Any]) -> Case:
    return Case(rule, CREATE, refused, says, accepted)


_INVALID_VOLUME = "ECS managed EBS volume configuration was invalid"
_HTTP = {"portName": "http"}
_ALIAS = {"port": 80}

FEATURE_CASES: tuple[Case, ...] = (
    _create(
        "ecs-volume-one",
        {**EBS, "volumeConfigurations": _volume()["volumeConfigurations"] * 2},
        "volumeConfigurations can have at most 1 items.",
        _volume(),
    ),
    _create(
        "ecs-volume-name",
        _volume("nope"),
        "The volume name 'nope' in your request does not have a matching volume in your Task Definition "
        "that is configurable at launch.",
        _volume(),
    ),
    _create(
        "ecs-volume-name",
        {**_volume(), "taskDefinition": "web"},
        "Volume configuration provided but no matching configuredAtLaunch volume found in task definition.",
        _volume(),
    ),
    _create(
        "ecs-volume-size",
        {
            **EBS,
            "volumeConfigurations": [{"name": "data", "managedEBSVolume": {"roleArn": SIZED["roleArn"]}}],
        },
        f"{_INVALID_VOLUME} (MissingParameter).",
        _volume(),
    ),
    _create(
        "ecs-volume-size",
        _volume(throughput=1001),
        f"{_INVALID_VOLUME} (InvalidParameterValue).",
        _volume(throughput=1000),
    ),
    _create(
        "ecs-volume-size",
        _volume(throughput=500, volumeType="io2"),
        f"{_INVALID_VOLUME} (InvalidParameterCombination).",
        _volume(volumeType="io2"),
    ),
    _create("ecs-connect-namespace", _connect(namespace=None), "Namespace is missing", _connect()),
    _create(
        "ecs-connect-port-name",
        _connect({"portName": "grpc"}),
        "portName(grpc) does not refer to any named PortMapping in the container definitions.",
        _connect(_HTTP),
    ),
    _create(
        "ecs-connect-alias",
        _connect({**_HTTP, "clientAliases": [_ALIAS, _ALIAS]}),
        "2 clientAliases exceeds the max limit of 1",
        _connect({**_HTTP, "clientAliases": [_ALIAS]}),
    ),
    Case(
        "ecs-connect-port-kept",
        UPDATE,
        {"taskDefinition": "web-connect:2"},
        "The appProtocol of the Service Connect port http cannot be changed.",
        {"taskDefinition": "web-connect:3"},
        given=_connect(_HTTP),
    ),
    _create(
        "ecs-gateway-one",
        {"gatewayConnectors": [{"portName": "http"}] * 2},
        "You can specify at most one gateway connector.",
        {"gatewayConnectors": [{"portName": "http"}]},
    ),
    _create(
        "ecs-monitoring",
        _metrics("Disk", 60),
        "metricNames should be one of [CPUUtilization,MemoryUtilization]",
        _metrics("CPUUtilization", 60),
    ),
    _create(
        "ecs-monitoring",
        _metrics("CPUUtilization", 30),
        "resolutionSeconds should be one of [20,60]",
        _metrics("CPUUtilization", 20),
    ),
)
