"""What waits in queues for long: no chain of functions is ever taken for a loop."""

from __future__ import annotations

import pytest

from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.plan.budget import Family, Urgency
from ecs_gitops.reconcile import spending
from sandbox.wires import lineage
from tests.scenarios.stage import Stage, a_manifest, a_stage
from tests.scenarios.test_life_budget import spend_the_ordinary_part
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row

HOURS = 10_000
"""Revisions that others stand in line for, 0.8 a second: more than three hours."""
MANY = 200


def a_long_wait(stage: Stage) -> str:
    """A service stands at the end of a line of hours; the commit that it waits for."""
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    stage.world.advance(60)
    spend_the_ordinary_part(stage)
    stage.controller.budget.book({Family.TASK_DEFINITIONS: HOURS}, Urgency.ORDINARY, stage.now())
    commit = stage.push({"nginx": a_manifest("nginx:2")})
    stage.until_told("nginx", Reason.BUDGET, commit)
    return commit


def stopped(stage: Stage) -> int:
    return sum(entry.kind == "lambda.loop" for entry in stage.world.journal)


@row("a wait in line so long that Lambda takes the timers for a loop")
def test_a_turn_that_comes_in_hours_is_waited_for_by_chains_that_end(trouble: Trouble) -> None:
    with a_stage(FullSweepInterval="3600") as stage:
        commit = a_long_wait(stage)
        (booked,) = stage.record("nginx").booked
        assert booked.at - stage.now() > 3 * 3600
        stage.world.advance(booked.at - stage.now() + 90)
        stage.until_rolled_out("nginx", "nginx:2")
        stage.world.advance(120)
        assert stopped(stage) == 0
        assert lineage.longest(stage.world.journal) == 14
        told = f"Synced Healthy: ECS runs commit {commit[:7]} as nginx-task:2: 2 of 2 tasks are running."
        trouble.ends(
            stage,
            told=told,
            ecs="nginx-task:2 (nginx:2), 2 of 2 running",
            deployments=["nginx:1 SUCCESSFUL", "nginx:2 SUCCESSFUL"],
        )


def test_without_a_bound_lambda_stops_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the sandbox counts as Lambda does, and gives up what it takes for a loop."""
    monkeypatch.setattr(spending, "MOST_HOPS", 1000)
    with a_stage(FullSweepInterval="3600") as stage:
        a_long_wait(stage)
        (booked,) = stage.record("nginx").booked
        stage.world.advance(booked.at - stage.now() - 60)
        assert stopped(stage) > 0
        assert lineage.longest(stage.world.journal) == lineage.LONGEST + 1


@row("a wait in line so long that Lambda takes the timers for a loop")
def test_two_hundred_services_in_line_are_no_loop(trouble: Trouble) -> None:
    with a_stage(FullSweepInterval="3600") as stage:
        commit = stage.push({f"s{at}": a_manifest("nginx:1", 1, family=f"s{at}") for at in range(MANY)})
        stage.world.advance(MANY / 0.8 + 60)
        statuses = [record.status for _, record in stage.controller.table.all()]
        assert [each.reason for each in statuses if each] == [Reason.SYNCED] * MANY
        assert stopped(stage) == 0
        trouble.told(
            f"the longest chain: {lineage.longest(stage.world.journal)} functions",
            "the longest chain: 5 functions",
        )
        trouble.told(
            line(stage.status("s7")),
            f"Synced Healthy: ECS runs commit {commit[:7]} as s7:1: 1 of 1 tasks are running.",
        )
        assert stage.failures() == []
