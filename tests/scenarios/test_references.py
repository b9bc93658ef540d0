"""One manifest out of many places: references of every kind, `extends`, defaults, sections as paths."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ecs_gitops.model.messages import Cause, LookAt
from ecs_gitops.model.vocabulary import Health, Reason, Sync
from sandbox.world.world import ACCOUNT, REGION
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage

PLATFORM = Path(__file__).parents[2] / "platform"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/ecs-handson/nginx"
BASE = """\
service:
  launchType: FARGATE
  networkConfiguration:
    awsvpcConfiguration:
      subnets: "${cfn:platform.PublicSubnets}"
      securityGroups: ["${cfn:platform.ServiceSecurityGroup}"]
  loadBalancers:
    - targetGroupArn: "${cfn:nginx.BlueTargetGroup}"
      containerName: nginx
      containerPort: 80
"""
DEFAULTS = """\
service:
  deploymentConfiguration: {deploymentCircuitBreaker: {enable: true, rollback: true}}
values: {team: shop, replicas: 3}
"""
WEB = """\
apiVersion: ecs-gitops/v1
kind: Service
extends: ../../_base/web.yaml
taskDefinition: task-definition.json
service:
  desiredCount: "${value:replicas}"
values: {replicas: 2}
"""
TASK = {
    "taskDefinition": {
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/nginx-task:7",
        "family": "nginx-task",
        "revision": 7,
        "status": "ACTIVE",
        "taskRoleArn": None,
        "executionRoleArn": "${cfn:platform.TaskExecutionRoleArn}",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [
            {
                "name": "nginx",
                "image": "${ecr:ecs-handson/nginx}:1",
                "memory": "${ssm:/shop/memory}",
                "portMappings": [{"containerPort": 80}],
                "secrets": [{"name": "TOKEN", "valueFrom": "${secret:shop/token}"}],
                "environment": [
                    {"name": "PLACE", "value": "${aws:account}/${aws:region}"},
                    {"name": "TEAM", "value": "${value:team}"},
                    {"name": "SHELL", "value": "${HOME} and $${value:team}"},
                ],
            }
        ],
    },
    "tags": [],
}
FOLDER = "desired_state"
FILES: Mapping[str, str | None] = {
    f"{FOLDER}/_base/web.yaml": BASE,
    f"{FOLDER}/{CLUSTER}/_defaults.yaml": DEFAULTS,
    f"{FOLDER}/{CLUSTER}/nginx/service.yaml": WEB,
    f"{FOLDER}/{CLUSTER}/nginx/task-definition.json": json.dumps(TASK),
}


@contextmanager
def a_platform() -> Iterator[tuple[Stage, dict[str, str], dict[str, str]]]:
    """The hands-on's surroundings, a parameter and a secret; the outputs of both stacks."""
    with a_stage(cluster=False, FullSweepInterval="60", PassableRoleArns=ROLE) as stage:
        world = stage.world
        platform = world.deploy(PLATFORM / "network.yaml", "platform", {"ClusterName": CLUSTER})
        service = world.deploy(PLATFORM / "service.yaml", "nginx", of(platform))
        world.client("ssm").put_parameter(Name="/shop/memory", Value="256", Type="String")
        world.client("secretsmanager").create_secret(Name="shop/token", SecretString="hush")
        yield stage, platform, service


ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsHandsOnTaskExecutionRole"


def of(platform: Mapping[str, str], **more: str) -> dict[str, str]:
    return {"VpcId": platform["VpcId"], "ListenerArn": platform["ListenerArn"], **more}


