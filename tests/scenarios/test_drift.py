"""What somebody changes by hand is put back, told, and after a while no longer fought over."""

from __future__ import annotations

from typing import Any

from ecs_gitops.model.vocabulary import Health, Reason, Sync
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage

IMAGE = "nginx:1"


def a_running_service(stage: Stage, **ours: Any) -> str:
    commit = stage.push({"nginx": a_manifest(IMAGE, **ours)})
    stage.until_rolled_out("nginx", IMAGE)
    return commit


def by_hand(stage: Stage, **fields: Any) -> None:
    """UpdateService, as somebody at a console does."""
    stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", **fields)


def another_revision(stage: Stage) -> str:
    """A revision that Git knows nothing of."""
    ecs = stage.world.client("ecs")
    container = {"name": "nginx", "image": "nginx:foreign", "memory": 128}
    made = ecs.register_task_definition(family="nginx-task", containerDefinitions=[container])
    return str(made["taskDefinition"]["taskDefinitionArn"])


def test_a_desired_count_is_put_back_in_place() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_running_service(stage)
        by_hand(stage, desiredCount=5)
        stage.until_heard("nginx", "DriftPutBack")
        stage.world.advance(130)
        assert stage.service("nginx")["desiredCount"] == 2
        assert stage.deployments("nginx") == [(IMAGE, "SUCCESSFUL")]
        assert stage.history("nginx")[2:] == [("DriftPutBack", "Changed in place.")]
        assert stage.status("nginx").reason is Reason.SYNCED
        assert stage.plan("nginx") == []
        stage.an_ordinary_push_works()


def test_a_foreign_revision_is_put_back_after_its_rollout_has_ended() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_running_service(stage)
        by_hand(stage, taskDefinition=another_revision(stage))
        stage.until_told("nginx", Reason.DRIFT)
        status = stage.status("nginx")
        assert (status.sync, status.health) == (Sync.OUT_OF_SYNC, Health.PROGRESSING)
        assert status.message == (
            "Somebody else's rollout is running; what it changed is put back once it has ended."
        )
        stage.until_heard("nginx", "DriftPutBack")
        stage.until_rolled_out("nginx", IMAGE)
        assert stage.deployments("nginx") == [
            (IMAGE, "SUCCESSFUL"),
            ("nginx:foreign", "SUCCESSFUL"),
            (IMAGE, "SUCCESSFUL"),
        ]
        assert stage.status("nginx").reason is Reason.SYNCED
        assert stage.plan("nginx") == []
        stage.an_ordinary_push_works()


def test_without_self_heal_drift_is_told_and_left_until_a_person_asks() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_running_service(stage, reconcile={"selfHeal": False})
        by_hand(stage, desiredCount=5)
        stage.until_told("nginx", Reason.DRIFT)
        status = stage.status("nginx")
        assert (status.sync, [change.path for change in status.changes]) == (
            Sync.OUT_OF_SYNC,
            ["service.desiredCount"],
        )
        assert status.message == (
            "ECS was changed outside Git and reconcile.selfHeal is false. "
            "Put it back with `ecs-gitops sync handson/nginx`, or state the change in Git."
        )
        stage.world.advance(130)
        assert stage.service("nginx")["desiredCount"] == 5
        stage.until_asked("nginx", stage.request("sync", "nginx"))
        assert stage.service("nginx")["desiredCount"] == 2
        assert stage.status("nginx").reason is Reason.SYNCED
        stage.an_ordinary_push_works()


def test_the_third_time_within_two_hours_a_person_is_asked() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_running_service(stage)
        for heal in (1, 2):
            by_hand(stage, desiredCount=5)
            stage.until_heard("nginx", "DriftPutBack", times=heal)
            assert stage.service("nginx")["desiredCount"] == 2
        by_hand(stage, desiredCount=5)
        stage.until_told("nginx", Reason.DRIFT_FIGHT)
        assert stage.status("nginx").message == (
            "ECS was changed outside Git again, after it was put back 2 times within a day. "
            "Find who changes it, then run `ecs-gitops sync handson/nginx`."
        )
        stage.world.advance(300)
        assert stage.service("nginx")["desiredCount"] == 5
        stage.until_asked("nginx", stage.request("sync", "nginx"))
        assert stage.service("nginx")["desiredCount"] == 2
        stage.an_ordinary_push_works()


def test_what_git_does_not_state_is_left_alone() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_running_service(stage)
        by_hand(stage, enableECSManagedTags=True, propagateTags="SERVICE")
        stage.world.advance(130)
        assert stage.writes() == ["ecs:RegisterTaskDefinition", "ecs:CreateService"]
        assert stage.status("nginx").reason is Reason.SYNCED
        stage.an_ordinary_push_works()


def test_a_service_that_somebody_deleted_is_created_again() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_running_service(stage)
        stage.world.client("ecs").delete_service(cluster=CLUSTER, service="nginx", force=True)
        stage.until_heard("nginx", "Succeeded", times=2)
        stage.until_rolled_out("nginx", IMAGE)
        assert stage.service("nginx")["status"] == "ACTIVE"
        assert [event for event, _ in stage.history("nginx")] == ["Created", "Succeeded"] * 2
        assert stage.plan("nginx") == []
        stage.an_ordinary_push_works()
