"""The first light once more, served: real git over HTTP, functions in processes, tasks that answer."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from ecs_gitops.model.vocabulary import Outcome
from sandbox.services.ecr import registry
from sandbox.world.world import World
from tests.git_client import clone
from tests.scenarios.stage import CLUSTER, TEMPLATE, Stage, a_manifest

ROOT = Path(__file__).parents[2]


def test_a_real_push_to_a_served_world_rolls_the_service(tmp_path: Path) -> None:
    with World.served(speed=20.0, tasks="simulated") as world:
        repository = world.repository("config")
        world.client("ecs").create_cluster(clusterName=CLUSTER)
        world.deploy(TEMPLATE, "ecs-gitops", {"SourceUrl": repository.url, "Mode": "apply"})
        stage = Stage(world, repository, "ecs-gitops")
        git = clone(repository.url, tmp_path)
        for tag in ("1.27", "1.28"):
            git.commit({f"desired_state/{CLUSTER}/nginx.yaml": a_manifest(f"nginx:{tag}")}, f"nginx {tag}")
            git("push", "--quiet", "origin", "HEAD:main")
            stage.until_rolled_out("nginx", f"nginx:{tag}")
        assert stage.plan("nginx") == []
        assert stage.failures() == []


def test_a_browser_sees_the_page_that_git_states(tmp_path: Path) -> None:
    with World.served(speed=10.0) as world:
        network = world.deploy(ROOT / "platform/network.yaml", "platform", {})
        place = {name: network[name] for name in ("VpcId", "ListenerArn")}
        world.deploy(ROOT / "platform/service.yaml", "nginx", place)
        registry.push(world.client("ecr"), world.images, ROOT / "nginx", "ecs-handson/nginx", "1")
        repository = world.repository("config")
        passed = network["TaskExecutionRoleArn"]
        parameters = {"SourceUrl": repository.url, "Mode": "apply", "PassableRoleArns": passed}
        world.deploy(TEMPLATE, "ecs-gitops", parameters)
        stage = Stage(world, repository, "ecs-gitops")
        manifest = (ROOT / "desired_state/handson/nginx.yaml").read_text()
        git = clone(repository.url, tmp_path)
        git.commit({f"desired_state/{CLUSTER}/nginx.yaml": manifest}, "Add nginx")
        git("push", "--quiet", "origin", "HEAD:main")
        world.until(lambda: stage.outcome("nginx"), 600, "the rollout")
        assert stage.outcome("nginx") is Outcome.SUCCEEDED
        with urllib.request.urlopen(world.balancer.url(network["ListenerArn"])) as page:
            assert "version 1" in page.read().decode()
        assert stage.failures() == []
