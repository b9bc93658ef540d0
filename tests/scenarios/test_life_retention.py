"""Old revisions go, a few after each success; one can always go back ten."""

from __future__ import annotations

from ecs_gitops.rollout.retention import KEPT
from tests.scenarios.stage import Stage, a_manifest, a_stage

PUSHES = KEPT + 4


def active(stage: Stage) -> list[int]:
    """The numbers of the revisions that can still be used."""
    ecs = stage.world.client("ecs")
    arns = ecs.list_task_definitions(familyPrefix="nginx-task", status="ACTIVE")["taskDefinitionArns"]
    return sorted(int(arn.rpartition(":")[2]) for arn in arns)


def test_the_last_ten_successes_stay_and_what_we_did_not_register() -> None:
    with a_stage() as stage:
        container = {"name": "nginx", "image": "theirs:1", "memory": 128}
        stage.world.client("ecs").register_task_definition(
            family="nginx-task", containerDefinitions=[container]
        )
        for push in range(PUSHES):
            stage.push({"nginx": a_manifest(f"nginx:{push}")})
            stage.until_rolled_out("nginx", f"nginx:{push}")
            stage.world.advance(300)
        stage.world.advance(600)
        ours = list(range(2, PUSHES + 2))
        assert active(stage) == [1, *ours[-KEPT:]]
        assert len(stage.calls("ecs:DeregisterTaskDefinition")) == PUSHES - KEPT
        assert stage.failures() == []
        stage.an_ordinary_push_works(image="nginx:4")
