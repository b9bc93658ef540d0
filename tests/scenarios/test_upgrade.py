"""A new release takes over while rollouts run, wait, have failed: each service goes on as if it had not.

Its table is one that the release before wrote, `tests/fixtures/README.md`; `tests/contract/test_upgrade.py`
looks at one turn of each service, here they live on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.record import Attempt
from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync
from sandbox.tasks.simulated import WELL
from sandbox.world.world import World
from tests.releases import left_by
from tests.scenarios.stage import CLUSTER, Stage
from tests.scenarios.upgraded import RELEASE, an_upgraded_stage, ecs_of, play, shown

LEFT = left_by(RELEASE)
TWO_SWEEPS = 130.0
ALL_ENDED = 4000.0
"""Seconds in which the slowest rollout of the fixture has ended."""
SUCCESSFUL, STOPPED, ROLLED_BACK = "SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL"

DEPLOYMENTS: Mapping[str, list[str]] = {
    "steady": [SUCCESSFUL],
    "open": [SUCCESSFUL, SUCCESSFUL],
    "waiting": [SUCCESSFUL, SUCCESSFUL],
    "replaced": [SUCCESSFUL, STOPPED, SUCCESSFUL],
    "overdue": [SUCCESSFUL, SUCCESSFUL],
    "stopped": [SUCCESSFUL, ROLLED_BACK],
    "quarantined": [SUCCESSFUL, ROLLED_BACK],
    "mended": [SUCCESSFUL, ROLLED_BACK, SUCCESSFUL],
    "pruning": [SUCCESSFUL],
}
"""How every deployment of each service ends, oldest first; each brings the next version."""

REASONS: Mapping[str, Reason] = {
    **dict.fromkeys(DEPLOYMENTS, Reason.SYNCED),
    "stopped": Reason.STOPPED_BY_HAND,
    "quarantined": Reason.ROLLED_BACK,
    "pruning": Reason.PRUNED,
}
"""What is told of each service once everything has ended."""


def deployments(stage: Stage) -> dict[str, list[tuple[str, str]]]:
    return {name: stage.deployments(name) for name in DEPLOYMENTS}


def versions(ends: Mapping[str, list[str]]) -> dict[str, list[tuple[str, str]]]:
    """The same as `deployments`: the first one brought version 1, and so on."""
    return {name: [(f"{name}:{at}", end) for at, end in enumerate(each, 1)] for name, each in ends.items()}


def path(name: str) -> str:
    return f"desired_state/{CLUSTER}/{name}.yaml"


def manifest(name: str, *, version: int | None = None, count: int = 2) -> str:
    """A service's manifest as the release before read it last, but for these."""
    text = LEFT.files[path(name)].replace("desiredCount: 2", f"desiredCount: {count}")
    known = next(each for each in ("1", "2", "3") if f"image: {name}:{each}\n" in text)
    return text.replace(f"image: {name}:{known}\n", f"image: {name}:{version or known}\n")


def updates(stage: Stage, name: str) -> list[dict[str, Any]]:
    """What today's controller sent in each UpdateService of a service, less its name."""
    sent = [call["params"] for call in stage.calls("ecs:UpdateService")]
    return [
        {field: value for field, value in each.items() if field not in ("cluster", "service")}
        for each in sent
        if each["service"] == name
    ]


def attempt(stage: Stage, name: str) -> Attempt:
    found = stage.record(name).attempt
    assert found is not None
    return found


def moment(stage: Stage, name: str, version: int, status: str) -> float:
    """When a deployment of this version was first seen in this state."""
    arn = f"task-definition/{name}:{version}"
    return next(
        entry.at
        for entry in stage.world.journal
        if entry.kind == "deployment"
        and (entry.detail["service"], entry.detail["status"]) == (f"{CLUSTER}/{name}", status)
        and entry.detail["taskDefinition"].endswith(arn)
    )


def test_ecs_is_made_again_as_it_was():
    """The control: the table speaks of this very ECS."""
    with World.inline() as world:
        play(LEFT, world)
        now = {name: shown(live) for name, live in ecs_of(LEFT, world).items()}
        assert now == {name: shown(live) for name, live in LEFT.lives.items()}


def test_every_service_goes_on_as_if_nothing_had_been_upgraded():
    with an_upgraded_stage() as stage:
        stage.world.advance(ALL_ENDED)
        assert deployments(stage) == versions(DEPLOYMENTS)
        assert {name: stage.status(name).reason for name in REASONS} == REASONS
        assert moment(stage, "waiting", 2, "PENDING") > moment(stage, "open", 2, SUCCESSFUL)
        # the end of the deletion, and the one rollout that had not begun
        assert stage.writes() == ["ecs:DeleteService", "ecs:RegisterTaskDefinition", "ecs:UpdateService"]
        assert [len(stage.quarantine(name)) for name in ("quarantined", "mended")] == [1, 1]
        assert stage.failures() == []


