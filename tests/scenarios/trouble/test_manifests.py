"""A manifest that cannot be taken: every fault with its place, ECS stays, and the fix goes out as ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from ecs_gitops.model.vocabulary import Reason
from sandbox.services.codecommit.repositories import Content, Link
from tests.scenarios.stage import Stage, a_manifest, a_stage
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row

PATH = "desired_state/handson/nginx.yaml"
RUNNING = "nginx-task:1 (nginx:1), 2 of 2 running"
GOOD = a_manifest("nginx:1")


@contextmanager
def after_a_push_of(
    files: Mapping[str, Content], reason: Reason = Reason.INVALID_MANIFEST
) -> Iterator[tuple[Stage, str]]:
    """A service runs, then this is pushed and taken note of; what stays in force."""
    with a_stage() as stage:
        good = stage.push({"nginx": GOOD})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.repository.push(files, "Bad")
        stage.until_told("nginx", reason)
        yield stage, f"Commit {good[:7]} stays in force until it is mended."


def refused(trouble: Trouble, files: Mapping[str, Content], faults: str) -> None:
    """Pushed beside a running service, this ends in these faults and nothing else."""
    with after_a_push_of(files) as (stage, stays):
        told = f"OutOfSync Healthy InvalidManifest: {faults} {stays}"
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=["nginx:1 SUCCESSFUL"])


@row("invalid YAML")
def test_invalid_yaml(trouble: Trouble) -> None:
    text = GOOD.replace("image: nginx:1", "image: ${ecr:nginx}: 1")
    faults = (
        f"{PATH}:7:26: not YAML: mapping values are not allowed in this context; "
        'a reference inside {} or [] must be quoted: "${…}".'
    )
    refused(trouble, {PATH: text}, faults)


@row("unknown field")
def test_unknown_fields_are_all_named_at_once(trouble: Trouble) -> None:
    text = GOOD.replace("memory:", "memroy:").replace("desiredCount", "desiredCuont") + "rolout: {}\n"
    memory = "taskDefinition.containerDefinitions[0].memroy"
    faults = (
        f"{PATH}:14:1: rolout: unknown key (did you mean rollout?)\n"
        f"{PATH}:8:7: {memory}: is no field that AWS knows (did you mean memory?)\n"
        f"{PATH}:12:3: service.desiredCuont: is no field that AWS knows (did you mean desiredCount?)."
    )
    refused(trouble, {PATH: text}, faults)


@row("wrong type")
def test_wrong_types_are_all_named_at_once(trouble: Trouble) -> None:
    text = GOOD.replace("memory: 128", "memory: 128MB").replace("desiredCount: 2", "desiredCount: [2]")
    memory = "taskDefinition.containerDefinitions[0].memory"
    faults = (
        f"{PATH}:8:7: {memory}: is text ('128MB') (expected a whole number)\n"
        f"{PATH}:12:3: service.desiredCount: is a list (expected a whole number)."
    )
    refused(trouble, {PATH: text}, faults)


@row("two files for one service")
def test_two_files_for_one_service(trouble: Trouble) -> None:
    second = "desired_state/handson/nginx/service.yaml"
    with after_a_push_of({second: a_manifest("nginx:2")}) as (stage, stays):
        fault = f"{second}: handson/nginx is stated twice, here and in {PATH}."
        trouble.told(line(stage.status("nginx")), f"OutOfSync Healthy InvalidManifest: {fault} {stays}")
        trouble.stands(stage, RUNNING, ["nginx:1 SUCCESSFUL"])
        stage.repository.push({second: None}, "One is enough")
        stage.until_told("nginx", Reason.SYNCED)
        assert len(stage.deployments("nginx")) == 1
        stage.an_ordinary_push_works()


@row("symlink out of the folder")
def test_a_symlink_in_place_of_the_manifest(trouble: Trouble) -> None:
    link = Link("../../../secrets/nginx.yaml")
    refused(trouble, {PATH: link}, f"{PATH}: symlinks and submodules are not followed.")


@row("symlink out of the folder")
def test_a_manifest_that_extends_what_a_symlink_shows(trouble: Trouble) -> None:
    files = {"desired_state/_base": Link("/etc"), PATH: f"extends: ../_base/passwd\n{GOOD}"}
    faults = f"{PATH}:1:1: extends: ../_base/passwd is a symlink or submodule, which are not followed."
    refused(trouble, files, faults)


@row("alias bomb")
def test_an_alias_bomb(trouble: Trouble) -> None:
    grows = "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]\n" for n in range(1, 9))
    text = f"b0: &b0 [lol, lol, lol]\n{grows}{GOOD}"
    refused(trouble, {PATH: text}, f"{PATH}:5:35: more than 20,000 values once aliases are followed.")


@row("10 MB file")
def test_a_file_of_ten_megabytes(trouble: Trouble) -> None:
    refused(trouble, {PATH: GOOD + "#" * 10_000_000}, f"{PATH}: larger than 1,000,000 bytes.")


@row("not UTF-8")
def test_a_file_that_is_not_utf_8(trouble: Trouble) -> None:
    text = GOOD.encode() + "# täglich\n".encode("latin-1")
    refused(trouble, {PATH: text}, f"{PATH}:14:1: not UTF-8 text.")


@row("CRLF and BOM")
def test_what_an_editor_on_windows_writes_is_the_same_manifest(trouble: Trouble) -> None:
    with a_stage() as stage:
        unix = stage.push({"nginx": GOOD})
        stage.until_rolled_out("nginx", "nginx:1")
        text = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
        windows = stage.repository.push({PATH: text}, "Windows")
        stage.world.advance(120)
        assert stage.controller.table.head("main")[0] == windows
        told = f"Synced Healthy: ECS runs commit {unix[:7]} as nginx-task:1: 2 of 2 tasks are running."
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=["nginx:1 SUCCESSFUL"])


IMAGE = f"{PATH}:7:7: taskDefinition.containerDefinitions[0].image: cannot resolve "


@row("unresolved reference")
@pytest.mark.parametrize(
    ("reference", "why"),
    [
        (
            "${cfn:platform.Repository}",
            "cannot read stack platform: Stack with id platform does not exist.",
        ),
        ("${ssm:/nginx/image}", "cannot read parameter /nginx/image: Parameter /nginx/image not found."),
        ("${value:tag}", "there are no values; state tag under values."),
    ],
    ids=["cfn", "ssm", "value"],
)
def test_an_unresolved_reference(trouble: Trouble, reference: str, why: str) -> None:
    is_ours = reference.startswith("${value")
    reason = Reason.INVALID_MANIFEST if is_ours else Reason.REFERENCE_UNAVAILABLE
    with after_a_push_of({PATH: GOOD.replace("nginx:1", f'"{reference}"')}, reason) as (stage, stays):
        sync = "OutOfSync" if is_ours else "Unknown"
        told = f"{sync} Healthy {reason}: {IMAGE}{reference}: {why} {stays}"
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=["nginx:1 SUCCESSFUL"])


@row("SecureString reference")
def test_a_secure_string(trouble: Trouble) -> None:
    text = GOOD.replace("memory:", 'environment: [{name: KEY, value: "${ssm:/nginx/key}"}]\n      memory:')
    with a_stage() as stage:
        stage.world.client("ssm").put_parameter(Name="/nginx/key", Value="hush", Type="SecureString")
        good = stage.push({"nginx": GOOD})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.push({"nginx": text})
        stage.until_told("nginx", Reason.REFERENCE_UNAVAILABLE)
        told = (
            f"Unknown Healthy ReferenceUnavailable: {PATH}:8:33: "
            "taskDefinition.containerDefinitions[0].environment[0].value: cannot resolve "
            "${ssm:/nginx/key}: cannot read parameter /nginx/key: it is a SecureString; name it in "
            f"secrets[].valueFrom instead. Commit {good[:7]} stays in force until it is mended."
        )
        assert "hush" not in str(stage.world.client("dynamodb").scan(TableName=stage.resource("Table")))
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=["nginx:1 SUCCESSFUL"])
