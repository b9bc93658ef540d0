"""Requests about networks and load balancers that AWS refuses, with accepted neighbours. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.proofs.fidelity.case import NETWORK, ON_FARGATE, Case, balanced, deploying
from sandbox.services.ecs.refusals.refusal import CREATE

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


TRAFFIC_CASES: tuple[Case, ...] = (
    _create(
        "ecs-network-configuration",
        {**ON_FARGATE, "networkConfiguration": None},
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        dict(ON_FARGATE),
    ),
    _create(
        "ecs-network-configuration",
        dict(NETWORK),
        "Network Configuration is not valid for the given networkMode of this task definition.",
        dict(ON_FARGATE),
    ),
    _create(
        "ecs-network-at-most",
        _network(subnets=["@subnet"] * 17),
        "subnets can have at most 16 items.",
        _network(subnets=["@subnet"] * 16),
    ),
    _create("ecs-network-at-most", _network(subnets=[]), "subnets can not be empty.", _network()),
    _create(
        "ecs-network-at-most",
        _network(securityGroups=["sg-1"] * 6),
        "securityGroups can have at most 5 items.",
        _network(securityGroups=["sg-1"] * 5),
    ),
    _create(
        "ecs-balancers-at-most",
        {"loadBalancers": balanced("@instances")["loadBalancers"] * 6},
        "loadBalancers can have at most 5 items.",
        {"loadBalancers": balanced("@instances")["loadBalancers"] * 5},
    ),
    _create(
        "ecs-balancer-either",
        {"loadBalancers": [{**balanced("@instances")["loadBalancers"][0], "loadBalancerName": "classic"}]},
        "loadBalancerName and targetGroupArn cannot both be specified.",
        balanced("@instances"),
    ),
    _create(
        "ecs-balancer-container",
        balanced("@instances", "x"),
        "The container x does not exist in the task definition.",
        balanced("@instances"),
    ),
    _create(
        "ecs-balancer-container",
        balanced("@instances", port=81),
        "The container app did not have a container port 81 defined.",
        balanced("@instances"),
    ),
    _create(
        "ecs-balancer-target-group",
        balanced("arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/no/0123456789abcdef"),
        "The target group "
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/no/0123456789abcdef does not "
        "exist.",
        balanced("@instances"),
    ),
    _create(
        "ecs-balancer-target-group",
        balanced("@lonely"),
        "The target group with targetGroupArn @lonely does not have an associated load balancer.",
        balanced("@instances"),
    ),
    _create(
        "ecs-balancer-target-group",
        {**ON_FARGATE, **balanced("@instances")},
        "The provided target group @instances has target type instance, which is incompatible with the "
        "awsvpc network mode specified in the task definition.",
        {**ON_FARGATE, **balanced("@addresses")},
    ),
    _create(
        "ecs-grace-needs-balancer",
        {"healthCheckGracePeriodSeconds": 30},
        "Health check grace period is only valid for services configured to use load balancers",
        {**balanced("@instances"), "healthCheckGracePeriodSeconds": 30},
    ),
)
