"""What docs/operations.md promises: the controller asleep, and gone for good."""

from __future__ import annotations

from ecs_gitops.model.vocabulary import Outcome
from sandbox.tasks.simulated import exits
from tests.scenarios.stage import Stage, a_manifest, a_stage


def rules(stage: Stage) -> list[str]:
    return [rule["Name"] for rule in stage.world.client("events").list_rules()["Rules"]]


def test_while_the_controller_sleeps_ecs_goes_on_and_afterwards_everything_is_caught_up() -> None:
    with a_stage() as stage:
        stage.world.tasks.outcomes["sick:1"] = exits(3)
        stage.push({"nginx": a_manifest("nginx:1"), "web": a_manifest("web:1", family="web")})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.until_rolled_out("web", "web:1")
        stage.push({"nginx": a_manifest("sick:1")})
        stage.until_heard("nginx", "RolloutStarted")
        events = stage.world.client("events")
        for name in rules(stage):
            events.disable_rule(Name=name)
        stage.push({"web": a_manifest("web:2", family="web")})
        stage.world.advance(3600)
        assert stage.deployments("nginx")[-1] == ("sick:1", "ROLLBACK_SUCCESSFUL")  # ECS's own breaker
        assert stage.image("web") == "web:1"
        for name in rules(stage):
            events.enable_rule(Name=name)
        stage.until_rolled_out("web", "web:2")
        stage.world.advance(300)
        assert stage.outcome("nginx") is Outcome.ROLLED_BACK
        assert len(stage.quarantine("nginx")) == 1
        assert [image for image, _ in stage.deployments("nginx")] == ["nginx:1", "sick:1"]


def test_deleting_the_stack_changes_nothing_in_ecs_and_keeps_the_table() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        before, table = stage.service("nginx"), stage.controller.settings.table
        stage.world.client("cloudformation").delete_stack(StackName=stage.stack)
        stage.world.advance(3600)
        after = stage.service("nginx")
        assert (after["status"], after["taskDefinition"]) == (before["status"], before["taskDefinition"])
        assert (after["runningCount"], after["desiredCount"]) == (2, 2)
        kept = stage.world.client("dynamodb").scan(TableName=table)["Items"]
        assert kept != []
        stage.push({"nginx": a_manifest("nginx:2")})
        stage.world.advance(600)
        assert stage.image("nginx") == "nginx:1"  # nobody follows any more
