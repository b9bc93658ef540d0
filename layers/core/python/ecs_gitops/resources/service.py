"""What is known of the fields of an ECS service, as a table, and the functions that name them. Pure.

Sources: the field texts of UpdateService for what starts a deployment; answers of DescribeServices to
requests that leave fields out for the defaults.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ecs_gitops.model import Document, Effect
from ecs_gitops.resources.field import ITSELF, Field, LetGo, Table, below
from ecs_gitops.resources.tags import OUR_PREFIX, OWNER_TAG

_FOREIGN_TAGS = ("aws:", OUR_PREFIX)
"""Prefixes of tags that no manifest owns."""

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

_SEEN_IN_DEPLOYMENT = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")
"""Fields that DescribeServices shows only in the primary deployment."""

_CONTEXT = ("schedulingStrategy", "launchType", "capacityProviderStrategy")
"""Fields that decide the defaults of others, whether or not the manifest states them."""


def _is_daemon(root: Document) -> bool:
    return root.get("schedulingStrategy") == "DAEMON"


def _strategy(configuration: Document) -> Any:
    return configuration.get("strategy", "ROLLING")


def _maximum_percent(root: Document, _parent: Document) -> int:
    """200; DAEMON: 100."""
    return 100 if _is_daemon(root) else 200


def _minimum_healthy_percent(root: Document, _parent: Document) -> int:
    """100; DAEMON: 0."""
    return 0 if _is_daemon(root) else 100


def _rebalancing(root: Document, _parent: Document) -> str:
    """ENABLED for new services; DAEMON, or maximumPercent 100: DISABLED."""
    most = (root.get("deploymentConfiguration") or {}).get("maximumPercent", 200)
    return "DISABLED" if _is_daemon(root) or most <= 100 else "ENABLED"


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

SERVICE = Table(
    {name: Field(read_only=True) for name in _READ_ONLY}
    | {
        "launchType": Field(create_only=True, effect=Effect.REPLACEMENT),
        "schedulingStrategy": Field(default="REPLICA", create_only=True, effect=Effect.REPLACEMENT),
        "desiredCount": Field(effect=_IN_PLACE, read_only=lambda root, _parent: _is_daemon(root)),
        "deploymentController": Field(effect=_IN_PLACE, default={"type": "ECS"}),
        "deploymentConfiguration": Field(
            default={"strategy": "ROLLING"}, effect=_IN_PLACE, when_let_go=LetGo.RESET, reset={}
        ),
        "availabilityZoneRebalancing": Field(effect=_IN_PLACE, on_create=_rebalancing),
        "healthCheckGracePeriodSeconds": Field(
            default=0, effect=_IN_PLACE, when_let_go=LetGo.RESET, reset=0
        ),
        "enableECSManagedTags": Field(
            default=False, effect=_IN_PLACE, when_let_go=LetGo.RESET, reset=False
        ),
        "enableExecuteCommand": Field(
            default=False, effect=_IN_PLACE, when_let_go=LetGo.RESET, reset=False
        ),
        "propagateTags": Field(default="NONE", effect=_IN_PLACE, when_let_go=LetGo.RESET, reset="NONE"),
        "placementConstraints": Field(
            order_key=("type", "expression"), effect=_IN_PLACE, when_let_go=LetGo.RESET, reset=[]
        ),
        "placementStrategy": Field(effect=_IN_PLACE, when_let_go=LetGo.RESET, reset=[]),
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


def observed(service: Document) -> Document:
    """A DescribeServices document with the fields that only its primary deployment shows."""
    shown = {
        name: primary[name] for name in _SEEN_IN_DEPLOYMENT if (primary := _primary(service)).get(name)
    }
    return {**shown, **service}


def stated_in_context(stated: Document, live: Document) -> Document:
    """What a manifest states, with the live fields that decide the defaults of others."""
    return {**{name: live[name] for name in _CONTEXT if name in live}, **stated}


def running_task_definition(service: Document) -> str | None:
    """The ARN of the task definition that a live service runs, or None."""
    arn = service.get("taskDefinition")
    return str(arn) if arn else None


def is_draining(service: Document) -> bool:
    """True while a deleted service's last tasks stop: its name is still taken."""
    return service.get("status") == "DRAINING"


