"""Sixty services, or six, come under Git without one write to ECS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer

from ecs_gitops.cli import import_
from ecs_gitops.model.names import ServiceKey
from sandbox.front.people import ADMIN
from tests.scenarios.stage import CLUSTER, Stage, a_stage

FOLDER = f"desired_state/{CLUSTER}"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-b", "subnet-a"], "securityGroups": ["sg-1"]}}
BREAKER = {"enable": True, "rollback": True}
TASKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "fargate": {
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "0.5 vCPU",
        "memory": "1GB",
        "tags": [{"key": "team", "value": "web"}],
    },
}
SERVICES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("plain", {"desiredCount": 1}),
    "off": ("plain", {"desiredCount": 0, "availabilityZoneRebalancing": "DISABLED"}),
    "daemon": ("plain", {"schedulingStrategy": "DAEMON", "propagateTags": "TASK_DEFINITION"}),
    "fargate": (
        "fargate",
        {"desiredCount": 2, "launchType": "FARGATE", "networkConfiguration": NETWORK},
    ),
    "careful": (
        "plain",
        {
            "desiredCount": 2,
            "deploymentConfiguration": {"deploymentCircuitBreaker": BREAKER, "minimumHealthyPercent": 50},
            "placementStrategy": [{"type": "spread", "field": "host"}],
            "tags": [{"key": "team", "value": ""}],
            "enableExecuteCommand": True,
        },
    ),
    "connected": (
        "plain",
        {"desiredCount": 1, "serviceConnectConfiguration": {"enabled": True, "namespace": "internal"}},
    ),
}


def create(stage: Stage) -> None:
    """What a team made by other means before it heard of us."""
    ecs = stage.world.client("ecs")
    for name, more in TASKS.items():
        container = {
            "name": "web",
            "image": "web:1",
            "memory": 128,
            "portMappings": [{"containerPort": 80}],
            "environment": [{"name": "GREETING", "value": "${ssm:/not/ours} ${HOME} $${x}"}],
            "healthCheck": {"command": ["CMD", "true"]},
        }
        ecs.register_task_definition(family=name, containerDefinitions=[container], **more)
    for name, (task, fields) in SERVICES.items():
        ecs.create_service(cluster=CLUSTER, serviceName=name, taskDefinition=task, **fields)
    stage.world.advance(600)


@contextmanager
def as_admin() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", ADMIN.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", ADMIN.secret_key)
        yield


def written(folder: Path) -> dict[str, str]:
    return {file.stem: file.read_text() for file in sorted((folder / FOLDER).iterdir())}


def ecs_writes(stage: Stage, since: int) -> list[str]:
    """Requests to ECS, whoever sent them, that are not for looking."""
    asked = [entry.detail["action"] for entry in stage.world.journal[since:] if entry.kind == "request"]
    return [
        action
        for action in asked
        if action.startswith("ecs:") and ":Describe" not in action and ":List" not in action
    ]


def test_what_is_imported_is_adopted_and_nothing_is_written_to_ecs(tmp_path: Path) -> None:
    with a_stage() as stage:
        create(stage)
        since = len(stage.world.journal)
        with as_admin():
            import_.run(cluster=CLUSTER, path=tmp_path)
        files = written(tmp_path)
        assert list(files) == sorted(SERVICES)
        stage.push(files)
        stage.world.advance(300)
        for name in SERVICES:
            assert stage.record(name).applied is not None, name
            assert stage.plan(name) == [], name
        assert ecs_writes(stage, since) == []
        assert stage.failures() == []
        # the control: the same door sees a write when there is one
        stage.world.client("ecs").update_service(cluster=CLUSTER, service="off", desiredCount=1)
        assert ecs_writes(stage, since) == ["ecs:UpdateService"]


def test_a_manifest_says_no_more_than_it_must(tmp_path: Path) -> None:
    with a_stage() as stage:
        create(stage)
        with as_admin():
            import_.run(["fargate", f"{CLUSTER}/off"], cluster=CLUSTER, path=tmp_path)
    files = written(tmp_path)
    assert list(files) == ["fargate", "off"]
    assert (
        files["fargate"]
        == """\
apiVersion: ecs-gitops/v1
kind: Service
taskDefinition:
  family: fargate
  networkMode: awsvpc
  containerDefinitions:
    - name: web
      image: web:1
      memory: 128
      portMappings:
        - containerPort: 80
      environment:
        - name: GREETING
          value: "$${ssm:/not/ours} ${HOME} $$${x}"
      healthCheck:
        command: [CMD, "true"]
  requiresCompatibilities: [FARGATE]
  cpu: "512"
  memory: "1024"
  tags:
    - key: team
      value: web
service:
  desiredCount: 2
  launchType: FARGATE
  networkConfiguration:
    awsvpcConfiguration:
      subnets: [subnet-b, subnet-a]
      securityGroups: [sg-1]
"""
    )
    assert "availabilityZoneRebalancing: DISABLED" in files["off"]


def test_a_file_that_is_there_stays_unless_told_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / FOLDER / "plain.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    with a_stage() as stage, as_admin():
        create(stage)
        with pytest.raises(typer.Exit):
            import_.run(["plain", "off"], cluster=CLUSTER, path=tmp_path)
        assert (file.read_text(), (file.parent / "off.yaml").exists()) == ("mine", True)
        import_.run(["plain"], cluster=CLUSTER, path=tmp_path, force=True)
        assert file.read_text().startswith("apiVersion")
    assert "plain.yaml is there already; --force overwrites it" in capsys.readouterr().err


def test_what_cannot_be_imported_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_stage(), as_admin(), pytest.raises(typer.Exit):
        import_.run([str(ServiceKey(CLUSTER, "nobody"))], path=tmp_path)
    assert "left out handson/nobody: there is no such service" in capsys.readouterr().err


def test_ecspresso_s_files_are_imported_with_no_aws_at_all(tmp_path: Path) -> None:
    (tmp_path / "ecspresso.yml").write_text(
        "cluster: prod\nservice: web\nservice_definition: s.json\ntask_definition: t.json\n"
    )
    container = {"name": "web", "image": "{{ env `IMAGE` `web:1` }}", "memory": 128}
    (tmp_path / "t.json").write_text(json.dumps({"family": "web", "containerDefinitions": [container]}))
    (tmp_path / "s.json").write_text('{"desiredCount": {{ env `COUNT` `2` }}, "pendingCount": 0}')
    import_.run(["ecspresso", str(tmp_path)], path=tmp_path)
    assert (
        (tmp_path / "desired_state" / "prod" / "web.yaml").read_text()
        == """\
apiVersion: ecs-gitops/v1
kind: Service
taskDefinition:
  family: web
  containerDefinitions:
    - name: web
      image: "${value:IMAGE}"
      memory: 128
service:
  desiredCount: "${value:COUNT}"
values:
  IMAGE: web:1
  COUNT: "2"
"""
    )
