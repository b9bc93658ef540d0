"""Manifests that break one rule of AWS, and neighbours that break none."""

from __future__ import annotations

from typing import Any

from ecs_gitops.resources.finding import Finding
from tests.unit.builders import a_task_definition
from tests.unit.strategies import BALANCER

NETWORK = {"awsvpcConfiguration": {"subnets": ["a"]}}
FARGATE = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}
FIRST = ("taskDefinition", "containerDefinitions", 0)


def task(container: Any = None, **fields: Any) -> dict[str, Any]:
    (first,) = a_task_definition()["containerDefinitions"]
    return {"family": "web", "containerDefinitions": [{**first, **(container or {})}], **fields}


def fargate(container: Any = None, **fields: Any) -> dict[str, Any]:
    return task(container, **{**FARGATE, **fields})


ON_FARGATE = {"launchType": "FARGATE", "networkConfiguration": NETWORK}
LOGS = {"logConfiguration": {"logDriver": "awslogs"}}
SECRET = {"name": "TOKEN", "valueFrom": "arn"}
STALLED = (
    "maximumPercent 125 and minimumHealthyPercent 100 of 3 tasks leave no room to start or stop a task, "
    "so a rollout stands still"
)


def two(first: Any, second: Any) -> dict[str, Any]:
    plain = {"image": "web:1", "memory": 1}
    containers = [{"name": "a", **plain, **first}, {"name": "b", **plain, **second}]
    return {"family": "web", "containerDefinitions": containers}


def rollout(**configuration: Any) -> dict[str, Any]:
    return {"deploymentConfiguration": configuration}


