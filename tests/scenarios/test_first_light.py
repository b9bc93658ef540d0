"""A push becomes a rollout: the whole loop, the functions and roles of template.yaml, once through."""

from __future__ import annotations

from ecs_gitops.model.actions import Reconfigure
from tests.scenarios.stage import CLUSTER, a_manifest, a_stage


def test_a_push_creates_the_service_and_then_there_is_nothing_left_to_do() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest()})
        service = stage.until_rolled_out("nginx", "nginx:1.27")
        assert (service["status"], service["runningCount"], service["desiredCount"]) == ("ACTIVE", 2, 2)
        assert stage.plan("nginx") == []
        assert stage.failures() == []


def test_a_second_push_rolls_the_service_to_the_new_image() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest("nginx:1.27")})
        stage.until_rolled_out("nginx", "nginx:1.27")
        stage.push({"nginx": a_manifest("nginx:1.28")})
        stage.until_rolled_out("nginx", "nginx:1.28")
        assert stage.plan("nginx") == []
        assert (len(stage.calls("ecs:CreateService")), len(stage.calls("ecs:UpdateService"))) == (1, 1)
        assert stage.failures() == []


def test_left_alone_the_controller_changes_nothing_more() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest()})
        stage.until_rolled_out("nginx", "nginx:1.27")
        stage.world.advance(3600)
        assert len(stage.calls("ecs:RegisterTaskDefinition")) == 1
        assert stage.calls("ecs:UpdateService") == []
        # the control: it did look, again and again
        assert len(stage.calls("ecs:DescribeServices")) > 3
        assert stage.failures() == []


def test_what_somebody_changes_by_hand_is_in_the_plan_at_once() -> None:
    # the control of the empty plans above: the same look finds something when there is something
    with a_stage() as stage:
        stage.push({"nginx": a_manifest()})
        stage.until_rolled_out("nginx", "nginx:1.27")
        stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", desiredCount=3)
        assert [type(action) for action in stage.plan("nginx")] == [Reconfigure]
