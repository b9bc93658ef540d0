"""The command line's own behaviour: help, exit codes, what goes where. No AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from ecs_gitops.cli.main import app, main

README = Path(__file__).parents[3] / "README.md"
GOOD = """
apiVersion: ecs-gitops/v1
kind: Service
taskDefinition:
  family: web
  containerDefinitions: [{name: web, image: web:1, memory: 128}]
service: {desiredCount: 1}
"""


SURROUNDINGS = {"PATH": "/usr/bin:/bin", "COLUMNS": "120", "AWS_EC2_METADATA_DISABLED": "true"}


ALONE = "import sys; sys.argv[0] = 'ecs-gitops'; from ecs_gitops.cli.main import main; main()"


@dataclass
class Done:
    """How a command ended, and what it said where."""

    returncode: int
    stdout: str
    stderr: str


def run(*words: str, cwd: Path) -> Done:
    """The command in this process: ten times faster than in one of its own."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in set(os.environ) - set(SURROUNDINGS):
            patch.delenv(name)
        for name, value in SURROUNDINGS.items():
            patch.setenv(name, value)
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["ecs-gitops", *words])
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    return Done(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


def run_alone(*words: str, cwd: Path) -> Done:
    """The command as a shell starts it."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=SURROUNDINGS,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "words", [("validate",), ("validate", "--nonsense"), ("plan",), ("render", "prod/web")]
)
def test_the_command_does_the_same_in_a_process_of_its_own(words: tuple[str, ...], tmp_path: Path) -> None:
    folder = config(tmp_path, GOOD)
    assert run_alone(*words, cwd=folder) == run(*words, cwd=folder)


def config(folder: Path, text: str) -> Path:
    file = folder / "desired_state" / "prod" / "web.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return folder


def verbs() -> list[str]:
    return [command.name for command in app.registered_commands if command.name]


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_has_help_with_an_example_and_a_row_in_the_readme(verb: str, tmp_path: Path) -> None:
    shown = run(verb, "--help", cwd=tmp_path)
    assert shown.returncode == 0
    assert "Examples" in shown.stdout or verb == "diff"
    assert f"ecs-gitops {verb}" in README.read_text() or verb == "diff"


def test_a_good_folder_validates_silently_on_stdout(tmp_path: Path) -> None:
    done = run("validate", cwd=config(tmp_path, GOOD))
    assert (done.returncode, done.stdout) == (0, "")
    assert "1 service, 0 errors, 0 warnings" in done.stderr


def test_a_fault_is_printed_with_its_place_and_fails(tmp_path: Path) -> None:
    done = run("validate", cwd=config(tmp_path, GOOD.replace("desiredCount", "desiredCont")))
    assert done.returncode == 1
    assert "error desired_state/prod/web.yaml:7:" in done.stdout
    assert "desiredCount" in done.stdout


def test_faults_come_in_the_order_of_the_files_lines(tmp_path: Path) -> None:
    text = GOOD.replace("desiredCount", "desiredCont") + "rollout: {deadline: 30d, waitFor: [web]}\n"
    done = run("validate", cwd=config(tmp_path, text))
    places = [tuple(map(int, line.split(":")[1:3])) for line in done.stdout.splitlines()]
    assert len(places) == 3
    assert places == sorted(places)


@pytest.mark.parametrize("folder", ["desired_state/", "./desired_state", "desired_state//"])
def test_a_folder_is_the_same_however_its_path_is_written(folder: str, tmp_path: Path) -> None:
    cwd = config(tmp_path, GOOD.replace("desiredCount", "desiredCont"))
    assert run("validate", "--config-path", folder, cwd=cwd) == run("validate", cwd=cwd)


@pytest.mark.parametrize("folder", [".", "..", "../..", "/", "desired_state/../.."])
def test_a_folder_outside_the_repository_is_wrong_usage(folder: str, tmp_path: Path) -> None:
    done = run("validate", "--config-path", folder, cwd=config(tmp_path, GOOD))
    assert done.returncode == 64
    assert "is no folder inside the config repository" in done.stderr


MANY = """
apiVersion: ecs-gitops/v1
kind: Service
taskDefinition:
  family: web
  requiresCompatibilities: [FARGATE]
  networkMode: bridge
  cpu: "256"
  memory: "700"
  containerDefinitions:
    - {name: web, image: web:1, memry: 128, essential: "yes please", portMappings: [{containerPort: 80}]}
service:
  desiredCount: -1
  loadBalancers: [{targetGroupArn: "arn:x", containerName: apii, containerPort: 80}]
reconcile: {selfheal: true}
"""


def test_every_fault_is_told_in_one_run_whoever_finds_it(tmp_path: Path) -> None:
    done = run("validate", cwd=config(tmp_path, MANY))
    told = [line.partition("web.yaml:")[2] for line in done.stdout.splitlines()]
    places = [tuple(map(int, each.split(":")[:2])) for each in told]
    assert places == sorted(places)
    for words in (
        "taskDefinition.networkMode: does not work on Fargate",
        "taskDefinition.memory",
        "memry: is no field that AWS knows",
        "essential: is text",
        "service.desiredCount: is -1",
        "containerName",
        "reconcile.selfheal: unknown key",
    ):
        assert any(words in each for each in told), words
    assert "lacks memory" not in done.stdout, "it is only misspelt"


def test_json_output_is_one_document(tmp_path: Path) -> None:
    done = run("validate", "-o", "json", cwd=config(tmp_path, GOOD.replace("desiredCount", "desiredCont")))
    document = json.loads(done.stdout)
    assert document["services"] == ["prod/web"]
    assert [fault["line"] for fault in document["faults"]] == [7]


def test_wrong_usage_never_looks_like_a_difference(tmp_path: Path) -> None:
    done = run("plan", "--nonsense", cwd=tmp_path)
    assert done.returncode == 64
    assert done.stdout == ""


def test_a_service_is_always_cluster_slash_service(tmp_path: Path) -> None:
    done = run("history", "nginx", cwd=tmp_path)
    assert done.returncode == 64
    assert "expected cluster/service" in done.stderr


def test_a_missing_region_is_said_in_one_line(tmp_path: Path) -> None:
    done = run("plan", cwd=config(tmp_path, GOOD))
    assert done.returncode == 1
    assert done.stderr == "ecs-gitops: cannot reach AWS: no Region; set AWS_REGION or give --region\n"


BASE = "taskDefinition:\n  family: base\nvalues: {TAG: 1.0.0}\n"
EXTENDED = GOOD.replace("kind: Service", "kind: Service\nextends: ../_base.yaml").replace(
    "web:1", '"web:${value:TAG}"'
)


def test_a_manifest_without_look_ups_is_rendered_with_no_aws_at_all(tmp_path: Path) -> None:
    done = run("render", "prod/web", "-f", "aws", cwd=config(tmp_path, GOOD))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "prod/web": {
            "RegisterTaskDefinition": {
                "family": "web",
                "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 128}],
            },
            "CreateService": {
                "cluster": "prod",
                "serviceName": "web",
                "taskDefinition": "web",
                "desiredCount": 1,
            },
        }
    }


def test_every_value_says_which_line_gave_it(tmp_path: Path) -> None:
    folder = config(tmp_path, EXTENDED)
    (folder / "desired_state" / "_base.yaml").write_text(BASE.replace("family: base", 'cpu: "256"'))
    done = run("render", "--show-origin", cwd=folder)
    assert done.returncode == 0
    assert 'taskDefinition.cpu: "256"  # desired_state/_base.yaml:2' in done.stdout.splitlines()
    image = 'taskDefinition.containerDefinitions[0].image: "web:1.0.0"  # desired_state/prod/web.yaml:7'
    assert image in done.stdout.splitlines()


def test_offline_leaves_references_as_they_are(tmp_path: Path) -> None:
    folder = config(tmp_path, GOOD.replace("web:1", '"${ecr:web}:1"'))
    done = run("render", "--offline", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert 'image: "${ecr:web}:1"' in done.stdout
    assert "no Region" in run("render", cwd=folder).stderr  # the control: without it, AWS is asked


def test_what_cannot_be_rendered_fails_with_its_place(tmp_path: Path) -> None:
    done = run("render", "--offline", cwd=config(tmp_path, GOOD.replace("web:1", '"${value:TAG}"')))
    assert done.returncode == 1
    assert "error desired_state/prod/web.yaml:6:" in done.stderr
    assert "cannot render prod/other" in run("render", "prod/other", "--offline", cwd=tmp_path).stderr
