"""Real `git push` into a served world, and what the command line says of it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from ecs_gitops.model.vocabulary import Reason
from sandbox.ground.processes import clean_environment
from sandbox.stories import scene
from sandbox.world.world import World
from tests.git_client import clone
from tests.scenarios.stage import CLUSTER, TEMPLATE, Stage, a_manifest

FILE = f"desired_state/{CLUSTER}/nginx.yaml"
BIG = random.Random(1).randbytes(3 * 2**20)
"""More than git keeps in memory: it is sent in chunks, without a length."""


class Person:
    """Somebody with a clone and the command line."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self.git = clone(stage.repository.url, folder)
        keys = scene.exports(stage.world)
        self._environment = {**clean_environment(), **keys, "COLUMNS": "200"}

    def push(self, text: str, message: str, **more: bytes) -> str:
        """Commit the manifest and push; the commit."""
        commit = self.git.commit({FILE: text, **more}, message)
        self.git("push", "--quiet", "origin", "HEAD:main")
        return commit

    def run(self, *words: str) -> tuple[int, str, str]:
        """`ecs-gitops …` in the clone: exit code, data, the rest."""
        done = subprocess.run(
            [sys.executable, "-c", "from ecs_gitops.cli.main import main; main()", *words],
            cwd=self.git.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def read(self, *words: str) -> Any:
        """What a verb says as JSON."""
        code, out, err = self.run(*words, "-o", "json")
        assert code == 0, err
        return json.loads(out)


def test_a_person_pushes_and_asks(tmp_path: Path) -> None:
    with World.served(speed=20.0, tasks="simulated") as world:
        repository = world.repository("config")
        world.client("ecs").create_cluster(clusterName=CLUSTER)
        world.deploy(TEMPLATE, "ecs-gitops", {"SourceUrl": repository.url, "Mode": "apply"})
        stage = Stage(world, repository, "ecs-gitops")
        person = Person(stage, tmp_path)

        first = person.push(a_manifest("nginx:1"), "Run nginx")
        stage.until_rolled_out("nginx", "nginx:1")
        assert person.run("plan", "--exit-code") == (0, "handson/nginx  in sync\n", "")

        (person.git.folder / FILE).write_text(a_manifest("nginx:2"))
        code, out, err = person.run("plan", "--exit-code")
        assert (code, err) == (2, "")
        assert out == (
            "handson/nginx  roll out (new deployment)\n"
            "  ~ taskDefinition.containerDefinitions[nginx].image: "
            '"nginx:1" → "nginx:2"  (new deployment)\n'
        )

        second = person.push(a_manifest("nginx:2"), "Say 2, beside a big file", **{"docs/film.bin": BIG})
        stage.until_rolled_out("nginx", "nginx:2")
        assert person.git("cat-file", "-s", "HEAD:docs/film.bin") == str(len(BIG))
        status = person.read("status", "handson/nginx")
        assert status["status"]["reason"] == Reason.SYNCED
        assert (status["desiredCommit"], status["appliedCommit"]) == (second, second)

        code, out, err = person.run("sync", "handson/nginx")
        assert code == 0, err
        assert out == (
            f"handson/nginx  Synced Healthy: ECS runs commit {second[:7]} as nginx-task:2: "
            "2 of 2 tasks are running.\n"
        )
        told = person.read("history", "handson/nginx")
        assert [(line["event"], line["commit"]) for line in reversed(told)] == [
            ("Created", first),
            ("Succeeded", first),
            ("RolloutStarted", second),
            ("Succeeded", second),
            ("Sync", second),
        ]
        assert stage.deployments("nginx") == [("nginx:1", "SUCCESSFUL"), ("nginx:2", "SUCCESSFUL")]
        assert stage.failures() == []


def test_status_follows_a_rollout_to_its_bad_end(tmp_path: Path) -> None:
    from sandbox.tasks.simulated import exits

    with World.served(speed=20.0, tasks="simulated") as world:
        repository = world.repository("config")
        world.client("ecs").create_cluster(clusterName=CLUSTER)
        world.deploy(TEMPLATE, "ecs-gitops", {"SourceUrl": repository.url, "Mode": "apply"})
        stage = Stage(world, repository, "ecs-gitops")
        person = Person(stage, tmp_path)
        good = person.push(a_manifest("nginx:1"), "Run nginx")
        stage.until_rolled_out("nginx", "nginx:1")
        world.tasks.outcomes["nginx:2"] = exits(1)
        bad = person.push(a_manifest("nginx:2"), "Break it")
        stage.until_told("nginx", Reason.PROGRESSING, bad)
        code, out, _ = person.run("status", "handson/nginx")
        assert code == 3
        assert out.splitlines()[0] == (
            f"handson/nginx  OutOfSync Degraded RolledBack: Commit {bad[:7]} was rolled back. 3 tasks "
            "stopped: container nginx exited with code 1. Read the container's log. ECS runs commit "
            f"{good[:7]} as nginx-task:1: 2 of 2 tasks are running. Push a fix, or run "
            "`ecs-gitops retry handson/nginx` to try the same again."
        )
        del world.tasks.outcomes["nginx:2"]
        code, out, _ = person.run("retry", "handson/nginx")
        assert (code, stage.image("nginx")) == (0, "nginx:2")


def test_a_hostile_git_configuration_and_proxies_change_nothing(tmp_path: Path) -> None:
    # what a person's machine may hold; the sandbox and our own git must not care
    hostile = tmp_path / "gitconfig"
    hostile.write_text("[http]\n\tproxy = http://127.0.0.1:9\n[core]\n\thooksPath = /nowhere\n")
    os.environ.update(
        GIT_CONFIG_GLOBAL=str(hostile), HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9"
    )
    try:
        with World.served(speed=20.0, tasks="simulated") as world:
            repository = world.repository("config")
            world.client("ecs").create_cluster(clusterName=CLUSTER)
            world.deploy(TEMPLATE, "ecs-gitops", {"SourceUrl": repository.url, "Mode": "apply"})
            stage = Stage(world, repository, "ecs-gitops")
            git = clone(repository.url, tmp_path / "clone")
            git.commit({FILE: a_manifest("nginx:1")}, "Run nginx")
            git("push", "--quiet", "origin", "HEAD:main")
            stage.until_rolled_out("nginx", "nginx:1")
            assert stage.failures() == []
    finally:
        for name in ("GIT_CONFIG_GLOBAL", "HTTP_PROXY", "http_proxy"):
            del os.environ[name]
