"""Requests about capacity and placement that AWS refuses, with accepted neighbours. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.proofs.fidelity.case import NETWORK, ON_FARGATE, Case, deploying, strategy
from sandbox.services.ecs.refusals.refusal import CREATE, UPDATE

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


_WEIGHTLESS = (
    "There are no capacity providers in the capacity provider strategy with a weight value greater than"
    " zero. Specify a weight value greater than zero for at least one capacity provider and try again."
)
_BASES = (
    "There are multiple capacity providers in the specified capacity provider strategy with a base value"
    " greater than zero. Only one capacity provider can have a base value greater than zero."
    " Specify a valid capacity provider strategy and try again."
)

CAPACITY_CASES: tuple[Case, ...] = (
    _create(
        "ecs-launch-type-or-strategy",
        {**MIXED, "launchType": "EC2", **strategy(("nodes", 1, 0))},
        "Specifying both a launch type and capacity provider strategy is not supported. Remove one and "
        "try again.",
        {**MIXED, **strategy(("nodes", 1, 0))},
    ),
    _create(
        "ecs-managed-instances-launch-type",
        {"launchType": "MANAGED_INSTANCES"},
        "Managed Instances need a capacity provider strategy. Remove the launch type and try again.",
        {"launchType": "EC2"},
    ),
    _create(
        "ecs-strategy-at-most",
        {**MIXED, **strategy(*[("nodes", 1, 0)] * 21)},
        "A capacity provider strategy can contain a maximum of 20 capacity providers.",
        {**MIXED, **strategy(("nodes", 1, 0))},
    ),
    _create(
        "ecs-strategy-mixed",
        {**IN_MIXED, **strategy(("FARGATE", 1, 0), ("nodes", 1, 0))},
        "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling "
        "groups and Fargate providers. Specify one or the other and try again.",
        {**IN_MIXED, **strategy(("FARGATE", 1, 0), ("FARGATE_SPOT", 1, 0))},
    ),
    _create(
        "ecs-strategy-weight",
        {**IN_MIXED, **strategy(("FARGATE", 0, 1))},
        _WEIGHTLESS,
        {**IN_MIXED, **strategy(("FARGATE", 1, 1))},
    ),
    _create(
        "ecs-strategy-base",
        {**IN_MIXED, **strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 1, 1))},
        _BASES,
        {**IN_MIXED, **strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 1, 0))},
    ),
    _create(
        "ecs-daemon-strategy",
        {"cluster": "defaulted", **DAEMON},
        "Specifying a capacity provider strategy is not supported when you create a service using the "
        "DAEMON scheduling strategy.",
        {"cluster": "defaulted", **DAEMON, "launchType": "EC2"},
    ),
    _create(
        "ecs-strategy-associated",
        {**strategy(("nodes", 1, 0))},
        "The specified capacity provider strategy cannot contain a capacity provider that is not "
        "associated with the cluster. Associate the capacity provider with the cluster and try again.",
        {**MIXED, **strategy(("nodes", 1, 0))},
    ),
    _create(
        "ecs-launch-type-supported",
        {"launchType": "FARGATE"},
        "Task definition does not support launch_type FARGATE.",
        dict(ON_FARGATE),
    ),
    Case(
        "ecs-launch-type-supported",
        UPDATE,
        strategy(("FARGATE", 1, 0)),
        "Task definition does not support launch_type FARGATE.",
        {**strategy(("FARGATE", 1, 0)), "taskDefinition": "web-fargate", **NETWORK},
        given=MIXED,
    ),
    _create(
        "ecs-platform-version",
        {"platformVersion": "1.4.0"},
        NO_EC2_PLATFORM,
        {**ON_FARGATE, "platformVersion": "1.4.0"},
    ),
    _create(
        "ecs-platform-known",
        {**ON_FARGATE, "platformVersion": "2.0.0"},
        "The specified platform version does not exist.",
        {**ON_FARGATE, "platformVersion": "LATEST"},
    ),
    _create(
        "ecs-platform-fits",
        {**ON_FARGATE, "taskDefinition": "web-efs", "platformVersion": "1.3.0"},
        "The specified platform version does not satisfy the required capabilities of the task definition.",
        {**ON_FARGATE, "taskDefinition": "web-efs", "platformVersion": "1.4.0"},
    ),
    _create(
        "ecs-fargate-placement",
        {**ON_FARGATE, "placementConstraints": [{"type": "distinctInstance"}]},
        "Placement constraints are not supported with FARGATE launch type.",
        {"placementConstraints": [{"type": "distinctInstance"}]},
    ),
    _create(
        "ecs-fargate-placement",
        {**ON_FARGATE, "placementStrategy": [{"type": "random"}]},
        "Placement strategies are not supported with FARGATE launch type.",
        {"placementStrategy": [{"type": "random"}]},
    ),
    _create(
        "ecs-daemon-placement",
        {**DAEMON, "placementStrategy": [{"type": "random"}]},
        "The daemon scheduling strategy does not support placement strategies. Remove the placement "
        "strategy and try again",
        {
            **DAEMON,
            "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
        },
    ),
    _create(
        "ecs-placement-field",
        {"placementStrategy": [{"type": "binpack", "field": "instanceId"}]},
        "binpack field 'instanceId' is invalid.",
        {"placementStrategy": [{"type": "binpack", "field": "MEMORY"}]},
    ),
    _create(
        "ecs-placement-at-most",
        {"placementStrategy": [{"type": "random"}] * 6},
        "A service can have at most 5 placement strategies.",
        {"placementStrategy": [{"type": "random"}] * 5},
    ),
    _create(
        "ecs-placement-expression",
        {"placementConstraints": [{"type": "distinctInstance", "expression": "x"}]},
        "Expression is not supported for placement constraint type distinctInstance.",
        {"placementConstraints": [{"type": "distinctInstance"}]},
    ),
    _create(
        "ecs-placement-expression",
        {"placementConstraints": [{"type": "memberOf"}]},
        "Expression is required for placement constraint type memberOf.",
        {"placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}]},
    ),
)
