"""`make drift-corpus`: any folder of definitions is told a line a file, and false drift is counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecs_gitops.resources.field import Field, Table
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from sandbox.proofs.corpus.files import kept
from sandbox.proofs.corpus.judge import CLUSTER, Judge
from sandbox.proofs.corpus.report import run
from tests.unit.builders import a_task_definition

FARGATE: dict[str, Any] = {
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "0.25 vCPU",
    "memory": "512",
}
SERVICE: dict[str, Any] = {
    "launchType": "FARGATE",
    "loadBalancers": [{"targetGroupArn": "${GROUP}", "containerName": "web", "containerPort": 80}],
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-b", "subnet-a"]}},
    "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
}
DESCRIBED = {"taskDefinition": {**a_task_definition(), "revision": 7, "status": "ACTIVE"}, "tags": []}
FILES: dict[str, str] = {
    "a/task.json": json.dumps(a_task_definition()),
    "b/fargate.json": json.dumps(a_task_definition(**FARGATE)),
    "c/described.json": json.dumps(DESCRIBED),
    "d/services.json": json.dumps({"services": [SERVICE, {**SERVICE, "runningCount": 2}], "failures": []}),
    "e/blue_green.yaml": "launchType: EC2\ndeploymentConfiguration: {strategy: BLUE_GREEN}\n",
    "f/templated.json": json.dumps(SERVICE)[:-1] + ', "desiredCount": {{ must_env `COUNT` }}}',
    "g/refused.json": json.dumps(
        a_task_definition(containerDefinitions=[{"name": "web", "image": "web:1"}])
    ),
    "h/wrong.json": json.dumps(a_task_definition(cpu=256)),
    "i/broken.json": '{"family": ',
    "j/other.yaml": "Resources: {}\n",
    "k/bytes.yaml": "\x00",
    "README.md": "not looked at",
}


def folder(root: Path, names: str = "") -> Path:
    for name, text in FILES.items():
        if not names or name[0] in names:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text)
    return root


def test_every_file_is_told_in_a_line_and_nothing_drifts(tmp_path: Path) -> None:
    said: list[str] = []
    counts = run(folder(tmp_path), said.append)
    assert dict(counts) == {"ok": 7, "refused": 1, "not read": 4}
    assert [line.split(":")[0] for line in said] == [
        "ok       a/task.json",
        "ok       b/fargate.json",
        "ok       c/described.json",
        "ok       d/services.json",
        "ok       e/blue_green.yaml",
        "ok       f/templated.json",
        "ok       g/refused.json",
        "not read h/wrong.json",
        "not read i/broken.json",
        "not read j/other.yaml",
        "not read k/bytes.yaml",
        "false drift",
    ]
    assert said[3].endswith("2 × service, 2 placeholders")
    assert said[7].endswith("cpu is a whole number (256) (expected text)")
    assert said[-1] == (
        "false drift: 0 of 7 files of definitions; "
        "1 by ECS's answer alone, since it refuses them; 4 more not read"
    )
    assert "though ECS refused it: cannot register task definition web" in said[6]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("cpu", "DRIFT    b/fargate.json: taskDefinition.cpu: ECS says '256', the file '0.25 vCPU'"),
        (
            "containerDefinitions[].essential",
            "DRIFT    b/fargate.json: taskDefinition.containerDefinitions[nginx].essential: "
            "ECS says True, the file None",
        ),
    ],
)
def test_a_broken_row_is_reported_as_drift(place: str, told: str, tmp_path: Path) -> None:
    """The control of the zero: one row of the table forgotten."""
    broken = Table({**TASK_DEFINITION, place: Field()})
    said: list[str] = []
    counts = run(folder(tmp_path, "b"), said.append, lambda world: Judge(world, task_table=broken))
    assert counts["DRIFT"] == 1
    assert said == [told, "false drift: 1 of 1 files of definitions"]


def test_a_service_that_really_differs_is_reported(tmp_path: Path) -> None:
    """The control of the zero for services: somebody changes each before it is looked at."""

    def tampered(client: Any, key: Any) -> None:
        client.update_service(cluster=CLUSTER, service=key.name, healthCheckGracePeriodSeconds=9)

    said: list[str] = []
    asked = {**SERVICE, "healthCheckGracePeriodSeconds": 5}
    (tmp_path / "service.json").write_text(json.dumps(asked))
    counts = run(tmp_path, said.append, lambda world: Judge(world, tampered=tampered))
    assert counts["DRIFT"] == 1
    assert said[0].endswith("service.healthCheckGracePeriodSeconds: ECS says 9, the file 5")


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"", b"[", b"{{ if }}", b"a: &a [*a]", b"3", b"null", b"[1]"]
)
def test_no_file_makes_it_fall_over(content: bytes) -> None:
    for name in ("x.json", "x.yaml"):
        assert kept(name, content).trouble
