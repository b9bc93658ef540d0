"""What is known of the fields of an ECS service, as a table. Pure.

Sources: the field texts of UpdateService for what starts a deployment; answers of DescribeServices to
requests that leave fields out for the defaults.
"""

from __future__ import annotations

from typing import Any

from ecs_gitops.model.desired import Document
from ecs_gitops.model.vocabulary import Effect
from ecs_gitops.resources.field import (
    ITSELF,
    TASK_ROLE,
    WHOLE_REVISION,
    Field,
    LetGo,
    Table,
    below,
)

_READ_ONLY = (
    "cluster",
    "clusterArn",
    "serviceArn",
    "serviceName",
    "clientToken",
    "taskDefinition",  # compared by what it contains
    "role",  # answered as the service-linked role, though it was never sent
    "roleArn",
    "status",
    "runningCount",
    "pendingCount",
    "taskSets",
    "deployments",
    "events",
    "createdAt",
    "createdBy",
    "platformFamily",
    "resourceManagementType",
    "currentServiceDeployment",
    "currentServiceRevisions",
    "tags",  # compared key by key
)


def is_daemon(root: Document) -> bool:
    """Whether a service runs one task on each host instead of a number of them."""
    return root.get("schedulingStrategy") == "DAEMON"


def _strategy(configuration: Document) -> Any:
    return configuration.get("strategy", "ROLLING")


def _maximum_percent(root: Document, _parent: Document) -> int:
    """200; DAEMON: 100."""
    return 100 if is_daemon(root) else 200


def _minimum_healthy_percent(root: Document, _parent: Document) -> int:
    """100; DAEMON: 0."""
    return 0 if is_daemon(root) else 100


def _rebalancing(root: Document, _parent: Document) -> str:
    """ENABLED for new services; DAEMON, or maximumPercent 100: DISABLED."""
    most = (root.get("deploymentConfiguration") or {}).get("maximumPercent", 200)
    return "DISABLED" if is_daemon(root) or most <= 100 else "ENABLED"


def _only_with(strategy: str, default: Any) -> Field:
    return Field(default=default, read_only=lambda _root, parent: _strategy(parent) != strategy)


def _spread_field(value: Any) -> Any:
    """AWS takes `host` for `instanceId`, and CPU and MEMORY in any case."""
    plain = str(value)
    if plain == "host":
        return "instanceId"
    return plain.lower() if plain.lower() in ("cpu", "memory") else plain


_THRESHOLD = {"type": "BOUNDED_PERCENT", "value": 50}

_DEPLOYMENT_CONFIGURATION = {
    "strategy": Field(default="ROLLING"),
    "maximumPercent": Field(default=_maximum_percent),
    "minimumHealthyPercent": Field(default=_minimum_healthy_percent),
    "bakeTimeInMinutes": Field(default=0),
    "deploymentCircuitBreaker": Field(default={"enable": False, "rollback": False}),
    "deploymentCircuitBreaker.resetOnHealthyTask": Field(default=True),
    "deploymentCircuitBreaker.thresholdConfiguration": Field(default=_THRESHOLD),
    "alarms": Field(default={"enable": False, "rollback": False}),
    "alarms.alarmNames": Field(order_key=ITSELF),
    "earlySuccessCriteria": Field(default={"enable": False}),
    "lifecycleHooks": Field(order_key=("hookTargetArn",)),
    "lifecycleHooks[].targetType": Field(default="AWS_LAMBDA"),
    "lifecycleHooks[].lifecycleStages": Field(order_key=ITSELF),
    "lifecycleHooks[].timeoutConfiguration.timeoutInMinutes": Field(default=1440),
    "lifecycleHooks[].timeoutConfiguration.action": Field(default="ROLLBACK"),
    "linearConfiguration": _only_with("LINEAR", {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}),
    "linearConfiguration.stepPercent": Field(default=10.0),
    "linearConfiguration.stepBakeTimeInMinutes": Field(default=6),
    "canaryConfiguration": _only_with("CANARY", {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}),
    "canaryConfiguration.canaryPercent": Field(default=5.0),
    "canaryConfiguration.canaryBakeTimeInMinutes": Field(default=10),
}

_IN_PLACE = Effect.IN_PLACE
_TRAFFIC = ("loadBalancers", "serviceConnectConfiguration")
_CAPACITY = ("capacityProviderStrategy",)

