"""What is generated from the code is what is committed, and says what the code says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ecs_gitops.manifest.schema import SCHEMA_FILE, files, main

ROOT = Path(__file__).parents[3]
SCHEMA = Draft202012Validator(json.loads((ROOT / SCHEMA_FILE).read_text()))
TASK = {"family": "web", "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 128}]}


def with_container(**fields: Any) -> dict[str, Any]:
    return {"taskDefinition": {"containerDefinitions": [{"name": "web", **fields}]}}


@pytest.mark.parametrize("path", files())
def test_what_is_committed_is_what_the_code_says(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == files()[path], "run `make docs`"


def test_everything_generated_is_written(tmp_path: Path) -> None:
    main(tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == set(files())


@pytest.mark.parametrize(
    "manifest",
    [
        yaml.safe_load((ROOT / "desired_state" / "handson" / "nginx.yaml").read_text()),
        {"apiVersion": "ecs-gitops/v1", "kind": "Service", "taskDefinition": TASK, "service": "./s.json"},
        {"extends": ["../_base.yaml"], "taskDefinition": {"cpu": None}},
        with_container(memory="${value:MEMORY}", environment=[{"name": "A", "$remove": True}]),
        {"service": {"launchType": "MARS", "desiredCount": 0}},
        {"rollout": {"waitFor": ["prod/db"], "gates": []}, "reconcile": {"mode": "manual"}},
        {"values": {"a": 1, "b": "x"}, "deploymentGroup": {}},
    ],
)
def test_an_editor_takes_what_we_take(manifest: Any) -> None:
    assert list(SCHEMA.iter_errors(manifest)) == []


@pytest.mark.parametrize(
    "manifest",
    [
        {"kind": "Srv"},
        {"sevice": {}},
        {"service": {"cluster": "x"}},
        {"service": {"desiredCount": "two"}},
        with_container(memry=128),
        with_container(essential="yes"),
        {"reconcile": {"mode": "sometimes"}},
        {"rollout": {"waitfor": []}},
        {"deploymentGroup": {"a": 1}},
    ],
)
def test_an_editor_marks_what_we_refuse(manifest: Any) -> None:
    assert list(SCHEMA.iter_errors(manifest)) != []
