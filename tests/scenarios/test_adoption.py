"""A service that was there before us: taken over without a touch, or held until Git says to change it."""

from __future__ import annotations

from typing import Any

import yaml

from ecs_gitops.model.vocabulary import Reason, Sync
from sandbox.tasks.simulated import NEVER_HEALTHY
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage

IMAGE = "nginx:1"


def a_service_of_others(stage: Stage, image: str = IMAGE, tags: list[Any] | None = None) -> None:
    """What another tool made, from the very requests that the manifest states."""
    stated = yaml.safe_load(a_manifest(image))
    ecs = stage.world.client("ecs")
    ecs.register_task_definition(**stated["taskDefinition"])
    ecs.create_service(
        cluster=CLUSTER,
        serviceName="nginx",
        taskDefinition="nginx-task",
        **stated["service"],
        **({"tags": tags} if tags else {}),
    )
    stage.until(lambda: stage.ended("nginx"), "the others' rollout")


def test_one_that_is_what_git_says_is_adopted_without_a_touch() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_service_of_others(stage)
        stage.push({"nginx": a_manifest(IMAGE)})
        stage.until_told("nginx", Reason.SYNCED)
        stage.world.advance(130)
        assert stage.writes() == []
        assert stage.history("nginx") == [
            ("Adopted", "The service is followed from now on; nothing was changed in ECS.")
        ]
        assert stage.deployments("nginx") == [(IMAGE, "SUCCESSFUL")]
        assert stage.plan("nginx") == []
        stage.an_ordinary_push_works()


def test_one_adopted_in_the_middle_of_a_rollout_is_what_a_failure_falls_back_to() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_service_of_others(stage)
        ecs = stage.world.client("ecs")
        task = yaml.safe_load(a_manifest("nginx:2"))["taskDefinition"]
        ecs.register_task_definition(**task)
        ecs.update_service(cluster=CLUSTER, service="nginx", taskDefinition="nginx-task")
        good = stage.push({"nginx": a_manifest("nginx:2")})
        stage.until_heard("nginx", "Adopted")
        assert stage.record("nginx").succeeded is None
        stage.until_told("nginx", Reason.SYNCED)
        stage.world.advance(130)
        stage.world.tasks.outcomes["nginx:bad"] = NEVER_HEALTHY
        stage.until_told("nginx", Reason.ROLLED_BACK, stage.push({"nginx": a_manifest("nginx:bad")}))
        ecs.update_service(cluster=CLUSTER, service="nginx", desiredCount=1)
        stage.until(lambda: stage.service("nginx")["desiredCount"] == 2, "drift is put back meanwhile")
        succeeded = stage.record("nginx").succeeded
        assert succeeded is not None
        assert succeeded.commit == good
        stage.an_ordinary_push_works()


def test_one_that_differs_is_held_until_git_says_adopt() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_service_of_others(stage)
        stage.push({"nginx": a_manifest("nginx:2", count=3)})
        stage.until_told("nginx", Reason.AWAITING_ADOPTION)
        status = stage.status("nginx")
        assert (status.sync, sorted(change.path for change in status.changes)) == (
            Sync.OUT_OF_SYNC,
            ["service.desiredCount", "taskDefinition.containerDefinitions[nginx].image"],
        )
        assert status.message == (
            "The service exists and differs from Git in 2 fields. "
            "Set reconcile.adopt: true to let Git change it, or state in Git what runs."
        )
        stage.world.advance(130)
        assert stage.writes() == []
        stage.push({"nginx": a_manifest("nginx:2", count=3, reconcile={"adopt": True})})
        stage.until_rolled_out("nginx", "nginx:2")
        assert stage.writes() == ["ecs:RegisterTaskDefinition", "ecs:UpdateService"]
        assert stage.deployments("nginx") == [(IMAGE, "SUCCESSFUL"), ("nginx:2", "SUCCESSFUL")]
        assert stage.plan("nginx") == []
        stage.an_ordinary_push_works(count=3)


def test_another_installs_service_is_never_touched() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_service_of_others(stage, tags=[{"key": "ecs-gitops:install", "value": "other"}])
        stage.push({"nginx": a_manifest("nginx:2", reconcile={"adopt": True})})
        stage.until_told("nginx", Reason.OWNED_BY_OTHER)
        assert stage.status("nginx").message == (
            "The service belongs to the install other; this install is ecs-gitops. Take its manifest "
            "away here; or there, without reconcile.prune, and then the tag ecs-gitops:install."
        )
        stage.until_asked("nginx", stage.request("sync", "nginx"))
        stage.world.advance(130)
        assert stage.writes() == []
        arn = stage.service("nginx")["serviceArn"]
        stage.world.client("ecs").untag_resource(resourceArn=arn, tagKeys=["ecs-gitops:install"])
        stage.until_rolled_out("nginx", "nginx:2")
        stage.an_ordinary_push_works()
