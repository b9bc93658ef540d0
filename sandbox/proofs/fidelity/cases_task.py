"""Registrations that AWS refuses for the task as a whole, each with a neighbour that it accepts. Pure."""

from __future__ import annotations

from typing import Any

from sandbox.proofs.fidelity.case import FARGATE, ROLE, Case, app, container
from sandbox.services.ecs.refusals.refusal import DEREGISTER, REGISTER

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


TASK_CASES: tuple[Case, ...] = (
    _case("ecs-family-stated", {"family": ""}, "Family should not be null or empty.", {"family": "x"}),
    _case("ecs-containers-stated", {"containerDefinitions": []}, "Container list cannot be empty.", app()),
    _case(
        "ecs-containers-at-most", _many(11), "A task definition can have at most 10 containers.", _many(10)
    ),
    _case(
        "ecs-definition-size",
        app(command=["x" * 65536]),
        "Actual length: '65684'. Max allowed length is '65536' bytes.",
        app(command=["x" * 60000]),
    ),
    _case(
        "ecs-task-words",
        {"networkMode": "cloud"},
        "networkMode should be one of [bridge,host,awsvpc,none]",
        {"networkMode": "host"},
    ),
    _case(
        "ecs-task-words", {"pidMode": "all"}, "pidMode should be one of [host,task]", {"pidMode": "task"}
    ),
    _case(
        "ecs-task-words",
        {"ipcMode": "all"},
        "ipcMode should be one of [host,task,none]",
        {"ipcMode": "none"},
    ),
    _case(
        "ecs-compatibility-words",
        {"requiresCompatibilities": ["MOON"]},
        "requiresCompatibilities should be one of [EC2,FARGATE,EXTERNAL,MANAGED_INSTANCES]",
        {"requiresCompatibilities": ["EC2"]},
    ),
    _case(
        "ecs-task-constraint-type",
        {"placementConstraints": [{"type": "distinctInstance"}]},
        "Placement constraint type should be one of [memberOf]",
        {"placementConstraints": [CONSTRAINT]},
    ),
    _case(
        "ecs-fargate-task-constraints",
        {**FARGATE, "placementConstraints": [CONSTRAINT]},
        "Fargate compatible task definitions do not support placementConstraints",
        {**FARGATE, "placementConstraints": []},
    ),
    _case(
        "ecs-fargate-network-mode",
        {**FARGATE, "networkMode": "bridge"},
        "Fargate only supports network mode ‘awsvpc’.",
        {**FARGATE},
    ),
    _case(
        "ecs-fargate-network-mode",
        {**FARGATE, "networkMode": None},
        "Fargate only supports network mode ‘awsvpc’.",
        {**FARGATE},
    ),
    _case(
        "ecs-fargate-size-stated",
        {**FARGATE, "cpu": None},
        "Fargate requires that 'cpu' be defined at the task level.",
        {**FARGATE, "cpu": "0.25 vCPU"},
    ),
    _case(
        "ecs-fargate-size-stated",
        {**FARGATE, "memory": None},
        "Fargate requires that 'memory' be defined at the task level.",
        {**FARGATE, "memory": "1GB"},
    ),
    _case(
        "ecs-fargate-size-sold",
        {**FARGATE, "memory": "4096"},
        "No Fargate configuration exists for given values.",
        {**FARGATE, "memory": "2 GB"},
    ),
    _case(
        "ecs-ephemeral-storage",
        {**FARGATE, "ephemeralStorage": {"sizeInGiB": 20}},
        "EphemeralStorage size should be at least 21",
        {**FARGATE, "ephemeralStorage": {"sizeInGiB": 21}},
    ),
    _case(
        "ecs-ephemeral-storage",
        {**FARGATE, "ephemeralStorage": {"sizeInGiB": 201}},
        "EphemeralStorage size should be at most 200",
        {**FARGATE, "ephemeralStorage": {"sizeInGiB": 200}},
    ),
    _case(
        "ecs-proxy-container",
        ENVOY,
        "Proxy container [envoy] does not exist.",
        {**ENVOY, "containerDefinitions": [container(), container(name="envoy", portMappings=None)]},
    ),
    _case(
        "ecs-trusted-execution",
        {"trustedExecutionConfiguration": {"isolationMode": "SHARED"}},
        "trustedExecutionConfiguration is only supported with MANAGED_INSTANCES.",
        {
            "trustedExecutionConfiguration": {"isolationMode": "SHARED"},
            "requiresCompatibilities": ["MANAGED_INSTANCES"],
        },
    ),
    _case(
        "ecs-execution-role",
        app(secrets=[SECRET]),
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        {**app(secrets=[SECRET]), "executionRoleArn": ROLE},
    ),
    _case(
        "ecs-execution-role",
        {**FARGATE, **app(image="123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1")},
        "Fargate requires task definition to have execution role ARN to support ECR images.",
        app(image="123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"),
    ),
    _case(
        "ecs-execution-role",
        {**FARGATE, **app(**LOGGED)},
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        {**FARGATE, **app(**LOGGED), "executionRoleArn": ROLE},
    ),
    Case(
        "ecs-revision-stated",
        DEREGISTER,
        {"taskDefinition": "web"},
        "Revision is missing.",
        {"taskDefinition": "web-old:1"},
    ),
    Case(
        "ecs-definition-known",
        DEREGISTER,
        {"taskDefinition": "web:99"},
        "The specified task definition does not exist.",
        {"taskDefinition": "web-old:1"},
    ),
    Case(
        "ecs-definition-described",
        "DescribeTaskDefinition",
        {"taskDefinition": "nobody"},
        "Unable to describe task definition.",
        {"taskDefinition": "web"},
    ),
)
