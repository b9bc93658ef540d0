"""The third of three pushes in a row waits a minute for the last one, and not a minute and a sweep."""

from __future__ import annotations

from sandbox.tasks.simulated import TaskOutcome
from tests.scenarios.stage import a_manifest, a_stage


def test_what_waits_for_the_last_push_begins_a_minute_after_the_one_before_it() -> None:
    with a_stage() as stage:
        stage.world.advance(70)  # so that the minute ends well between two sweeps
        images = ("nginx:1", "nginx:2", "nginx:3", "nginx:4")
        stage.world.tasks.outcomes |= dict.fromkeys(images, TaskOutcome(start=90.0))
        for image in images:
            stage.push({"nginx": a_manifest(image)})
            stage.world.advance(3)
        stage.until_rolled_out("nginx", "nginx:4")
        begun = [line.at for line in stage.lines("nginx") if line.event in ("Created", "RolloutStarted")]
        assert len(begun) == 3
        assert 60.0 <= begun[2] - begun[1] <= 61.5
        assert stage.failures() == []
