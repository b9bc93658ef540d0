"""One refusal shown: a request that AWS refuses, and its neighbour that AWS accepts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Request = Mapping[str, Any]

APP: Request = {
    "name": "app",
    "image": "web:1",
    "memory": 64,
    "portMappings": [{"containerPort": 80}],
}
FARGATE: Request = {
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
}
NETWORK: Request = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["@subnet"]}}}
ON_FARGATE: Request = {"taskDefinition": "web-fargate", "launchType": "FARGATE", **NETWORK}
ROLE = "arn:aws:iam::123456789012:role/tasks"


@dataclass(frozen=True, slots=True)
class Case:
    """One refusal shown.

    operation is AWS's name. refused and accepted change the ground's own good request of the operation;
    None takes a member away, `@name` is something of the ground. says is the whole message. given makes
    the service that is updated or deleted; `deleted` is one that has been so already.
    """

    rule: str
    operation: str
    refused: Request
    says: str
    accepted: Request = field(default_factory=dict)
    given: Request = field(default_factory=dict)
    deleted: bool = False


def app(**fields: Any) -> dict[str, Any]:
    """The members of a registration whose one container has these fields; None takes one away."""
    return {"containerDefinitions": [container(**fields)]}


def container(**fields: Any) -> dict[str, Any]:
    """A container definition with these fields; None takes one away."""
    return {name: value for name, value in {**APP, **fields}.items() if value is not None}


def deploying(**fields: Any) -> dict[str, Any]:
    """The member of a service that holds its deployment configuration."""
    return {"deploymentConfiguration": fields}


def balanced(group: str, name: str = "app", port: int = 80) -> dict[str, Any]:
    """The member of a service that puts it behind a target group."""
    entry = {"targetGroupArn": group, "containerName": name, "containerPort": port}
    return {"loadBalancers": [entry]}


def strategy(*items: tuple[str, int, int]) -> dict[str, Any]:
    """The member of a service that spreads it: (provider, weight, base)."""
    named = [{"capacityProvider": name, "weight": weight, "base": base} for name, weight, base in items]
    return {"capacityProviderStrategy": named}
