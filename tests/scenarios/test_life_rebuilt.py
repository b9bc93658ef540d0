"""The table is lost: what runs goes on, what failed stays quarantined, nothing is deleted unasked."""

from __future__ import annotations

from ecs_gitops.model.vocabulary import Outcome, Reason
from sandbox.tasks.simulated import exits
from tests.scenarios.stage import Stage, a_manifest, a_stage

PRUNES = {"prune": True}


def lose_the_table(stage: Stage) -> None:
    """An empty table in place of what was remembered."""
    dynamodb, name = stage.world.client("dynamodb"), stage.controller.settings.table
    for item in dynamodb.scan(TableName=name)["Items"]:
        dynamodb.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})


def test_at_rest_nothing_is_changed_and_everything_is_known_again() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        before = stage.record("nginx")
        lose_the_table(stage)
        stage.world.advance(900)
        after = stage.record("nginx")
        assert (after.applied, after.succeeded) == (before.applied, before.succeeded)
        assert after.rebuilt
        assert stage.status("nginx").reason is Reason.SYNCED
        assert stage.deployments("nginx") == [("nginx:1", "SUCCESSFUL")]
        assert [event for event, _ in stage.history("nginx")] == ["Rebuilt"]
        assert stage.failures() == []
        stage.an_ordinary_push_works()


def test_in_the_middle_of_a_rollout_it_is_followed_to_its_end_and_started_once() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.push({"nginx": a_manifest("nginx:2")})
        stage.until_told("nginx", Reason.PROGRESSING)
        lose_the_table(stage)
        stage.until_rolled_out("nginx", "nginx:2")
        assert [image for image, _ in stage.deployments("nginx")] == ["nginx:1", "nginx:2"]
        assert stage.outcome("nginx") is Outcome.SUCCEEDED


def test_what_was_rolled_back_is_not_tried_again() -> None:
    with a_stage() as stage:
        stage.world.tasks.outcomes["sick:1"] = exits(3)
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.push({"nginx": a_manifest("sick:1")})
        stage.until_heard("nginx", "RolledBack")
        deployed = stage.deployments("nginx")
        lose_the_table(stage)
        stage.world.advance(1800)
        assert stage.deployments("nginx") == deployed
        assert len(stage.quarantine("nginx")) == 1
        assert stage.status("nginx").reason is Reason.ROLLED_BACK
        stage.an_ordinary_push_works()


def test_nothing_is_deleted_until_a_person_confirms() -> None:
    with a_stage() as stage:
        manifests = {
            name: a_manifest(f"{name}:1", family=name, reconcile=PRUNES) for name in ("web", "api")
        }
        stage.push(manifests)
        for name in manifests:
            stage.until_rolled_out(name, f"{name}:1")
        lose_the_table(stage)
        stage.world.advance(900)
        stage.push({"web": None})
        status = stage.until_told("web", Reason.PRUNE_GUARD)
        assert "What was known of it was lost, and rebuilt." in status.message
        stage.world.advance(1800)
        assert stage.service("web")["status"] == "ACTIVE"
        stage.request("sync", "web")
        stage.world.advance(600)
        assert stage.service("web")["status"] == "INACTIVE"
