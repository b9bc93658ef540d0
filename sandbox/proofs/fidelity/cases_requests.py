"""Names, lists and tags of a request that AWS refuses, with accepted neighbours. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.proofs.fidelity.case import Case
from sandbox.services.ecs.refusals.refusal import CREATE, REGISTER, UPDATE

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

REQUEST_CASES: tuple[Case, ...] = (
    _create("ecs-cluster-known", {"cluster": "nowhere"}, "Cluster not found.", {"cluster": "prod"}),
    Case("ecs-service-known", UPDATE, {"service": "nobody"}, "Service not found.", {"desiredCount": 2}),
    _create(
        "ecs-service-definition",
        {"taskDefinition": "nobody"},
        "TaskDefinition not found.",
        {"taskDefinition": "web"},
    ),
    _create(
        "ecs-service-idempotent",
        {"serviceName": "@taken", "desiredCount": 2},
        "Creation of service was not idempotent.",
        {"serviceName": "@taken"},
    ),
    _create(
        "ecs-service-draining",
        {"serviceName": "@draining"},
        "Unable to Start a service that is still Draining.",
        {"serviceName": "@gone"},
    ),
    Case(
        "ecs-list-stated",
        DEPLOYMENTS,
        {"serviceDeploymentArns": []},
        "ServiceDeploymentArns cannot be empty.",
        {"serviceDeploymentArns": [f"{ARN}service-deployment/prod/x/y"]},
    ),
    Case(
        "ecs-list-at-most",
        "DescribeServices",
        {"services": ["x"] * 11},
        "services can have at most 10 items.",
        {"services": ["x"] * 10},
    ),
    Case(
        "ecs-list-at-most",
        "DescribeTasks",
        {"tasks": ["x"] * 101},
        "tasks can have at most 100 items.",
        {"tasks": ["x"] * 100},
    ),
    Case(
        "ecs-list-at-most",
        DEPLOYMENTS,
        {"serviceDeploymentArns": [f"{ARN}service-deployment/prod/x/y"] * 21},
        "serviceDeploymentArns can have at most 20 items.",
        {"serviceDeploymentArns": [f"{ARN}service-deployment/prod/x/y"] * 20},
    ),
    Case(
        "ecs-list-at-most",
        REVISIONS,
        {"serviceRevisionArns": [f"{ARN}service-revision/prod/x/1"] * 21},
        "serviceRevisionArns can have at most 20 items.",
        {"serviceRevisionArns": [f"{ARN}service-revision/prod/x/1"] * 20},
    ),
    Case(
        "ecs-page-size",
        "ListServices",
        {"maxResults": 101},
        "maxResults should be between 1 and 100.",
        {"maxResults": 100},
    ),
    Case(
        "ecs-page-size",
        "ListServiceDeployments",
        {"maxResults": 0},
        "maxResults should be between 1 and 100.",
        {"maxResults": 1},
    ),
    Case(
        "ecs-deployment-known",
        STOP,
        {"serviceDeploymentArn": f"{ARN}service-deployment/prod/x/y"},
        "Service deployment not found.",
        {},
    ),
    Case(
        "ecs-deployment-stoppable",
        STOP,
        {"serviceDeploymentArn": "@settled"},
        "The service deployment cannot be stopped: it is SUCCESSFUL.",
        {"stopType": "ABORT"},
    ),
    Case(
        "ecs-identifier",
        REVISIONS,
        {"serviceRevisionArns": [f"{ARN}service/prod/x"]},
        f"Invalid identifier: {ARN}service/prod/x",
        {"serviceRevisionArns": [f"{ARN}service-revision/prod/x/1"]},
    ),
    Case(
        "ecs-task-known",
        "StopTask",
        {"task": "0" * 32},
        "The referenced task was not found.",
        {"task": "@task"},
    ),
    Case(
        "ecs-tagged-known",
        "TagResource",
        {"resourceArn": f"{ARN}service/prod/nobody", **_tags(1)},
        "The specified resource could not be found.",
        _tags(1),
    ),
    Case("ecs-tags-at-most", "TagResource", _tags(51), "The maximum number of tags is 50.", _tags(50)),
    Case("ecs-tags-at-most", REGISTER, _tags(51), "The maximum number of tags is 50.", _tags(50)),
    Case(
        "ecs-tags-reserved",
        "TagResource",
        {"tags": [{"key": "aws:mine", "value": ""}]},
        "Tag keys cannot start with the reserved prefix aws:.",
        {"tags": [{"key": "mine", "value": ""}]},
    ),
    Case(
        "ecs-tags-length",
        "TagResource",
        {"tags": [{"key": "k" * 129, "value": ""}]},
        "A tag's key can have at most 128 characters, its value at most 256.",
        {"tags": [{"key": "k" * 128, "value": ""}]},
    ),
    Case(
        "ecs-cluster-services",
        "DeleteCluster",
        {"cluster": "prod"},
        "The Cluster cannot be deleted while Services are active.",
        {"cluster": "empty"},
    ),
    Case(
        "ecs-cluster-tasks",
        "DeleteCluster",
        {"cluster": "ending"},
        "The Cluster cannot be deleted while Tasks are active.",
        {"cluster": "idle"},
    ),
)
