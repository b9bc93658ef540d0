"""Requests for a service that AWS refuses, each with a neighbour that it accepts. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.proofs.fidelity.case import NETWORK, ON_FARGATE, Case, deploying
from sandbox.services.ecs.refusals.refusal import CREATE, DELETE, UPDATE

DAEMON = {"schedulingStrategy": "DAEMON", "desiredCount": None}
MIXED = {"cluster": "mixed"}
IN_MIXED = {"cluster": "mixed", "taskDefinition": "web-fargate", **NETWORK}
AWSVPC_EC2 = {"taskDefinition": "web-fargate", **NETWORK}
EARLY = {"enable": True, "healthyPercent": 50, "sourceServiceRevisionCleanup": "BLOCKING"}
NO_EC2_PLATFORM = "The platform version must be null when specifying an EC2 launch type."


def _create(rule: str, refused: dict[str, Any], says: str, accepted: dict[str, Any]) -> Case:
    return Case(rule, CREATE, refused, says, accepted)


def _threshold(kind: str, value: int) -> dict[str, Any]:
    breaker = {"enable": True, "rollback": True, "thresholdConfiguration": {"type": kind, "value": value}}
    return deploying(deploymentCircuitBreaker=breaker)


def _network(**vpc: Any) -> dict[str, Any]:
    return {**ON_FARGATE, "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["@subnet"], **vpc}}}


SERVICE_CASES: tuple[Case, ...] = (
    _create(
        "ecs-not-simulated",
        deploying(strategy="BLUE_GREEN"),
        "The sandbox does not run the deployment strategy BLUE_GREEN yet.",
        deploying(strategy="ROLLING"),
    ),
    _create(
        "ecs-not-simulated",
        {"deploymentController": {"type": "CODE_DEPLOY"}},
        "The sandbox does not run the deployment controller CODE_DEPLOY yet.",
        {"deploymentController": {"type": "ECS"}},
    ),
    Case("ecs-service-active", UPDATE, {"desiredCount": 2}, "Service was not ACTIVE.", deleted=True),
    _create(
        "ecs-task-definition-active",
        {"taskDefinition": "web-old:1"},
        "TaskDefinition is inactive",
        {"taskDefinition": "web:1"},
    ),
    _create(
        "ecs-client-token",
        {"clientToken": "x" * 37},
        "clientToken can have at most 36 ASCII characters in the range of 33-126.",
        {"clientToken": "x" * 36},
    ),
    _create(
        "ecs-daemon-desired-count",
        {**DAEMON, "desiredCount": 0},
        "The daemon scheduling strategy does not support a desired count for services. Remove a desired "
        "count value and try again.",
        DAEMON,
    ),
    _create(
        "ecs-daemon-fargate",
        {**DAEMON, **ON_FARGATE},
        "The daemon scheduling strategy is not supported on AWS Fargate.",
        {**DAEMON, "launchType": "EC2"},
    ),
    _create(
        "ecs-daemon-maximum-percent",
        {**DAEMON, **deploying(maximumPercent=101)},
        "The daemon scheduling strategy does not support values above 100 for maximumPercent on a "
        "deployment configuration. Change the maximumPercent value to 100, and try again",
        {**DAEMON, **deploying(maximumPercent=100, minimumHealthyPercent=50)},
    ),
    _create(
        "ecs-daemon-volumes",
        {**DAEMON, "volumeConfigurations": [{"name": "data"}]},
        "The daemon scheduling strategy does not support volume configurations.",
        DAEMON,
    ),
    _create(
        "ecs-replica-desired-count",
        {"desiredCount": None},
        "desiredCount is required for the replica scheduling strategy.",
        {"desiredCount": 0},
    ),
    _create(
        "ecs-percents",
        deploying(maximumPercent=100),
        "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
        deploying(maximumPercent=100, minimumHealthyPercent=50),
    ),
    _create(
        "ecs-percents",
        deploying(minimumHealthyPercent=101),
        "minimumHealthyPercent must be at most 100",
        deploying(minimumHealthyPercent=100),
    ),
    _create(
        "ecs-percents",
        deploying(maximumPercent=99),
        "maximumPercent must be at least 100",
        deploying(maximumPercent=101),
    ),
    _create(
        "ecs-rebalancing",
        {**DAEMON, "availabilityZoneRebalancing": "ENABLED"},
        "The service couldn't be created because Availability Zone Rebalancing does not support DAEMON "
        "as scheduling strategy. Update scheduling strategy and try again.",
        {**DAEMON, "availabilityZoneRebalancing": "DISABLED"},
    ),
    Case(
        "ecs-rebalancing",
        UPDATE,
        deploying(maximumPercent=100, minimumHealthyPercent=50),
        "The service couldn't be updated because Availability Zone Rebalancing does not support "
        "maximumPercent <= 100 % as deployment configuration. Update it and try again.",
        {
            **deploying(maximumPercent=100, minimumHealthyPercent=50),
            "availabilityZoneRebalancing": "DISABLED",
        },
    ),
    _create(
        "ecs-breaker-threshold",
        _threshold("BOUNDED_PERCENT", 101),
        "The circuit breaker threshold value for BOUNDED_PERCENT must be between 1 and 100.",
        _threshold("COUNT", 101),
    ),
    _create(
        "ecs-early-success",
        deploying(earlySuccessCriteria={**EARLY, "healthyPercent": 50}),
        "healthyPercent must be greater than or equal to minimumHealthyPercent.",
        deploying(earlySuccessCriteria=EARLY, minimumHealthyPercent=50),
    ),
    _create(
        "ecs-early-success",
        deploying(earlySuccessCriteria={"enable": True}),
        "earlySuccessCriteria requires healthyPercent and sourceServiceRevisionCleanup.",
        deploying(earlySuccessCriteria={"enable": False}),
    ),
    _create(
        "ecs-alarm-names",
        deploying(alarms={"alarmNames": [], "enable": True, "rollback": True}),
        "At least one alarm name is required when deployment alarms are enabled.",
        deploying(alarms={"alarmNames": ["5xx"], "enable": True, "rollback": True}),
    ),
    Case(
        "ecs-delete-scaled",
        DELETE,
        {},
        "The service cannot be stopped while it is scaled above 0.",
        {"force": True},
    ),
)