SERVICE = Table(
    {name: Field(read_only=True) for name in _READ_ONLY}
    | {
        "launchType": Field(create_only=True, effect=Effect.REPLACEMENT),
        "schedulingStrategy": Field(default="REPLICA", create_only=True, effect=Effect.REPLACEMENT),
        "desiredCount": Field(effect=_IN_PLACE, read_only=lambda root, _parent: is_daemon(root)),
        "deploymentController": Field(
            effect=_IN_PLACE, default={"type": "ECS"}, rests_on=(WHOLE_REVISION,)
        ),
        "deploymentConfiguration": Field(
            default={"strategy": "ROLLING"},
            effect=_IN_PLACE,
            when_let_go=LetGo.RESET,
            reset={},
            rests_on=_TRAFFIC,
        ),
        "availabilityZoneRebalancing": Field(
            effect=_IN_PLACE, on_create=_rebalancing, rests_on=("loadBalancers",)
        ),
        "healthCheckGracePeriodSeconds": Field(
            default=0, effect=_IN_PLACE, when_let_go=LetGo.RESET, reset=0, rests_on=_TRAFFIC
        ),
        "enableECSManagedTags": Field(
            default=False, effect=_IN_PLACE, when_let_go=LetGo.RESET, reset=False
        ),
        "enableExecuteCommand": Field(
            default=False,
            effect=_IN_PLACE,
            when_let_go=LetGo.RESET,
            reset=False,
            rests_on=(TASK_ROLE,),
        ),
        "propagateTags": Field(default="NONE", effect=_IN_PLACE, when_let_go=LetGo.RESET, reset="NONE"),
        "placementConstraints": Field(
            order_key=("type", "expression"),
            effect=_IN_PLACE,
            when_let_go=LetGo.RESET,
            reset=[],
            rests_on=_CAPACITY,
        ),
        "placementStrategy": Field(effect=_IN_PLACE, when_let_go=LetGo.RESET, reset=[], rests_on=_CAPACITY),
        "placementStrategy[].field": Field(unit=_spread_field),
        "capacityProviderStrategy": Field(order_key=("capacityProvider",), force=True),
        "capacityProviderStrategy[].base": Field(default=0),
        "capacityProviderStrategy[].weight": Field(default=0),
        "platformVersion": Field(when_let_go=LetGo.RESET, reset="LATEST", on_create="LATEST"),
        "networkConfiguration": Field(),
        "networkConfiguration.awsvpcConfiguration.subnets": Field(order_key=ITSELF),
        "networkConfiguration.awsvpcConfiguration.securityGroups": Field(order_key=ITSELF),
        "networkConfiguration.awsvpcConfiguration.assignPublicIp": Field(default="DISABLED"),
        "loadBalancers": Field(
            order_key=("containerName", "containerPort"), when_let_go=LetGo.HOLD, reset=[]
        ),
        "serviceRegistries": Field(order_key=("registryArn",), when_let_go=LetGo.HOLD, reset=[]),
        "serviceConnectConfiguration": Field(
            default={"enabled": False}, when_let_go=LetGo.RESET, reset={"enabled": False}
        ),
        "serviceConnectConfiguration.services": Field(order_key=("portName",)),
        "serviceConnectConfiguration.services[].clientAliases": Field(order_key=("port", "dnsName")),
        "serviceConnectConfiguration.containerConfigurations": Field(order_key=("containerName",)),
        "serviceConnectConfiguration.logConfiguration.secretOptions": Field(order_key=("name",)),
        "serviceConnectConfiguration.accessLogConfiguration.includeQueryParameters": Field(
            default="DISABLED"
        ),
        "volumeConfigurations": Field(order_key=("name",), when_let_go=LetGo.RESET, reset=[]),
        "volumeConfigurations[].managedEBSVolume.filesystemType": Field(default="xfs"),
        "volumeConfigurations[].managedEBSVolume.tagSpecifications": Field(order_key=("resourceType",)),
        "volumeConfigurations[].managedEBSVolume.tagSpecifications[].tags": Field(order_key=("key",)),
        "vpcLatticeConfigurations": Field(
            order_key=("targetGroupArn", "portName"), when_let_go=LetGo.RESET, reset=[]
        ),
        "gatewayConnectors": Field(order_key=("portName",), unseen=True),
        "gatewayConnectors[].filters.accessTypes": Field(order_key=ITSELF),
        "monitoring": Field(unseen=True),
        "monitoring.metricConfigurations[].metricNames": Field(order_key=ITSELF),
    }
    | below("deploymentConfiguration", _DEPLOYMENT_CONFIGURATION)
)