def test_references_of_every_kind_are_filled_in_and_nothing_is_left_to_do() -> None:
    with a_platform() as (stage, platform, service):
        stage.repository.push(FILES, "Run nginx")
        stage.until_rolled_out("nginx", f"{REPOSITORY}:1")
        live = stage.service("nginx")
        subnets = live["networkConfiguration"]["awsvpcConfiguration"]
        assert sorted(subnets["subnets"]) == sorted(platform["PublicSubnets"].split(","))
        assert subnets["securityGroups"] == [platform["ServiceSecurityGroup"]]
        assert [each["targetGroupArn"] for each in live["loadBalancers"]] == [service["BlueTargetGroup"]]
        assert (live["desiredCount"], live["runningCount"], live["launchType"]) == (2, 2, "FARGATE")
        assert live["deploymentConfiguration"]["deploymentCircuitBreaker"]["rollback"] is True
        definition = stage.definition("nginx")
        container = definition["containerDefinitions"][0]
        assert definition["executionRoleArn"] == platform["TaskExecutionRoleArn"] == ROLE
        assert container["memory"] == 256
        secret = stage.world.client("secretsmanager").describe_secret(SecretId="shop/token")["ARN"]
        assert container["secrets"] == [{"name": "TOKEN", "valueFrom": secret}]
        assert {each["name"]: each["value"] for each in container["environment"]} == {
            "PLACE": f"{ACCOUNT}/{REGION}",
            "TEAM": "shop",
            "SHELL": "${HOME} and ${value:team}",
        }
        assert stage.plan("nginx") == []
        stage.world.advance(130)
        assert stage.writes() == ["ecs:RegisterTaskDefinition", "ecs:CreateService"]
        assert stage.failures() == []


def test_a_reference_whose_answer_changed_is_rolled_out_at_the_next_reading() -> None:
    with a_platform() as (stage, _, _):
        commit = stage.repository.push(FILES, "Run nginx")
        stage.until_rolled_out("nginx", f"{REPOSITORY}:1")
        stage.world.client("ssm").put_parameter(Name="/shop/memory", Value="384", Overwrite=True)
        stage.controller.sources.send(LookAt("main", Cause("Test", "read it again")))
        stage.until_heard("nginx", "Succeeded", times=2)
        assert stage.definition("nginx")["containerDefinitions"][0]["memory"] == 384
        attempt = stage.record("nginx").attempt
        assert attempt is not None
        assert (attempt.commit, attempt.cause) == (commit, "ReferenceChanged")
        assert stage.deployments("nginx") == [(f"{REPOSITORY}:1", "SUCCESSFUL")] * 2
        assert stage.plan("nginx") == []


def test_a_reference_without_an_answer_keeps_the_last_value_and_is_told() -> None:
    with a_platform() as (stage, _, _):
        good = stage.repository.push(FILES, "Run nginx")
        stage.until_rolled_out("nginx", f"{REPOSITORY}:1")
        stage.world.client("ssm").delete_parameter(Name="/shop/memory")
        stage.repository.push({f"{FOLDER}/{CLUSTER}/nginx/service.yaml": f"{WEB}# more\n"}, "Say more")
        stage.until_told("nginx", Reason.REFERENCE_UNAVAILABLE)
        status = stage.status("nginx")
        assert (status.sync, status.health) == (Sync.UNKNOWN, Health.HEALTHY)
        assert status.message == (
            f"{FOLDER}/{CLUSTER}/nginx/task-definition.json:1:427: taskDefinition.containerDefinitions[0]"
            ".memory: cannot resolve ${ssm:/shop/memory}: cannot read parameter /shop/memory: Parameter "
            f"/shop/memory not found. Commit {good[:7]} stays in force until it is mended."
        )
        assert stage.deployments("nginx") == [(f"{REPOSITORY}:1", "SUCCESSFUL")]
        stage.world.client("ssm").put_parameter(Name="/shop/memory", Value="256", Type="String")
        stage.repository.push({f"{FOLDER}/{CLUSTER}/nginx/service.yaml": WEB}, "Once more")
        stage.until_told("nginx", Reason.SYNCED)
        assert stage.writes() == ["ecs:RegisterTaskDefinition", "ecs:CreateService"]


def test_one_service_that_cannot_be_read_stops_no_other() -> None:
    with a_stage() as stage:
        bad: Any = a_manifest("${ecr:nobody/nothing}:1", family="bad")
        stage.push({"nginx": a_manifest("nginx:1"), "bad": bad})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.until_told("bad", Reason.REFERENCE_UNAVAILABLE)
        assert stage.status("bad").message == (
            "desired_state/handson/bad.yaml:7:7: taskDefinition.containerDefinitions[0].image: cannot "
            "resolve ${ecr:nobody/nothing}: cannot find image repository nobody/nothing: The repository "
            f"with name 'nobody/nothing' does not exist in the registry with id '{ACCOUNT}'. "
            "Nothing was ever applied."
        )
        assert stage.service("bad") == {}
        stage.an_ordinary_push_works("bad", family="bad")
