"""Drift: seen by the trail at once, put back with a brake, and never fought over for long."""

from __future__ import annotations

from ecs_gitops.model.vocabulary import Reason
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage
from tests.scenarios.trail import Trail

MINUTE, HOUR = 60.0, 3600.0


def by_hand(stage: Stage, **fields: object) -> None:
    stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", **fields)


def turns(stage: Stage) -> int:
    """How often the reconciler ran."""
    name = stage.resource("ReconcilerFunction")
    return sum(
        entry.kind == "lambda.started" and name in str(entry.detail) for entry in stage.world.journal
    )


def test_a_change_by_hand_is_put_back_within_seconds_and_its_caller_is_named() -> None:
    with a_stage(FullSweepInterval="3600") as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.world.advance(10 * MINUTE)
        trail = Trail(stage)
        trail.tell()
        by_hand(stage, desiredCount=5)
        assert trail.tell() == 1
        stage.world.advance(5)
        assert stage.service("nginx")["desiredCount"] == 2
        assert stage.history("nginx")[-1] == (
            "DriftPutBack",
            "Changed in place. What was changed outside Git: UpdateService by assumed-role/Admin/alice.",
        )
        assert stage.failures() == []


def test_our_own_calls_wake_nobody() -> None:
    with a_stage(FullSweepInterval="3600") as stage:
        trail = Trail(stage)
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.push({"nginx": a_manifest("nginx:2")})
        stage.until_rolled_out("nginx", "nginx:2")
        stage.world.advance(10 * MINUTE)
        before = turns(stage)
        assert trail.tell() == 2  # CreateService, UpdateService
        stage.world.advance(30)
        assert turns(stage) == before
        by_hand(stage, desiredCount=2)  # the control: the same call by somebody else
        assert trail.tell() == 1
        stage.world.advance(30)
        assert turns(stage) == before + 1


def test_a_script_that_fights_for_a_day_costs_few_deployments_and_is_named() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        ours = stage.service("nginx")["taskDefinition"]
        document = stage.world.client("ecs").describe_task_definition(taskDefinition=ours)
        container = {**document["taskDefinition"]["containerDefinitions"][0], "image": "nginx:other"}
        theirs = stage.world.client("ecs").register_task_definition(
            family="nginx-other", containerDefinitions=[container]
        )["taskDefinition"]["taskDefinitionArn"]
        trail = Trail(stage)
        for _ in range(24 * 4):
            by_hand(stage, taskDefinition=theirs)
            trail.tell()
            stage.world.advance(15 * MINUTE)
        images = [image for image, _ in stage.deployments("nginx")]
        assert 3 <= images.count("nginx:1") <= 3  # the first one, and two that put it back
        assert len(images) <= 10
        status = stage.status("nginx")
        assert status.reason is Reason.DRIFT_FIGHT
        assert status.message == (
            "ECS was changed outside Git again, after it was put back 2 times within a day. The last call "
            "seen: "
            "UpdateService by assumed-role/Admin/alice. Stop it, then run `ecs-gitops sync handson/nginx`."
        )
        stage.until_asked("nginx", stage.request("sync", "nginx"))
        stage.until_rolled_out("nginx", "nginx:1")
        stage.an_ordinary_push_works()


def test_a_slow_script_is_held_too() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        for _ in range(9):
            by_hand(stage, desiredCount=5)
            stage.world.advance(2.5 * HOUR)
        events = [event for event, _ in stage.history("nginx")]
        assert events.count("DriftPutBack") == 4
        assert stage.status("nginx").reason is Reason.DRIFT_FIGHT