FAULTS: list[tuple[str, Any, Any, Finding]] = [
    (
        "ecs-fargate-network-mode",
        fargate(networkMode="bridge"),
        None,
        Finding(("taskDefinition", "networkMode"), "does not work on Fargate", "awsvpc"),
    ),
    (
        "ecs-fargate-size-stated",
        task(networkMode="awsvpc", cpu="256"),
        ON_FARGATE,
        Finding(("taskDefinition",), "lacks memory, which Fargate needs for the task", "memory"),
    ),
    (
        "ecs-fargate-size-sold",
        fargate(cpu="0.25 vCPU", memory="4 GB"),
        None,
        Finding(
            ("taskDefinition", "memory"), "4096 is not offered by Fargate with cpu 256", "1024, 2048, 512"
        ),
    ),
    (
        "ecs-fargate-size-sold",
        fargate(cpu="300"),
        None,
        Finding(
            ("taskDefinition", "cpu"),
            "300 is no size of Fargate",
            "one of 256, 512, 1024, 2048, 4096, 8192, 16384",
        ),
    ),
    (
        "ecs-memory-stated",
        task({"memory": None}),
        None,
        Finding(FIRST, "has no memory limit, and the task has none either", "memory or memoryReservation"),
    ),
    (
        "ecs-memory-reservation",
        task({"memory": 64, "memoryReservation": 128}),
        None,
        Finding((*FIRST, "memory"), "is 64", "at least memoryReservation 128"),
    ),
    (
        "ecs-essential-container",
        task({"essential": False}),
        None,
        Finding(("taskDefinition", "containerDefinitions"), "has no essential container", "one at least"),
    ),
    (
        "ecs-container-unique",
        two({}, {"name": "a"}),
        None,
        Finding(("taskDefinition", "containerDefinitions", 1, "name"), "'a' is taken twice"),
    ),
    (
        "ecs-host-ports",
        task({"portMappings": [{"containerPort": 80, "hostPort": 8080}]}, networkMode="awsvpc"),
        None,
        Finding(
            (*FIRST, "portMappings", 0, "hostPort"),
            "8080 differs from containerPort under networkMode awsvpc",
            "80, or nothing",
        ),
    ),
    (
        "ecs-mounted-volume",
        task({"mountPoints": [{"sourceVolume": "data"}]}, volumes=[{"name": "logs"}]),
        None,
        Finding(
            (*FIRST, "mountPoints", 0, "sourceVolume"),
            "names volume 'data', which is not in volumes",
            "logs",
        ),
    ),
    (
        "ecs-container-dependency",
        two({"dependsOn": [{"containerName": "c", "condition": "START"}]}, {}),
        None,
        Finding(
            (*FIRST, "dependsOn", 0, "containerName"),
            "names container 'c', which is no other container",
            "a, b",
        ),
    ),
    (
        "ecs-container-dependency",
        two({"dependsOn": [{"containerName": "b", "condition": "HEALTHY"}]}, {}),
        None,
        Finding((*FIRST, "dependsOn", 0, "condition"), "waits for b, which has no healthCheck"),
    ),
    (
        "ecs-secret-name",
        task({"environment": [{"name": "TOKEN"}], "secrets": [SECRET]}, executionRoleArn="r"),
        None,
        Finding((*FIRST, "secrets", 0, "name"), "'TOKEN' is also the name of another variable"),
    ),
    (
        "ecs-execution-role",
        task({"secrets": [SECRET]}),
        None,
        Finding(
            ("taskDefinition",),
            "lacks executionRoleArn, which nginx needs for its secrets",
            "executionRoleArn",
        ),
    ),
    (
        "ecs-execution-role",
        fargate(LOGS),
        None,
        Finding(
            ("taskDefinition",),
            "lacks executionRoleArn, which nginx needs for its log driver",
            "executionRoleArn",
        ),
    ),
    (
        "ecs-balancer-container",
        task(),
        {"loadBalancers": [{**BALANCER, "containerName": "web"}]},
        Finding(
            ("service", "loadBalancers", 0, "containerName"),
            "names container 'web', which the task definition lacks",
            "nginx",
        ),
    ),
    (
        "ecs-balancer-container",
        task(),
        {"loadBalancers": [{**BALANCER, "containerPort": 8080}]},
        Finding(
            ("service", "loadBalancers", 0, "containerPort"),
            "8080 is not mapped by container nginx",
            "80",
        ),
    ),
    (
        "ecs-network-configuration",
        task(),
        {"networkConfiguration": NETWORK},
        Finding(
            ("service", "networkConfiguration"),
            "does not go with networkMode bridge",
            "networkMode awsvpc, or nothing",
        ),
    ),
    (
        "ecs-network-configuration",
        task(networkMode="awsvpc"),
        {"desiredCount": 1},
        Finding(
            ("service",),
            "states no networkConfiguration, without which a service under awsvpc is not created",
            "networkConfiguration",
            warning=True,
        ),
    ),
    (
        "ecs-launch-type-or-strategy",
        None,
        {"launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "spot", "weight": 1}]},
        Finding(("service", "launchType"), "does not go with capacityProviderStrategy", "one of the two"),
    ),
    (
        "ecs-daemon-desired-count",
        None,
        {"schedulingStrategy": "DAEMON", "desiredCount": 0},
        Finding(("service", "desiredCount"), "does not go with DAEMON, which runs one task a host"),
    ),
    (
        "ecs-daemon-maximum-percent",
        None,
        {"schedulingStrategy": "DAEMON", **rollout(maximumPercent=200)},
        Finding(("service", "deploymentConfiguration", "maximumPercent"), "is 200 with DAEMON", "100"),
    ),
    (
        "ecs-fargate-placement",
        None,
        {"launchType": "FARGATE", "placementStrategy": [{"type": "random"}]},
        Finding(("service", "placementStrategy"), "does not work on Fargate", "nothing"),
    ),
    (
        "ecs-percents",
        None,
        rollout(maximumPercent=100),
        Finding(
            ("service", "deploymentConfiguration"),
            "maximumPercent and minimumHealthyPercent are both 100, so no task can start or stop",
            "room between the two",
        ),
    ),
    (
        "rollout-headroom",
        None,
        {"desiredCount": 3, **rollout(maximumPercent=125)},
        Finding(
            ("service", "deploymentConfiguration"),
            STALLED,
            "more room between the two",
            warning=True,
        ),
    ),
    (
        "ecs-grace-needs-balancer",
        None,
        {"healthCheckGracePeriodSeconds": 60},
        Finding(
            ("service", "healthCheckGracePeriodSeconds"),
            "needs a load balancer, and the manifest states none",
            warning=True,
        ),
    ),
]

GOOD: list[tuple[Any, Any]] = [
    (None, None),
    (task(), None),
    (task(), {"desiredCount": 0, **rollout(maximumPercent=100, minimumHealthyPercent=50)}),
    (fargate({**LOGS, "memory": None}, executionRoleArn="r"), ON_FARGATE),
    (fargate(cpu="1 vCPU", memory="8 GB"), None),
    (fargate(cpu="16384", memory="122880"), None),
    (task({"memory": None, "memoryReservation": 64}), None),
    (task({"memory": 64, "memoryReservation": 64}), None),
    (task({"memory": None}, memory="512"), None),
    (task({"portMappings": [{"containerPort": 80, "hostPort": 8080}]}), None),
    (task({"portMappings": [{"containerPort": 80, "hostPort": 0}]}, networkMode="awsvpc"), None),
    (task({"mountPoints": [{"sourceVolume": "data"}]}, volumes=[{"name": "data"}]), None),
    (two({"essential": False, "dependsOn": [{"containerName": "b", "condition": "START"}]}, {}), None),
    (
        two(
            {"dependsOn": [{"containerName": "b", "condition": "HEALTHY"}]},
            {"healthCheck": {"command": ["CMD", "true"]}},
        ),
        None,
    ),
    (task(), {"loadBalancers": [BALANCER], "healthCheckGracePeriodSeconds": 60}),
    (None, {"loadBalancers": [{**BALANCER, "containerName": "elsewhere"}]}),
    (task({"portMappings": [{"containerPortRange": "80-90"}]}), {"loadBalancers": [BALANCER]}),
    (None, {"schedulingStrategy": "DAEMON", **rollout(maximumPercent=100, minimumHealthyPercent=0)}),
    (None, {"desiredCount": 3, **rollout(maximumPercent=134)}),
    (None, {"desiredCount": 3, **rollout(maximumPercent=100, minimumHealthyPercent=50)}),
    (None, rollout(strategy="BLUE_GREEN", maximumPercent=100)),
]
