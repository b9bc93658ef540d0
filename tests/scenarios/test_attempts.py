"""An attempt names what it began: whose place it took, which deployment is its own, which revision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ecs_gitops.compare.statement import statement
from ecs_gitops.model.actions import RollOut
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.vocabulary import Outcome, Reason
from ecs_gitops.reconcile.apply import apply
from ecs_gitops.reconcile.turn import Turn
from sandbox.tasks.simulated import TaskOutcome
from tests.scenarios.stage import CLUSTER, Stage, a_stage
from tests.scenarios.test_cut_off import (
    FIRST,
    LONG_ENOUGH,
    WEB,
    WELL,
    a_desired,
    deployments,
    one_turn,
    revisions,
    state,
)

FIX, LATER = "nginx:3", "nginx:4"
MISSING = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/missing/0123456789abcdef"


def rolled_out(stage: Stage, image: str = FIRST, sequence: int = 1) -> None:
    """Git states it, and it is rolled out."""
    state(stage, image, sequence)
    one_turn(stage)
    stage.world.advance(LONG_ENOUGH)


def test_whose_place_an_attempt_took_is_noted_and_the_next_one_waits_its_turn() -> None:
    with a_stage() as stage:
        rolled_out(stage)
        stage.world.tasks.outcomes["*"] = TaskOutcome(start=60)
        state(stage, WELL, 2)
        one_turn(stage)
        first = stage.record("web")
        assert first.attempt is not None
        assert (first.attempt.replaces, first.replaced) == ("", None)
        stage.world.advance(5)
        state(stage, FIX, 3)
        one_turn(stage)
        second = stage.record("web")
        assert second.attempt is not None
        assert second.attempt.replaces == first.attempt.id
        stage.world.advance(5)
        state(stage, LATER, 4)
        one_turn(stage)
        assert len(deployments(stage)) == 3
        assert stage.record("web").attempt.id == second.attempt.id  # type: ignore[union-attr]
        assert "two rollouts began in a row just now" in stage.status("web").message
        stage.world.advance(LONG_ENOUGH)
        assert (len(deployments(stage)), stage.image("web")) == (4, LATER)


def test_what_an_attempt_whose_place_was_taken_states_is_known_until_it_has_ended() -> None:
    with a_stage() as stage:
        rolled_out(stage)
        stage.world.tasks.outcomes["*"] = TaskOutcome(start=60)
        state(stage, WELL, 2)
        one_turn(stage)
        stage.world.advance(5)
        state(stage, FIX, 3)
        one_turn(stage)
        record = stage.record("web")
        assert record.replaced is not None
        assert record.replaced.digest == a_desired(WELL, 2).stated.revision  # type: ignore[union-attr]
        assert record.replaced_stated is not None
        assert record.replaced_stated.revision == record.replaced.digest


def test_nobody_waits_for_the_end_of_a_rollout_whose_service_was_deleted() -> None:
    """ECS will never tell of it: it is over once another version is created."""
    with a_stage() as stage:
        stage.lose_pushes()
        stage.world.tasks.outcomes["*"] = TaskOutcome(start=600)
        state(stage, FIRST, 1)
        one_turn(stage)
        stage.world.client("ecs").delete_service(cluster=CLUSTER, service="web", force=True)
        stage.world.until(lambda: stage.service("web")["status"] == "INACTIVE", 600, "the deletion")
        stage.world.tasks.outcomes["*"] = TaskOutcome()
        state(stage, FIX, 2)
        one_turn(stage)
        record = stage.record("web")
        assert record.attempt is not None
        assert (record.replaced, record.attempt.replaces) == (None, "")
        assert "Superseded" in [event for event, _ in stage.history("web")]
        stage.world.advance(LONG_ENOUGH)
        assert (stage.image("web"), stage.outcome("web")) == (FIX, Outcome.SUCCEEDED)


def a_turn(stage: Stage) -> Turn:
    """A turn of the service, of which ECS was looked at."""
    desired, record = stage.controller.table.get(WEB)
    assert desired is not None
    turn = Turn(stage.controller, stage.now(), [Wake(WEB, Cause("Push", "p1"))], desired, record)
    turn.live = stage.controller.ecs.live(WEB, deployments=False)
    return turn


def test_an_update_that_ecs_needs_no_deployment_for_claims_none() -> None:
    with a_stage() as stage:
        rolled_out(stage)
        turn = a_turn(stage)
        assert turn.desired.stated is not None
        stated = replace(turn.desired.stated, revision="r1:other words of the same")
        arn = (turn.live.service or {})["taskDefinition"]
        apply(RollOut(WEB, stated, False, {}, revision_arn=arn), turn)
        assert turn.record.attempt is not None
        assert (turn.refusal, turn.record.attempt.deployment_arn) == ("", None)
        turn.save()
        assert deployments(stage) == ["SUCCESSFUL"]
        stage.world.advance(LONG_ENOUGH)
        assert stage.outcome("web") is Outcome.SUCCEEDED
        assert deployments(stage) == ["SUCCESSFUL"]


def test_a_deployment_that_began_is_the_attempts_own() -> None:
    """The control: a new revision is a new deployment, whose id is noted."""
    with a_stage() as stage:
        rolled_out(stage)
        before = stage.record("web").attempt
        state(stage, WELL, 2)
        one_turn(stage)
        after = stage.record("web").attempt
        assert before is not None
        assert after is not None
        assert None not in (before.deployment_arn, after.deployment_arn)
        assert before.deployment_arn != after.deployment_arn


def refused(image: str) -> Stated:
    """A version with a target group that does not exist: ECS registers it and will not roll it out."""
    stated = a_desired(image, 2).stated
    assert stated is not None
    balancer = {"targetGroupArn": MISSING, "containerName": "web", "containerPort": 80}
    ports: dict[str, Any] = {"portMappings": [{"containerPort": 80}]}
    container = {**(stated.task_definition or {})["containerDefinitions"][0], **ports}
    task = {**(stated.task_definition or {}), "containerDefinitions": [container]}
    return statement("commit-2", task, {**(stated.service or {}), "loadBalancers": [balancer]})


def test_what_ecs_refused_is_tried_again_with_the_revision_it_has() -> None:
    with a_stage() as stage:
        rolled_out(stage)
        desired = replace(a_desired(WELL, 2), stated=refused(WELL))
        stage.controller.table.put_desired(desired)
        ids = set()
        for _ in range(3):
            one_turn(stage)
            record = stage.record("web")
            assert record.attempt is not None
            assert (record.attempt.outcome, stage.status("web").reason) == (Outcome.FAILED, Reason.REFUSED)
            ids.add(record.attempt.id)
            stage.world.advance(1)
        assert (len(ids), revisions(stage), record.quarantine) == (1, 2, ())
        state(stage, WELL, 3)
        one_turn(stage)
        assert revisions(stage) == 3  # the control: another version registers its own
