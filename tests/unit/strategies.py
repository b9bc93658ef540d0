"""Manifests' sections drawn at random, each field with the values that have caused trouble."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Drawn = st.SearchStrategy[dict[str, Any]]


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def some(**fields: st.SearchStrategy[Any]) -> Drawn:
    return st.fixed_dictionaries({}, optional=fields)


def several(items: Drawn, **more: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, max_size=3, **more)


def named(name: str = "name") -> Any:
    return lambda item: item[name]


ENVIRONMENT = st.fixed_dictionaries({"name": one_of("A", "B", "C"), "value": one_of("", "0", "x")})
PORTS = st.fixed_dictionaries(
    {"containerPort": one_of(80, 443, 8080)},
    optional={"hostPort": one_of(0, 80, 443), "protocol": one_of("tcp", "udp"), "name": one_of("http")},
)
CONTAINERS = st.fixed_dictionaries(
    {"name": one_of("nginx", "sidecar", "init"), "image": one_of("nginx:1", "nginx:2")},
    optional={
        "cpu": one_of(0, 256),
        "memory": one_of(0, 128),
        "essential": st.booleans(),
        "environment": several(ENVIRONMENT, unique_by=named()),
        "portMappings": several(
            PORTS, unique_by=lambda port: (port["containerPort"], port.get("protocol"))
        ),
        "mountPoints": several(some(sourceVolume=one_of("data"), containerPath=one_of("/a", "/b"))),
        "command": one_of([], ["serve", "--now"]),
        "dockerLabels": one_of({}, {"team": ""}),
        "healthCheck": st.fixed_dictionaries(
            {"command": one_of(["CMD", "true"])},
            optional={"interval": one_of(5, 30), "startPeriod": one_of(0, 9)},
        ),
        "stopTimeout": one_of(0, 30),
    },
)
TASK_DEFINITIONS: Drawn = st.fixed_dictionaries(
    {
        "family": one_of("web"),
        "containerDefinitions": st.lists(CONTAINERS, min_size=1, max_size=3, unique_by=named()),
    },
    optional={
        "cpu": one_of("256", "0.25 vCPU", "1 vcpu"),
        "memory": one_of("512", "0.5GB", "1 GB"),
        "networkMode": one_of("awsvpc", "bridge", "host"),
        "volumes": several(some(name=one_of("data", "logs"), host=one_of({}))),
        "requiresCompatibilities": one_of(["EC2"], ["FARGATE", "EC2"], ["EC2", "FARGATE"]),
        "tags": one_of([], [{"key": "team", "value": "web"}]),
    },
)

BREAKER = st.fixed_dictionaries(
    {"enable": st.booleans(), "rollback": st.booleans()},
    optional={"resetOnHealthyTask": st.booleans()},
)
DEPLOYMENT = some(
    maximumPercent=one_of(100, 150, 200),
    minimumHealthyPercent=one_of(0, 50, 100),
    deploymentCircuitBreaker=BREAKER,
    bakeTimeInMinutes=one_of(0, 5),
    alarms=one_of({"alarmNames": ["b", "a"], "enable": True, "rollback": True}),
    strategy=one_of("ROLLING", "LINEAR", "CANARY"),
)
NETWORK = one_of(
    {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}},
    {"awsvpcConfiguration": {"subnets": ["subnet-b", "subnet-a"], "assignPublicIp": "DISABLED"}},
    {
        "awsvpcConfiguration": {
            "subnets": ["subnet-a"],
            "securityGroups": ["sg-1"],
            "assignPublicIp": "ENABLED",
        }
    },
)
BALANCER = {"targetGroupArn": "tg-1", "containerName": "nginx", "containerPort": 80}
SERVICES: Drawn = some(
    desiredCount=one_of(0, 1, 3),
    launchType=one_of("EC2", "FARGATE"),
    deploymentConfiguration=DEPLOYMENT,
    networkConfiguration=NETWORK,
    loadBalancers=one_of([], [BALANCER]),
    healthCheckGracePeriodSeconds=one_of(0, 60),
    enableExecuteCommand=st.booleans(),
    propagateTags=one_of("NONE", "SERVICE"),
    placementStrategy=one_of([], [{"type": "spread", "field": "host"}]),
    serviceConnectConfiguration=one_of({"enabled": False}, {"enabled": True, "namespace": "internal"}),
    monitoring=one_of(
        {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]}
    ),
    tags=one_of(
        [], [{"key": "team", "value": "web"}], [{"key": "team", "value": ""}, {"key": "x", "value": "1"}]
    ),
    newFieldOfTomorrow=one_of({"on": True}, {"on": False}),
)
