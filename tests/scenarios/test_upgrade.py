"""A new release takes over while rollouts run, wait, have failed: each service goes on as if it had not.

Its table is one that the release before wrote, `tests/fixtures/README.md`; `tests/contract/test_upgrade.py`
looks at one turn of each service, here they live on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecs_gitops.model.record import Attempt
from ecs_gitops.model.vocabulary import Reason
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


def test_what_failed_before_and_was_mended_since_is_not_rolled_out_again():
    """The very statement that failed: only the quarantine still names it."""
    with an_upgraded_stage() as stage:
        (entry,) = stage.quarantine("mended")
        pushed = stage.push({"mended": manifest("mended", version=2)}, "The same once more")
        stage.until_told("mended", Reason.QUARANTINED, pushed)
        stage.world.advance(TWO_SWEEPS)
        assert deployments(stage)["mended"] == versions(DEPLOYMENTS)["mended"]
        assert updates(stage, "mended") == []
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
