"""Registrations that AWS refuses for a container, each with a neighbour that it accepts. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.proofs.fidelity.case import FARGATE, ROLE, Case, app, container
from sandbox.services.ecs.refusals.refusal import REGISTER

SECRET = {"name": "KEY", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/key"}
FILE = {"value": "arn:aws:s3:::settings/web.env", "type": "s3"}
LOGGED = {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}}}
ENVOY = {"proxyConfiguration": {"type": "APPMESH", "containerName": "envoy"}}
CHECKED = {"healthCheck": {"command": ["CMD", "true"]}}
CONSTRAINT = {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}


def _case(rule: str, refused: dict[str, Any], says: str, accepted: dict[str, Any]) -> Case:
    return Case(rule, REGISTER, refused, says, accepted)


def _two(**fields: Any) -> dict[str, Any]:
    """The app, and a second container that differs from it by its name and these fields."""
    return {"containerDefinitions": [container(), container(name="second", portMappings=None, **fields)]}


def _many(number: int) -> dict[str, Any]:
    each = [container(name=f"app{index}", portMappings=None) for index in range(number)]
    return {"containerDefinitions": each}


def _check(**fields: int) -> dict[str, Any]:
    return app(healthCheck={"command": ["CMD", "true"], **fields})


def _needs(condition: str, **second: Any) -> dict[str, Any]:
    need = [{"containerName": "second", "condition": condition}]
    return {
        "containerDefinitions": [
            container(dependsOn=need),
            container(name="second", portMappings=None, **second),
        ]
    }


CONTAINER_CASES: tuple[Case, ...] = (
    _case(
        "ecs-container-named",
        app(image=""),
        "Container.image should not be null or empty.",
        app(image="web"),
    ),
    _case(
        "ecs-container-unique",
        {"containerDefinitions": [container(), container()]},
        "Container names must be unique within a task definition.",
        _two(),
    ),
    _case(
        "ecs-memory-stated",
        app(memory=None),
        "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be "
        "specified.",
        app(memory=None, memoryReservation=64),
    ),
    _case(
        "ecs-memory-reservation",
        app(memoryReservation=65),
        "Invalid setting for container 'app'. 'memory' must be greater than or equal to "
        "'memoryReservation'.",
        app(memoryReservation=64),
    ),
    _case(
        "ecs-memory-of-task",
        {"memory": "63"},
        "The 'memory' setting for container 'app' is greater than for the task.",
        {"memory": "64"},
    ),
    _case(
        "ecs-essential-container",
        app(essential=False),
        "A task definition must have at least one essential container.",
        _two(essential=False),
    ),
    _case(
        "ecs-container-words",
        app(portMappings=[{"containerPort": 80, "protocol": "sctp"}]),
        "Invalid 'portMappings' setting for container 'app'. It should be one of [tcp,udp].",
        app(portMappings=[{"containerPort": 80, "protocol": "udp"}]),
    ),
    _case(
        "ecs-container-words",
        app(portMappings=[{"containerPort": 80, "appProtocol": "ftp"}]),
        "Invalid 'portMappings' setting for container 'app'. It should be one of [http,http2,grpc].",
        app(portMappings=[{"containerPort": 80, "appProtocol": "grpc"}]),
    ),
    _case(
        "ecs-container-words",
        _needs("LATER"),
        "Invalid 'dependsOn' setting for container 'app'. It should be one of "
        "[START,COMPLETE,SUCCESS,HEALTHY].",
        _needs("START"),
    ),
    _case(
        "ecs-container-words",
        app(environmentFiles=[{**FILE, "type": "disk"}]),
        "Invalid 'environmentFiles' setting for container 'app'. It should be one of [s3].",
        app(environmentFiles=[FILE]),
    ),
    _case(
        "ecs-host-ports",
        {**FARGATE, **app(portMappings=[{"containerPort": 80, "hostPort": 8080}])},
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        app(portMappings=[{"containerPort": 80, "hostPort": 8080}]),
    ),
    _case(
        "ecs-host-ports",
        {"networkMode": "host", **app(portMappings=[{"containerPort": 80, "hostPort": 8080}])},
        "When networkMode=host, the host ports and container ports in port mappings must match.",
        {"networkMode": "host"},
    ),
    _case(
        "ecs-port-or-range",
        app(portMappings=[{"containerPortRange": "80-90", "containerPort": 80}]),
        "Invalid port mapping for container 'app', cannot specify both single port and port range.",
        app(portMappings=[{"containerPortRange": "80-90"}]),
    ),
    _case(
        "ecs-health-check",
        _check(interval=301),
        "Health check interval must be less than or equal to the maximum allowed value 300 for container "
        "'app'",
        _check(interval=300),
    ),
    _case(
        "ecs-health-check",
        _check(timeout=1),
        "Health check timeout must be greater than or equal to the minimum allowed value 2 for container "
        "'app'",
        _check(timeout=2),
    ),
    _case(
        "ecs-health-check",
        _check(retries=11),
        "Health check retries must be less than or equal to the maximum allowed value 10 for container "
        "'app'",
        _check(retries=10),
    ),
    _case(
        "ecs-health-check",
        _check(startPeriod=301),
        "Health check startPeriod must be less than or equal to the maximum allowed value 300 for "
        "container 'app'",
        _check(startPeriod=0),
    ),
    _case(
        "ecs-restart-period",
        app(restartPolicy={"enabled": True, "restartAttemptPeriod": 59}),
        "The 'restartAttemptPeriod' setting for container 'app' must be between 60 and 1800.",
        app(restartPolicy={"enabled": True, "restartAttemptPeriod": 60}),
    ),
    _case(
        "ecs-restart-exit-codes",
        app(restartPolicy={"enabled": True, "ignoredExitCodes": list(range(51))}),
        "The 'ignoredExitCodes' setting for container 'app' can have at most 50 exit codes.",
        app(restartPolicy={"enabled": True, "ignoredExitCodes": list(range(50))}),
    ),
    _case(
        "ecs-environment-files",
        app(environmentFiles=[FILE] * 11),
        "The maximum number of environment files was exceeded. Specify ten or less and try again.",
        app(environmentFiles=[FILE] * 10),
    ),
    _case(
        "ecs-environment-file-place",
        app(environmentFiles=[{**FILE, "value": "s3://settings/web.env"}]),
        "Invalid arn syntax.",
        app(environmentFiles=[FILE]),
    ),
    _case(
        "ecs-credential-specs",
        app(credentialSpecs=["a", "b"]),
        "A container can have at most one credential spec.",
        app(credentialSpecs=["a"]),
    ),
    _case(
        "ecs-mounted-volume",
        app(mountPoints=[{"sourceVolume": "data", "containerPath": "/d"}]),
        "Unknown volume 'data'.",
        {
            **app(mountPoints=[{"sourceVolume": "data", "containerPath": "/d"}]),
            "volumes": [{"name": "data"}],
        },
    ),
    _case(
        "ecs-container-dependency",
        app(dependsOn=[{"containerName": "nope", "condition": "START"}]),
        "Cannot depend on container + 'nope' because it does not exist",
        _needs("START"),
    ),
    _case(
        "ecs-container-dependency",
        _needs("HEALTHY"),
        "A dependency container with HEALTHY condition must have health check configured",
        _needs("HEALTHY", **CHECKED),
    ),
    _case(
        "ecs-container-dependency",
        _needs("SUCCESS"),
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
        _needs("SUCCESS", essential=False),
    ),
    _case(
        "ecs-secret-name",
        {**app(secrets=[SECRET], environment=[{"name": "KEY", "value": "1"}]), "executionRoleArn": ROLE},
        "The secret name must be unique and not shared with any new or existing environment variables "
        "set on the container, such as 'KEY'.",
        {**app(secrets=[SECRET]), "executionRoleArn": ROLE},
    ),
)
