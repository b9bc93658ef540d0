"""What the tests of the sandbox's ECS API do to a world: register, create, describe, follow a rollout."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.world.world import World

ACCOUNT_ARN = "arn:aws:ecs:us-east-1:123456789012"
GUARDED = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def a_container(**more: Any) -> dict[str, Any]:
    return {"name": "app", "image": "web:1", "memory": 64, "portMappings": [{"containerPort": 80}], **more}


def register(world: World, image: str = "web:1", **more: Any) -> str:
    request = {"family": "web", "containerDefinitions": [a_container(image=image)], **more}
    answer = world.client("ecs").register_task_definition(**request)
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def create(world: World, **more: Any) -> dict[str, Any]:
    request = {"cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": 2, **more}
    return dict(world.client("ecs").create_service(**request)["service"])


def describe(world: World, *names: str, **more: Any) -> dict[str, Any]:
    return dict(
        world.client("ecs").describe_services(cluster="prod", services=list(names) or ["web"], **more)
    )


def service(world: World) -> dict[str, Any]:
    return dict(describe(world)["services"][0])


def rollouts(world: World) -> list[dict[str, Any]]:
    listed = world.client("ecs").list_service_deployments(cluster="prod", service="web")
    return list(listed["serviceDeployments"])


def until_ended(world: World, limit: float = 1800.0) -> dict[str, Any]:
    """Let the newest service deployment end; what DescribeServiceDeployments says of it."""
    world.until(lambda: "finishedAt" in rollouts(world)[0], limit, "the rollout's end")
    newest = rollouts(world)[0]["serviceDeploymentArn"]
    described = world.client("ecs").describe_service_deployments(serviceDeploymentArns=[newest])
    return dict(described["serviceDeployments"][0])


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
