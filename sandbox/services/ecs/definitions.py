"""Task definitions: what a registration becomes, and the order in which they are listed. Pure.

Defaults are those that DescribeTaskDefinition is known to fill in (facts on server-side defaults).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.services.ecs.documents import Document, moment, stated

CONTAINER_DEFAULTS: Mapping[str, Any] = {
    "cpu": 0,
    "essential": True,
    "environment": [],
    "mountPoints": [],
    "volumesFrom": [],
    "portMappings": [],
    "systemControls": [],
}
HEALTH_CHECK_DEFAULTS: Mapping[str, Any] = {"interval": 30, "timeout": 5, "retries": 3}
UNITS = {"vcpu": 1024, "gb": 1024}


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """One registered revision. `document` is as described, without tags."""

    document: Document
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.document["taskDefinitionArn"])

    @property
    def family(self) -> str:
        """Its family."""
        return str(self.document["family"])

    @property
    def revision(self) -> int:
        """Its number within the family."""
        return int(self.document["revision"])

    @property
    def active(self) -> bool:
        """It may still be used by new tasks and services."""
        return bool(self.document["status"] == "ACTIVE")


def described(request: Document, *, prefix: str, revision: int, now: float, by: str) -> dict[str, Any]:
    """A RegisterTaskDefinition request → what DescribeTaskDefinition answers.

    `prefix` is `arn:aws:ecs:<region>:<account>`; `by` the ARN of who registers.
    """
    family = request["family"]
    network = request.get("networkMode") or ("awsvpc" if _fargate(request) else None)
    containers = [_container(item, network or "bridge") for item in request["containerDefinitions"]]
    kept = {
        key: value for key, value in request.items() if key not in ("tags", "cpu", "memory") and value != []
    }
    return {
        **kept,
        "taskDefinitionArn": f"{prefix}:task-definition/{family}:{revision}",
        "containerDefinitions": containers,
        "revision": revision,
        "status": "ACTIVE",
        "volumes": [_volume(item) for item in request.get("volumes", [])],
        "placementConstraints": list(request.get("placementConstraints", [])),
        "compatibilities": _compatibilities(request, network),
        "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"}],
        "registeredAt": moment(now),
        "registeredBy": by,
        **stated(networkMode=network, cpu=units(request.get("cpu")), memory=units(request.get("memory"))),
    }


def units(value: str | None) -> str | None:
    """`"0.5 vCPU"` → `"512"`, `"1GB"` → `"1024"`; plain numbers stay."""
    if value is None:
        return None
    text = value.replace(" ", "").lower()
    for suffix, factor in UNITS.items():
        if text.endswith(suffix):
            return str(int(float(text.removesuffix(suffix)) * factor))
    return value


def _fargate(request: Document) -> bool:
    return "FARGATE" in request.get("requiresCompatibilities", [])


def _compatibilities(request: Document, network: str | None) -> list[str]:
    sized = request.get("cpu") and request.get("memory")
    return ["EC2", "FARGATE"] if network == "awsvpc" and sized else ["EC2"]


def _container(stated_container: Document, network: str) -> dict[str, Any]:
    container = {**CONTAINER_DEFAULTS, **stated_container}
    container["portMappings"] = [_port(item, network) for item in container["portMappings"]]
    if "healthCheck" in container:
        container["healthCheck"] = {**HEALTH_CHECK_DEFAULTS, **container["healthCheck"]}
    return container


def _port(mapping: Document, network: str) -> dict[str, Any]:
    port = {"protocol": "tcp", **mapping}
    if "containerPort" not in mapping:
        return port
    if network in ("awsvpc", "host"):
        return {**port, "hostPort": port.get("hostPort") or port["containerPort"]}
    return {"hostPort": 0, **port}


def _volume(volume: Document) -> dict[str, Any]:
    if "efsVolumeConfiguration" in volume:
        return {
            **volume,
            "efsVolumeConfiguration": {"rootDirectory": "/", **volume["efsVolumeConfiguration"]},
        }
    return {"host": {}, **volume} if len(volume) <= 1 else dict(volume)


def listed(
    definitions: Iterable[TaskDefinition], *, prefix: str | None, status: str, descending: bool
) -> list[str]:
    """ARNs by family, then revision number; `prefix` names one family whole, as ECS does."""
    chosen = [
        item for item in definitions if item.document["status"] == status and prefix in (None, item.family)
    ]
    chosen.sort(key=lambda item: (item.family, item.revision), reverse=descending)
    return [item.arn for item in chosen]
