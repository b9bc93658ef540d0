"""A rollout whose place another one takes: it may have failed, or ended, before ECS heard of the other."""

from __future__ import annotations

import pytest

from ecs_gitops.model.vocabulary import Outcome
from sandbox.tasks.simulated import TaskOutcome, exits
from sandbox.world.faults import FaultPlan
from tests.scenarios.stage import Stage, a_manifest, a_stage
from tests.scenarios.test_cut_off import CLUSTER, SICK, WEB, WELL, one_turn, state

FIRST, FIX = "nginx:1", "nginx:3"
LONG_ENOUGH = 1500.0


def a_bad_rollout(stage: Stage) -> None:
    """Version 1 runs, and a version whose tasks end is rolled out."""
    stage.world.tasks.outcomes[SICK] = exits(3)
    state(stage, FIRST, 1)
    one_turn(stage)
    stage.world.advance(LONG_ENOUGH)
    state(stage, SICK, 2)
    one_turn(stage)


def ends(stage: Stage) -> list[tuple[str, str]]:
    """How each deployment stands, oldest first, and what became of the attempt that began it."""
    table = stage.controller.table
    outcomes = {each.id: each.outcome for each in reversed(table.attempts(WEB))}
    ended = [outcome.value for outcome in outcomes.values() if outcome]
    last = stage.record("web").attempt
    if last is not None and last.id not in outcomes:
        ended.append(last.outcome.value if last.outcome else "")
    return list(zip(deployments(stage), ended, strict=True))


def deployments(stage: Stage) -> list[str]:
    ecs = stage.world.client("ecs")
    listed = ecs.list_service_deployments(cluster=CLUSTER, service="web")["serviceDeployments"]
    return [each["status"] for each in reversed(listed)]


def test_what_was_failing_when_a_fix_came_has_failed_and_is_not_rolled_out_again() -> None:
    with a_stage() as stage:
        stage.world.tasks.outcomes.update({SICK: exits(3), FIRST: TaskOutcome(start=60.0)})
        stage.push({"web": a_manifest(FIRST, 1)})
        stage.until_rolled_out("web", FIRST)
        stage.push({"web": a_manifest(SICK, 2)})
        stage.world.until(lambda: deployments(stage)[-1] == "ROLLBACK_IN_PROGRESS", 600, "the breaker")
        bad = stage.desired("web").stated
        stage.push({"web": a_manifest(FIX, 2)})
        stage.until_rolled_out("web", FIX)
        assert ends(stage) == [
            ("SUCCESSFUL", "Succeeded"),
            ("STOPPED", "Failed"),
            ("SUCCESSFUL", "Succeeded"),
        ]
        assert [each.digest for each in stage.quarantine("web")] == [bad.revision if bad else ""]
        stage.push({"web": a_manifest(SICK, 2)})
        stage.world.advance(LONG_ENOUGH)
        assert (len(deployments(stage)), stage.image("web")) == (3, FIX)


@pytest.mark.parametrize(
    ("image", "status", "outcome"),
    [
        (SICK, "ROLLBACK_SUCCESSFUL", Outcome.ROLLED_BACK),
        (WELL, "SUCCESSFUL", Outcome.SUCCEEDED),
    ],
)
def test_what_ended_before_ecs_heard_of_the_next_one_ended_as_it_did(
    image: str, status: str, outcome: Outcome
) -> None:
    with a_stage() as stage:
        a_bad_rollout(stage) if image == SICK else a_good_rollout(stage)
        state(stage, FIX, 3)
        stage.world.faults.plan = FaultPlan(dropped=1.0)  # nobody is told to look at once
        dies_with_its_attempt_stored(stage)
        stage.world.until(lambda: deployments(stage)[-1] == status, 600, f"its end: {status}")
        stage.world.advance(LONG_ENOUGH)
        assert ends(stage)[1:] == [(status, outcome.value), ("SUCCESSFUL", "Succeeded")]


def dies_with_its_attempt_stored(stage: Stage) -> None:
    """A turn ends where the next attempt is stored and ECS has not heard of it."""
    assert any(one_turn(stage, calls)[-1] == "put_item" for calls in range(5, 9))


def a_good_rollout(stage: Stage) -> None:
    """Version 1 runs, and another one is rolled out."""
    state(stage, FIRST, 1)
    one_turn(stage)
    stage.world.advance(LONG_ENOUGH)
    state(stage, WELL, 2)
    one_turn(stage)


def test_what_is_really_replaced_is_superseded_and_not_quarantined() -> None:
    with a_stage() as stage:
        a_good_rollout(stage)
        stage.world.advance(10)
        state(stage, FIX, 3)
        one_turn(stage)
        stage.world.advance(LONG_ENOUGH)
        assert ends(stage)[1:] == [("STOPPED", "Superseded"), ("SUCCESSFUL", "Succeeded")]
        assert stage.quarantine("web") == ()
