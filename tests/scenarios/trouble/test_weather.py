"""Calls that are refused, events that come twice, late or never, functions that die: the true end, once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ecs_gitops.model.vocabulary import Reason
from sandbox.front.who import Principal
from sandbox.front.wsgi import Request
from sandbox.tasks.simulated import NEVER_HEALTHY
from sandbox.wires.inline import Killed
from sandbox.world.faults import FaultPlan
from tests.scenarios.stage import Stage, a_manifest, a_stage
from tests.scenarios.trouble.conftest import Trouble
from tests.scenarios.trouble.rows import row

GOOD, BAD = "nginx:1", "nginx:2"
RUNNING = "nginx-task:1 (nginx:1), 2 of 2 running"
BACK = ["nginx:1 SUCCESSFUL", "nginx:2 ROLLBACK_SUCCESSFUL"]
NEXT = "Push a fix, or run `ecs-gitops retry handson/nginx` to try the same again."
UNHEALTHY = (
    "3 tasks stopped: Task failed container health checks. "
    "Check the health check's path and port, and what the container logs."
)


WRITES = {
    *("dynamodb:PutItem", "dynamodb:UpdateItem"),
    *("ecs:RegisterTaskDefinition", "ecs:UpdateService"),
}
"""What the reconciler changes in a rollout; it also dies after everything that it reads."""

UNSEEN = (
    "ECS rolled nginx-task:2 back. ECS says: Service deployment rolled back because the circuit breaker "
    "threshold was exceeded."
)


def a_good_and_a_bad_push(stage: Stage) -> tuple[str, str]:
    """Version 1 runs, version 2 is brought back from, in whatever weather; their commits."""
    good = stage.push({"nginx": a_manifest(GOOD)})
    stage.until_rolled_out("nginx", GOOD)
    stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
    bad = stage.push({"nginx": a_manifest(BAD)})
    stage.until(lambda: stage.status("nginx").reason is Reason.ROLLED_BACK, "the end", 3600)
    stage.world.advance(1800)
    return good[:7], bad[:7]


def brought_back(good: str, bad: str, why: str = UNHEALTHY) -> str:
    return (
        f"OutOfSync Degraded RolledBack: Commit {bad} was rolled back. {why} "
        f"ECS runs commit {good} as nginx-task:1: 2 of 2 tasks are running. {NEXT}"
    )


@row("throttling at 30 % of calls")
@pytest.mark.parametrize("seed", range(2))
def test_three_calls_of_ten_are_throttled(trouble: Trouble, seed: int) -> None:
    with a_stage(seed=seed) as stage:
        stage.world.faults.plan = FaultPlan(throttled=0.3)
        good, bad = a_good_and_a_bad_push(stage)
        assert stage.world.faults.happened["throttled"] > 10
        trouble.ends(stage, told=brought_back(good, bad), ecs=RUNNING, deployments=BACK)


@row("every event twice and shuffled")
def test_every_event_comes_twice_and_out_of_order(trouble: Trouble) -> None:
    with a_stage() as stage:
        stage.world.faults.plan = FaultPlan(repeated=1.0, shuffled=1.0)
        good, bad = a_good_and_a_bad_push(stage)
        assert stage.world.faults.happened["repeated"] > 10
        assert stage.world.faults.happened["shuffled"] > 10
        trouble.ends(stage, told=brought_back(good, bad), ecs=RUNNING, deployments=BACK)


@row("every event lost")
def test_no_event_ever_comes(trouble: Trouble) -> None:
    with a_stage() as stage:
        stage.world.faults.plan = FaultPlan(dropped=1.0)
        good, bad = a_good_and_a_bad_push(stage)
        assert stage.world.faults.happened["dropped"] > 10
        trouble.ends(stage, told=brought_back(good, bad, UNSEEN), ecs=RUNNING, deployments=BACK)


@dataclass
class Reaper:
    """Kills the reconciler right after each of its calls, the first time that it makes such a call."""

    stage: Stage
    killed: list[str] = field(default_factory=list)

    def heard(self, principal: Principal, action: str, _request: Request) -> None:
        """Told of each call when it was done."""
        is_ours = principal.name.startswith(f"{self.stage.stack}-ReconcilerRole")
        if is_ours and action not in self.killed:
            self.killed.append(action)
            raise Killed


@row(
    "rollback's outcome event lost and the Lambda killed after each AWS call "
    "(exactly one deployment of that digest)"
)
def test_a_rollback_of_which_nobody_hears_while_functions_die(trouble: Trouble) -> None:
    with a_stage() as stage:
        good = stage.push({"nginx": a_manifest(GOOD)})[:7]
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        stage.world.faults.plan = FaultPlan(dropped=1.0)
        reaper = Reaper(stage)
        stage.world.faults.then = reaper.heard
        bad = stage.push({"nginx": a_manifest(BAD)})[:7]
        stage.until(lambda: stage.status("nginx").reason is Reason.ROLLED_BACK, "the end", 7200)
        stage.world.advance(1800)
        assert set(reaper.killed) >= WRITES
        assert len(stage.calls("ecs:RegisterTaskDefinition")) == 2
        trouble.ends(stage, told=brought_back(good, bad, UNSEEN), ecs=RUNNING, deployments=BACK)


@row("table deleted in mid-rollout")
def test_the_table_is_deleted_while_a_version_is_rolled_out(trouble: Trouble) -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest(GOOD, reconcile={"prune": True})})
        stage.until_rolled_out("nginx", GOOD)
        commit = stage.push({"nginx": a_manifest(BAD)})
        stage.until_told("nginx", Reason.PROGRESSING, commit)
        lose_the_table(stage)
        stage.until_rolled_out("nginx", BAD)
        stage.world.advance(1800)
        told = f"Synced Healthy: ECS runs commit {commit[:7]} as nginx-task:2: 2 of 2 tasks are running."
        deployments = ["nginx:1 SUCCESSFUL", "nginx:2 SUCCESSFUL"]
        ecs = "nginx-task:2 (nginx:2), 2 of 2 running"
        trouble.ends(stage, told=told, ecs=ecs, deployments=deployments)


@row("table deleted in mid-rollout")
def test_the_table_is_deleted_while_a_bad_version_is_rolled_out(trouble: Trouble) -> None:
    with a_stage() as stage:
        good = stage.push({"nginx": a_manifest(GOOD)})[:7]
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        bad = stage.push({"nginx": a_manifest(BAD)})
        stage.until_told("nginx", Reason.PROGRESSING, bad)
        lose_the_table(stage)
        stage.world.advance(3600)
        why = UNHEALTHY.replace("3 tasks", "A task")  # what was known of the others is lost
        trouble.ends(stage, told=brought_back(good, bad[:7], why), ecs=RUNNING, deployments=BACK)


def lose_the_table(stage: Stage) -> None:
    """Somebody deletes the table; minutes later an empty one is in its place."""
    dynamodb, name = stage.world.client("dynamodb"), stage.resource("Table")
    table = dynamodb.describe_table(TableName=name)["Table"]
    dynamodb.delete_table(TableName=name)
    stage.world.advance(10)
    indexes = [
        {part: index[part] for part in ("IndexName", "KeySchema", "Projection")}
        for index in table["GlobalSecondaryIndexes"]
    ]
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=table["AttributeDefinitions"],
        KeySchema=table["KeySchema"],
        GlobalSecondaryIndexes=indexes,
    )
