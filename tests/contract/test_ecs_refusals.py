"""What ECS refuses: every rule has a request that meets it, with the exact error, and one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.ecs.definitions import described
from sandbox.ecs.refusals import CREATE, DELETE, REFUSALS, REGISTER, UPDATE, Asked, Refused, refuse
from sandbox.world import World
from tests.engine.stage import GROUP, a_stage

CLIENT, INVALID = "ClientException", "InvalidParameterException"
FARGATE = {
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
}
NETWORK = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}}
BALANCED = {"loadBalancers": [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}]}


def a_registration(container: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    app = {"name": "app", "image": "web", "memory": 64, "portMappings": [{"containerPort": 80}]}
    return {"family": "web", "containerDefinitions": [{**app, **(container or {})}], **more}


def registering(container: Mapping[str, Any] | None = None, **more: Any) -> Asked:
    return Asked(a_registration(container, **more))


def a_group(kind: str = "instance", *balancers: str) -> Any:
    return lambda _: {"TargetType": kind, "LoadBalancerArns": list(balancers)}


def asking(definition: Mapping[str, Any] | None = None, group: Any = None, **request: Any) -> Asked:
    document = described(definition or a_registration(), prefix="arn:aws:ecs:r:1", revision=1, now=0, by="")
    looked_up = group or a_group("instance", "lb")
    return Asked({"desiredCount": 1, **request}, document, target_group=looked_up)


def existing(asked: Asked, **changes: Any) -> Asked:
    return replace(asked, service=replace(a_stage("good").service, **changes))


WITHOUT_CONTAINER = {
    "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "x", "containerPort": 80}]
}
WITHOUT_PORT = {"loadBalancers": [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 81}]}
CASES: tuple[tuple[str, str, Asked, str, str], ...] = (
    (
        "ecs-fargate-network-mode",
        REGISTER,
        registering(**{**FARGATE, "networkMode": "bridge"}),
        CLIENT,
        "Fargate only supports network mode ‘awsvpc’.",
    ),
    (
        "ecs-fargate-size-stated",
        REGISTER,
        registering(**{**FARGATE, "cpu": None}),
        CLIENT,
        "Fargate requires that 'cpu' be defined at the task level.",
    ),
    (
        "ecs-fargate-size-sold",
        REGISTER,
        registering(**{**FARGATE, "memory": "4096"}),
        CLIENT,
        "No Fargate configuration exists for given values.",
    ),
    (
        "ecs-memory-stated",
        REGISTER,
        registering({"memory": None}),
        CLIENT,
        "Invalid setting for container 'app'."
        " At least one of 'memory' or 'memoryReservation' must be specified.",
    ),
    (
        "ecs-essential-container",
        REGISTER,
        registering({"essential": False}),
        CLIENT,
        "A task definition must have at least one essential container.",
    ),
    (
        "ecs-awsvpc-host-ports",
        REGISTER,
        registering({"portMappings": [{"containerPort": 80, "hostPort": 8080}]}, **FARGATE),
        CLIENT,
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    ),
    (
        "ecs-not-simulated",
        CREATE,
        asking(deploymentConfiguration={"strategy": "BLUE_GREEN"}),
        "UnsupportedFeatureException",
        "The sandbox does not run the deployment strategy BLUE_GREEN yet.",
    ),
    (
        "ecs-not-simulated",
        UPDATE,
        existing(asking(deploymentController={"type": "CODE_DEPLOY"})),
        "UnsupportedFeatureException",
        "The sandbox does not run the deployment controller CODE_DEPLOY yet.",
    ),
    (
        "ecs-service-active",
        UPDATE,
        existing(asking(), status="INACTIVE"),
        "ServiceNotActiveException",
        "Service was not ACTIVE.",
    ),
    (
        "ecs-task-definition-active",
        CREATE,
        Asked({"taskDefinition": "web:1"}, {"status": "INACTIVE"}),
        CLIENT,
        "TaskDefinition is inactive",
    ),
    (
        "ecs-launch-type-or-strategy",
        CREATE,
        asking(launchType="EC2", capacityProviderStrategy=[{"capacityProvider": "FARGATE"}]),
        INVALID,
        "Specifying both a launch type and capacity provider strategy is not supported."
        " Remove one and try again.",
    ),
    (
        "ecs-daemon-desired-count",
        CREATE,
        asking(schedulingStrategy="DAEMON"),
        INVALID,
        "The daemon scheduling strategy does not support a desired count for services."
        " Remove a desired count value and try again.",
    ),
    (
        "ecs-daemon-fargate",
        CREATE,
        asking(schedulingStrategy="DAEMON", desiredCount=None, launchType="FARGATE"),
        INVALID,
        "The daemon scheduling strategy is not supported on AWS Fargate.",
    ),
    (
        "ecs-replica-desired-count",
        CREATE,
        asking(desiredCount=None),
        INVALID,
        "desiredCount is required for the replica scheduling strategy.",
    ),
    (
        "ecs-percents-block",
        CREATE,
        asking(deploymentConfiguration={"maximumPercent": 100}),
        INVALID,
        "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    ),
    (
        "ecs-launch-type-supported",
        CREATE,
        asking(launchType="FARGATE", **NETWORK),
        INVALID,
        "Task definition does not support launch_type FARGATE.",
    ),
    (
        "ecs-network-configuration",
        CREATE,
        asking(a_registration(**FARGATE), launchType="FARGATE"),
        INVALID,
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    (
        "ecs-network-configuration",
        CREATE,
        asking(**NETWORK),
        INVALID,
        "Network Configuration is not valid for the given networkMode of this task definition.",
    ),
    (
        "ecs-balancer-container",
        CREATE,
        asking(**WITHOUT_CONTAINER),
        INVALID,
        "The container x does not exist in the task definition.",
    ),
    (
        "ecs-balancer-container",
        CREATE,
        asking(**WITHOUT_PORT),
        INVALID,
        "The container app did not have a container port 81 defined.",
    ),
    (
        "ecs-balancer-target-group",
        CREATE,
        asking(group=lambda _: None, **BALANCED),
        INVALID,
        f"The target group {GROUP} does not exist.",
    ),
    (
        "ecs-balancer-target-group",
        CREATE,
        asking(group=a_group(), **BALANCED),
        INVALID,
        f"The target group with targetGroupArn {GROUP} does not have an associated load balancer.",
    ),
    (
        "ecs-balancer-target-group",
        CREATE,
        asking(a_registration(**FARGATE), launchType="FARGATE", **BALANCED, **NETWORK),
        INVALID,
        f"The provided target group {GROUP} has target type instance, which is incompatible with the awsvpc"
        " network mode specified in the task definition.",
    ),
    (
        "ecs-grace-needs-balancer",
        CREATE,
        asking(healthCheckGracePeriodSeconds=30),
        INVALID,
        "Health check grace period is only valid for services configured to use load balancers",
    ),
    (
        "ecs-delete-scaled",
        DELETE,
        existing(Asked({})),
        INVALID,
        "The service cannot be stopped while it is scaled above 0.",
    ),
)


@pytest.mark.parametrize(
    ("operation", "asked", "code", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_request_is_refused_in_awss_words(
    operation: str, asked: Asked, code: str, message: str
) -> None:
    with pytest.raises(Refused) as caught:
        refuse(operation, asked)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_every_rule_has_its_request() -> None:
    assert {case[0] for case in CASES} == {refusal.id for refusal in REFUSALS}
    assert len(REFUSALS) == len({refusal.id for refusal in REFUSALS})


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        (REGISTER, registering()),
        (REGISTER, registering(**FARGATE)),
        (CREATE, asking(**BALANCED, healthCheckGracePeriodSeconds=30)),
        (
            CREATE,
            asking(
                a_registration(**FARGATE), a_group("ip", "lb"), launchType="FARGATE", **NETWORK, **BALANCED
            ),
        ),
        (CREATE, asking(schedulingStrategy="DAEMON", desiredCount=None)),
        (
            UPDATE,
            existing(asking(deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 100})),
        ),
        (DELETE, existing(Asked({"force": True}))),
        (DELETE, existing(Asked({}), desired=0)),
    ],
)
def test_a_good_request_is_not_refused(operation: str, asked: Asked) -> None:
    refuse(operation, asked)


def test_a_refusal_reaches_boto3_as_its_own_exception() -> None:
    with World.inline() as world:
        ecs = world.client("ecs")
        with pytest.raises(ecs.exceptions.ClientException, match="No Fargate configuration exists"):
            ecs.register_task_definition(**a_registration(**{**FARGATE, "memory": "4096"}))
        with pytest.raises(ecs.exceptions.ClusterNotFoundException):
            ecs.create_service(cluster="nowhere", serviceName="web", taskDefinition="web", desiredCount=1)
        ecs.create_cluster(clusterName="prod")
        with pytest.raises(ClientError, match="TaskDefinition not found"):
            ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=1)
        with pytest.raises(ecs.exceptions.ServiceNotFoundException):
            ecs.update_service(cluster="prod", service="web", desiredCount=1)