def is_gone(service: Document | None) -> bool:
    """True when there is no such service, or only its tombstone."""
    return service is None or service.get("status") == "INACTIVE"


def counts(service: Document) -> tuple[int, int]:
    """(running, desired) tasks of a live service."""
    return int(service.get("runningCount", 0)), int(service.get("desiredCount", 0))


def owner_tag(service: Document, tag_key: str = OWNER_TAG) -> str | None:
    """The value of a tag of a live service, or None: which install made it."""
    return _tags(service).get(tag_key)


def tags(service: Document) -> dict[str, str]:
    """The tags a manifest can own, by key: neither AWS's own nor ours."""
    return {key: value for key, value in _tags(service).items() if not key.startswith(_FOREIGN_TAGS)}


def desired_count_owned(stated: Document, live: Document, *, scalable: bool) -> bool:
    """Whether Git decides the number of tasks: a number is stated and nothing scales the service."""
    return stated.get("desiredCount") is not None and not scalable and not _is_daemon({**live, **stated})


def not_owned(stated: Document, live: Document, *, scalable: bool) -> frozenset[str]:
    """Stated fields that count at creation only."""
    owned = desired_count_owned(stated, live, scalable=scalable)
    return frozenset() if owned else frozenset({"desiredCount"})


def is_scaling_asked(stated: Document, live: Document) -> bool:
    """Whether a plan rests on what scales the service: Git states a number, and ECS has another."""
    return not not_owned(stated, live, scalable=False) and stated["desiredCount"] != counts(live)[1]


def create_request(stated: Document) -> dict[str, Any]:
    """CreateService's fields as stated, with the tags a manifest can own.

    Less cluster, serviceName, taskDefinition and our own tag, which the caller adds.
    """
    request = {name: value for name, value in stated.items() if value is not None and name != "clientToken"}
    if request.get("tags"):
        request["tags"] = [{"key": key, "value": value} for key, value in tags(stated).items()]
    return request


def update_request(
    changed: Mapping[str, Any], desired: Document, live: Document, *, force: bool
) -> dict[str, Any]:
    """UpdateService's fields for what changed.

    deploymentConfiguration is always sent whole, since AWS does not say whether it merges: what is not
    stated and differs is sent as its default. `desired` and `live` are canonical.
    """
    fields = dict(changed)
    if "deploymentConfiguration" in fields:
        fields["deploymentConfiguration"] = _whole(
            fields["deploymentConfiguration"],
            desired.get("deploymentConfiguration", {}),
            live.get("deploymentConfiguration", {}),
        )
    return fields | ({"forceNewDeployment": True} if force else {})


def is_foreign_rollout(service: Document, ours: Collection[str | None]) -> bool:
    """True while ECS rolls out a task definition that we did not choose; a failed one goes no further."""
    primary = _primary(service)
    if not primary or primary.get("taskDefinition") in ours or primary.get("rolloutState") == "FAILED":
        return False
    return primary.get("rolloutState") == "IN_PROGRESS" or len(service.get("deployments", ())) > 1


def is_rolling(service: Document) -> bool:
    """True while the primary deployment is not completed yet, or another one still has tasks."""
    return _primary(service).get("rolloutState") == "IN_PROGRESS" or len(service.get("deployments", ())) > 1


def _whole(stated: Document, desired: Document, live: Document) -> dict[str, Any]:
    unstated = {
        name: desired.get(name, [] if isinstance(live.get(name), list) else None)
        for name in desired.keys() | live.keys()
        if name not in stated and desired.get(name) != live.get(name)
    }
    whole = {**stated, **{name: value for name, value in unstated.items() if value is not None}}
    if "alarms" in unstated and whole.get("alarms"):
        whole["alarms"] = {"alarmNames": [], **whole["alarms"]}
    return whole


def _primary(service: Document) -> Document:
    found: list[Document] = [
        each for each in service.get("deployments") or () if each.get("status") == "PRIMARY"
    ]
    return found[0] if found else {}


def _tags(service: Document) -> dict[str, str]:
    return {tag["key"]: tag.get("value", "") for tag in service.get("tags") or ()}
