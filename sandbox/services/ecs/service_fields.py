"""CreateService and UpdateService requests → a service's fields, with the defaults that ECS fills in. Pure.

Source: the field matrix and the server-side defaults of the ECS API (facts on CreateService).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.state import Revision, Service

STARTS_DEPLOYMENT = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "vpcLatticeConfigurations",
    "volumeConfigurations",
)
OF_REVISION = (
    *STARTS_DEPLOYMENT,
    "launchType",
    "capacityProviderStrategy",
    "gatewayConnectors",
    "monitoring",
)
OF_SERVICE = (
    "availabilityZoneRebalancing",
    "deploymentConfiguration",
    "deploymentController",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "propagateTags",
    "schedulingStrategy",
)
BREAKER_OFF: Mapping[str, Any] = {"enable": False, "rollback": False}
BREAKER_ON: Mapping[str, Any] = {
    "resetOnHealthyTask": True,
    "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
}


@dataclass(frozen=True, slots=True)
class Update:
    """What an UpdateService request comes to. `revision` is None when no new deployment starts."""

    desired: int | None
    fields: dict[str, Any]
    revision: dict[str, Any] | None
    in_place: dict[str, Any]


def created(request: Document, default_strategy: list[Any] | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of a new service, and those of its first revision."""
    daemon = request.get("schedulingStrategy") == "DAEMON"
    defaults = {
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "availabilityZoneRebalancing": _rebalancing(request, daemon=daemon),
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "propagateTags": "NONE",
        "placementConstraints": [],
        "placementStrategy": [],
    }
    if request.get("loadBalancers"):
        defaults["healthCheckGracePeriodSeconds"] = 0
    fields = {**defaults, **_named(request, OF_SERVICE)}
    fields["deploymentConfiguration"] = configuration(
        request.get("deploymentConfiguration", {}), daemon=daemon
    )
    return fields, _first_revision(request, default_strategy)


def _rebalancing(request: Document, *, daemon: bool) -> str:
    """ENABLED for new services, but where ECS would refuse it: DAEMON, and no room above 100 %."""
    most = (request.get("deploymentConfiguration") or {}).get("maximumPercent", 200)
    return "DISABLED" if daemon or most <= 100 else "ENABLED"


def updated(service: Service, request: Document, task_definition: str) -> Update:
    """What an update changes; `task_definition` is the ARN that the service shall run.

    Absent means keep. A field of the revision that has the value it had starts no deployment.
    """
    fields = _named(request, OF_SERVICE)
    if "deploymentConfiguration" in fields:
        merged = {**service.configuration, **fields["deploymentConfiguration"]}
        fields["deploymentConfiguration"] = configuration(merged, daemon=service.daemon)
    revision = service.revision(service.primary)
    wanted = _tidied(_named(request, OF_REVISION))
    changes = {name: value for name, value in wanted.items() if revision.fields.get(name) != value}
    new = (
        bool(request.get("forceNewDeployment"))
        or task_definition != revision.task_definition
        or any(name in STARTS_DEPLOYMENT for name in changes)
    )
    combined = _capacity({**revision.fields, **changes}, changes)
    return Update(
        request.get("desiredCount"),
        fields,
        combined if new else None,
        {} if new else _difference(combined, revision),
    )


def _difference(combined: Mapping[str, Any], revision: Revision) -> dict[str, Any]:
    return {name: value for name, value in combined.items() if revision.fields.get(name) != value}


def configuration(stated: Document, *, daemon: bool) -> dict[str, Any]:
    """A deploymentConfiguration as it is described: REPLICA 200/100, DAEMON 100/0, breaker off."""
    breaker = stated.get("deploymentCircuitBreaker", BREAKER_OFF)
    return {
        "maximumPercent": 100 if daemon else 200,
        "minimumHealthyPercent": 0 if daemon else 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
        **stated,
        "deploymentCircuitBreaker": {**BREAKER_ON, **breaker} if breaker.get("enable") else dict(breaker),
    }


def _first_revision(request: Document, default_strategy: list[Any] | None) -> dict[str, Any]:
    fields = {"loadBalancers": [], "serviceRegistries": [], **_tidied(_named(request, OF_REVISION))}
    if not fields.get("launchType") and not fields.get("capacityProviderStrategy"):
        fields.update(
            {"capacityProviderStrategy": default_strategy} if default_strategy else {"launchType": "EC2"}
        )
    return _capacity(fields, fields)


def strategy_of(
    fields: dict[str, Any], request: Mapping[str, Any], default_strategy: list[Any]
) -> dict[str, Any]:
    """Fields with the launch type or the strategy that they come to; `request` is what is asked for now."""
    fields = dict(fields)
    if request.get("launchType"):
        fields.pop("capacityProviderStrategy", None)
    if not fields.get("launchType") and not fields.get("capacityProviderStrategy") and default_strategy:
        fields["capacityProviderStrategy"] = default_strategy
    if fields.get("capacityProviderStrategy"):
        fields.pop("launchType", None)
    return fields


def _capacity(fields: dict[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """Either a launch type or a strategy; platform fields on Fargate only."""
    strategy = fields.get("capacityProviderStrategy")
    if strategy:
        fields.pop("launchType", None)
        fields["capacityProviderStrategy"] = [{"weight": 0, "base": 0, **item} for item in strategy]
    elif "capacityProviderStrategy" in changed:
        fields.pop("capacityProviderStrategy")
        fields.setdefault("launchType", "FARGATE" if "platformVersion" in fields else "EC2")
    if fargate(fields):
        return {"platformVersion": "LATEST", "platformFamily": "Linux", **fields}
    return {name: value for name, value in fields.items() if not name.startswith("platform")}


def fargate(fields: Mapping[str, Any]) -> bool:
    """Do these fields ask for Fargate, by launch type or by its capacity providers?"""
    providers = [item["capacityProvider"] for item in fields.get("capacityProviderStrategy") or ()]
    return fields.get("launchType") == "FARGATE" or any(name.startswith("FARGATE") for name in providers)


def _tidied(fields: dict[str, Any]) -> dict[str, Any]:
    network = fields.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network:
        filled = {"assignPublicIp": "DISABLED", "securityGroups": [], **network}
        fields["networkConfiguration"] = {"awsvpcConfiguration": filled}
    return fields


def _named(request: Document, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: request[name] for name in names if request.get(name) is not None}
