"""CodeCommit as git and AWS's API see it: real clones and pushes, branches, events."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from dulwich.client import HttpGitClient

from sandbox.front.people import ADMIN
from sandbox.world.world import World
from tests.git_client import Git, clone, signed


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World.served() as world:
        yield world


def events(world: World) -> list[dict[str, Any]]:
    return [dict(entry.detail) for entry in world.journal if entry.kind == "event"]


def test_a_push_is_seen_by_a_clone_by_the_api_and_on_the_bus(world: World, tmp_path: Path) -> None:
    repository = world.repository("seen")
    git = clone(repository.url, tmp_path / "a")
    commit = git.commit({"desired_state/web/nginx.yaml": "kind: Service\n"}, "Add nginx")
    git("push", "--quiet", "origin", "HEAD:main")
    branch = world.client("codecommit").get_branch(repositoryName="seen", branchName="main")["branch"]
    assert branch == {"branchName": "main", "commitId": commit}
    other = clone(repository.url, tmp_path / "b", "--depth", "1")
    assert (other.folder / "desired_state/web/nginx.yaml").read_text() == "kind: Service\n"
    last = events(world)[-1]
    assert (last["source"], last["detail-type"]) == ("aws.codecommit", "CodeCommit Repository State Change")
    assert last["resources"] == ["arn:aws:codecommit:us-east-1:123456789012:seen"]
    repository_id = world.client("codecommit").get_repository(repositoryName="seen")
    assert last["detail"] == {
        "callerUserArn": "arn:aws:iam::123456789012:root",
        "event": "referenceCreated",
        "repositoryName": "seen",
        "repositoryId": repository_id["repositoryMetadata"]["repositoryId"],
        "referenceType": "branch",
        "referenceName": "main",
        "referenceFullName": "refs/heads/main",
        "commitId": commit,
    }


def test_a_second_push_a_force_push_and_a_deleted_branch_are_told_apart(
    world: World, tmp_path: Path
) -> None:
    repository = world.repository("told")
    first = repository.push({"a": "1"}, "one")
    git = clone(repository.url, tmp_path)
    second = git.commit({"a": "2"}, "two")
    git("push", "--quiet")
    git("reset", "--quiet", "--hard", first)
    third = git.commit({"a": "3"}, "three")
    git("push", "--quiet", "--force")
    git("push", "--quiet", "origin", "HEAD:refs/heads/side", "HEAD:refs/tags/v1")
    git("push", "--quiet", "--delete", "origin", "side")
    told = [
        (d["event"], d["referenceType"], d["referenceName"], d.get("oldCommitId"), d.get("commitId"))
        for d in (event["detail"] for event in events(world))
        if d["repositoryName"] == "told"
    ]
    assert told == [
        ("referenceCreated", "branch", "main", None, first),
        ("referenceUpdated", "branch", "main", first, second),
        ("referenceUpdated", "branch", "main", second, third),
        ("referenceCreated", "branch", "side", None, third),
        ("referenceCreated", "tag", "v1", None, third),
        ("referenceDeleted", "branch", "side", third, None),
    ]


def test_a_push_of_several_megabytes_arrives_whole(world: World, tmp_path: Path) -> None:
    # git sends more than 1 MB chunked; a server that trusts Content-Length sees none of it
    repository = world.repository("large")
    git = clone(repository.url, tmp_path / "a")
    noise = os.urandom(3_000_000)
    git.commit({"noise": noise}, "Add noise")
    git("push", "--quiet", "origin", "HEAD:main")
    assert (clone(repository.url, tmp_path / "b").folder / "noise").read_bytes() == noise


def test_a_partial_clone_is_a_whole_clone(world: World, tmp_path: Path) -> None:
    repository = world.repository("partial")
    repository.push({"a": "1"}, "one")
    git = clone(repository.url, tmp_path, "--filter=blob:none")
    assert (git.folder / "a").read_text() == "1"


def test_an_empty_repository_has_no_branch(world: World, tmp_path: Path) -> None:
    repository = world.repository("empty")
    assert repository.head() is None
    assert Git(tmp_path)("ls-remote", signed(repository.url)) == ""
    with pytest.raises(ClientError, match="BranchDoesNotExistException"):
        world.client("codecommit").get_branch(repositoryName="empty", branchName="main")


def test_who_is_unknown_or_says_no_name_gets_nothing(world: World, tmp_path: Path) -> None:
    url = world.repository("closed").url
    stranger = Git(tmp_path).tried("ls-remote", url.replace("://", "://AKIANOBODY0000000000:x@"))
    assert (stranger.returncode, "Authentication failed" in stranger.stderr) == (128, True)
    nameless = Git(tmp_path).tried("ls-remote", url)
    assert (nameless.returncode, "could not read Username" in nameless.stderr) == (128, True)
    assert Git(tmp_path).tried("ls-remote", signed(url)).returncode == 0


def test_a_repository_that_is_not_there_is_not_found(world: World, tmp_path: Path) -> None:
    missing = Git(tmp_path).tried("ls-remote", signed(world.clone_url("nowhere")))
    assert "not found" in missing.stderr


def test_pushes_from_inside_make_the_same_commits_in_every_world() -> None:
    def ids() -> list[str | None]:
        with World.inline() as world:
            repository = world.repository("config")
            first = repository.push({"a/b.yaml": "1", "a/c.yaml": "1"}, "one")
            second = repository.push({"a/b.yaml": None, "d.yaml": b"2"}, "two")
            repository.rewrite(first)
            return [first, second, repository.head()]

    commits = ids()
    assert commits == ids()
    assert commits[2] == commits[0] != commits[1]


def test_dulwich_fetches_from_an_inline_world_without_a_socket() -> None:
    with World.inline() as world:
        commit = world.repository("config").push({"a": "1"}, "one")
        client = HttpGitClient(world.url, username=f"{ADMIN.access_key}%token", password="x")
        refs = client.get_refs(b"/v1/repos/config").refs
        assert refs[b"refs/heads/main"] == commit.encode()
