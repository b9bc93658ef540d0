"""A config repository that says nothing, says no more, or cannot be read: nothing is deleted for that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, Request
from sandbox.world.faults import none
from tests.scenarios.stage import Stage, a_manifest, a_stage
from tests.scenarios.test_life_token import a_key, a_stage_with_a_token, withdraw
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row

URL = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/config"
RUNNING = "nginx-task:1 (nginx:1), 2 of 2 running"
ONCE = ["nginx:1 SUCCESSFUL"]


def told(stage: Stage) -> str:
    """What `ecs-gitops status` says of the config repository, without the time; "" when nothing."""
    said = stage.ask("status").splitlines()
    return "\n".join(each.partition("Z: ")[2] for each in said if each.startswith("config repository"))


@contextmanager
def a_running_service() -> Iterator[tuple[Stage, str]]:
    """Version 1 runs, and would be deleted if its file were gone; its commit."""
    with a_stage() as stage:
        commit = stage.push({"nginx": a_manifest("nginx:1", reconcile={"prune": True})})
        stage.until_rolled_out("nginx", "nginx:1")
        yield stage, commit


def ends(trouble: Trouble, stage: Stage, commit: str, said: str, again: str | None = None) -> None:
    """This was told, the service is as it was, and all is well when the repository is (again: its head)."""
    trouble.told(told(stage), said)
    synced = f"ECS runs commit {commit[:7]} as nginx-task:1: 2 of 2 tasks are running."
    assert line(stage.status("nginx")) == f"Synced Healthy: {synced}"
    trouble.stands(stage, RUNNING, ONCE)
    stage.world.faults.instead = none
    if again:
        stage.repository.rewrite(again)
    stage.world.advance(60)
    stage.an_ordinary_push_works()
    stage.world.advance(60)
    assert told(stage) == ""


def answered(status: int) -> object:
    """Every read of the repository by a function is answered with this status."""

    def instead(principal: Principal, action: str, _request: Request) -> Answer | None:
        is_ours = principal.kind == "role" and action == "codecommit:GitPull"
        return Answer(status, (("Content-Type", "text/plain"),), b"") if is_ours else None

    return instead


@row("empty repo")
def test_an_empty_repository(trouble: Trouble) -> None:
    with a_stage() as stage:
        stage.world.advance(180)
        trouble.told(told(stage), f"cannot read {URL}: there is no branch main")
        trouble.stands(stage, "no service", [])
        stage.an_ordinary_push_works()
        stage.world.advance(60)
        assert told(stage) == ""


@row("folder missing")
def test_a_folder_that_is_gone(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        files = {"desired_state/handson/nginx.yaml": None, "README.md": "It moved."}
        gone = stage.repository.push(files, "Move everything")
        stage.world.advance(1800)
        said = f"Commit {gone[:7]} holds no manifests below desired_state/; no service is deleted for that."
        ends(trouble, stage, commit, said)


@row("branch deleted")
def test_a_deleted_branch(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        stage.delete_branch()
        stage.world.advance(1800)
        ends(trouble, stage, commit, f"cannot read {URL}: there is no branch main", again=commit)


@row("force-push to an older commit")
def test_a_branch_forced_to_an_older_commit(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        web = a_manifest("web:1", family="web", reconcile={"prune": True})
        stage.push({"web": web, "nginx": a_manifest("nginx:2")})
        stage.until_rolled_out("web", "web:1")
        stage.until_rolled_out("nginx", "nginx:2")
        stage.repository.rewrite(commit)
        stage.until_rolled_out("nginx", "nginx:1")
        stage.world.advance(1800)
        trouble.told(
            line(stage.status("web")),
            "OutOfSync Healthy PruneGuard: The branch was rewritten. Check the last commit, then confirm "
            "with `ecs-gitops sync handson/web`.",
        )
        trouble.stands(stage, "web:1 (web:1), 2 of 2 running", ["web:1 SUCCESSFUL"], "web")
        short = commit[:7]
        synced = (
            f"Synced Healthy: ECS runs commit {short} as nginx-task:3: 2 of 2 tasks are running. "
            f"The branch was rewritten to commit {short}."
        )
        deployments = [*ONCE, "nginx:2 SUCCESSFUL", "nginx:1 SUCCESSFUL"]
        trouble.ends(
            stage, told=synced, ecs="nginx-task:3 (nginx:1), 2 of 2 running", deployments=deployments
        )


@row("config repo unreachable")
def test_a_repository_that_does_not_answer(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        stage.world.faults.instead = answered(503)
        stage.world.advance(1800)
        refs = f"{URL}/info/refs?service=git-upload-pack"
        ends(trouble, stage, commit, f"cannot read {URL}: unexpected http resp 503 for {refs}")


@row("config repo unreachable")
def test_a_repository_that_was_deleted(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        stage.world.faults.instead = answered(404)
        stage.world.advance(1800)
        ends(trouble, stage, commit, f"cannot read {URL}: no Git repository is there")


@row("token expired")
def test_a_token_that_has_expired(trouble: Trouble) -> None:
    with a_stage_with_a_token() as stage:
        commit = stage.push({"nginx": a_manifest("nginx:1", reconcile={"prune": True})})
        stage.until_rolled_out("nginx", "nginx:1")
        withdraw(stage.world)
        stage.world.advance(1800)
        assert told(stage) == f"cannot read {URL}: the credential was refused"
        secret = json.dumps({"username": a_key(stage.world), "password": "token"})
        stage.world.client("secretsmanager").put_secret_value(SecretId="git", SecretString=secret)
        ends(trouble, stage, commit, f"cannot read {URL}: the credential was refused")


@row("token expired")
def test_a_signature_that_is_refused(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        stage.world.faults.instead = answered(401)
        stage.world.advance(1800)
        ends(trouble, stage, commit, f"cannot read {URL}: the credential was refused")