@pytest.mark.parametrize("after", [0.0, TWO_SWEEPS])
def test_a_push_that_only_scales_what_is_quarantined_scales_it_and_nothing_else(after: float):
    """At once, Git's older word is known by one digest alone when a newer one takes its place."""
    name = "quarantined"
    with an_upgraded_stage() as stage:
        since = stage.quarantine(name)[0].commit
        stage.world.advance(after)
        pushed = stage.push({name: manifest(name, count=3)}, "Scale it")
        stage.world.advance(TWO_SWEEPS)
        assert updates(stage, name) == [{"desiredCount": 3}]
        assert stage.calls("ecs:RegisterTaskDefinition") == []
        assert deployments(stage)[name] == versions(DEPLOYMENTS)[name]
        assert (stage.service(name)["desiredCount"], stage.image(name)) == (3, "quarantined:1")
        assert [entry.commit for entry in stage.quarantine(name)] == [since]
        status = stage.status(name)
        assert (status.sync, status.health, status.desired_commit) == (
            Sync.OUT_OF_SYNC,
            Health.DEGRADED,
            pushed,
        )
        assert re.search(rf"failed at (commit )?{since[:7]} is not tried again\.", status.message)
        assert f"ecs-gitops retry {CLUSTER}/{name}" in status.message
        assert stage.plan(name) == []

        stage.world.tasks.outcomes["quarantined:2"] = WELL  # what it lacked is there now
        stage.request("retry", name)
        stage.until_rolled_out(name, "quarantined:2")
        assert stage.deployments(name)[2:] == [("quarantined:2", SUCCESSFUL)]
        assert (stage.service(name)["desiredCount"], stage.quarantine(name)) == (3, ())
        assert stage.status(name).reason is Reason.SYNCED
        stage.push({name: manifest(name, version=3, count=3)}, "An ordinary change")
        stage.until_rolled_out(name, "quarantined:3")
        assert stage.deployments(name)[3:] == [("quarantined:3", SUCCESSFUL)]


def test_without_its_quarantine_the_same_push_rolls_it_out_again():
    """The control of the zero above."""
    name = "quarantined"
    with an_upgraded_stage() as stage:
        record = stage.record(name)
        stage.controller.table.put_record(replace(record, quarantine=(), attempt=None))
        stage.push({name: manifest(name, count=3)}, "Scale it")
        stage.world.advance(TWO_SWEEPS)
        assert any("taskDefinition" in each for each in updates(stage, name))
        assert len(stage.deployments(name)) == 3


@pytest.mark.parametrize("after", [0.0, TWO_SWEEPS])
def test_a_push_that_only_scales_moves_no_attempt(after: float):
    """Whether a rollout runs, is late, took another one's place, was stopped by hand, or there is none."""
    names = ("steady", "mended", "open", "overdue", "replaced", "stopped")
    with an_upgraded_stage() as stage:
        before = {name: attempt(stage, name).id for name in names}
        stage.world.advance(after)
        stage.push({name: manifest(name, count=3) for name in names}, "Scale them")
        stage.world.advance(TWO_SWEEPS)
        assert {name: updates(stage, name) for name in names} == {
            name: [{"desiredCount": 3}] for name in names
        }
        stage.world.advance(ALL_ENDED)
        assert {name: attempt(stage, name).id for name in names} == before
        assert deployments(stage) == versions(DEPLOYMENTS)
        assert {name: stage.status(name).reason for name in names} == {
            name: REASONS[name] for name in names
        }
        assert attempt(stage, "overdue").outcome is Outcome.SUCCEEDED
        assert attempt(stage, "stopped").outcome is Outcome.STOPPED_BY_HAND
        assert {stage.service(name)["desiredCount"] for name in names} == {3}


def test_a_push_that_only_scales_what_waits_scales_it_at_once_and_lets_it_wait():
    with an_upgraded_stage() as stage:
        stage.push({"waiting": manifest("waiting", count=3)}, "Scale it")
        stage.world.advance(TWO_SWEEPS)
        assert updates(stage, "waiting") == [{"desiredCount": 3}]
        status = stage.status("waiting")
        assert (status.reason, stage.image("waiting")) == (Reason.WAITING_FOR, "waiting:1")
        stage.world.advance(ALL_ENDED)
        assert deployments(stage) == versions(DEPLOYMENTS)
        assert moment(stage, "waiting", 2, "PENDING") > moment(stage, "open", 2, SUCCESSFUL)
        assert stage.status("waiting").reason is Reason.SYNCED


@pytest.mark.parametrize("after", [0.0, TWO_SWEEPS])
def test_what_waits_goes_on_waiting_when_the_other_one_is_only_scaled(after: float):
    with an_upgraded_stage() as stage:
        stage.world.advance(after)
        stage.push({"open": manifest("open", count=3)}, "Scale the other one")
        stage.world.advance(ALL_ENDED)
        assert deployments(stage) == versions(DEPLOYMENTS)
        assert moment(stage, "waiting", 2, "PENDING") > moment(stage, "open", 2, SUCCESSFUL)


@pytest.mark.parametrize("count", [2, 3])
def test_what_failed_before_and_was_mended_since_is_not_rolled_out_again(count: int):
    """The very revision that failed: only the quarantine, and an attempt that ended, still name it."""
    with an_upgraded_stage() as stage:
        (entry,) = stage.quarantine("mended")
        pushed = stage.push({"mended": manifest("mended", version=2, count=count)}, "The same once more")
        stage.until_told("mended", Reason.QUARANTINED, pushed)
        stage.world.advance(TWO_SWEEPS)
        assert deployments(stage)["mended"] == versions(DEPLOYMENTS)["mended"]
        assert updates(stage, "mended") == ([] if count == 2 else [{"desiredCount": 3}])
        assert entry.commit[:7] in stage.status("mended").message
        stage.push({"mended": manifest("mended", version=4)}, "An ordinary change")
        stage.until_rolled_out("mended", "mended:4")


def test_what_was_stopped_by_hand_goes_out_at_retry():
    with an_upgraded_stage() as stage:
        stage.world.advance(TWO_SWEEPS)
        stage.world.tasks.outcomes["stopped:2"] = WELL
        stage.request("retry", "stopped")
        stage.until_rolled_out("stopped", "stopped:2")
        assert stage.deployments("stopped")[2:] == [("stopped:2", SUCCESSFUL)]
        assert stage.status("stopped").reason is Reason.SYNCED
