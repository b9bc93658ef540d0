"""A real load on a real balancer: a rollout that drains loses nothing, and one that does not, does."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path

from sandbox.ground.processes import spawn
from sandbox.stories import load
from sandbox.stories.load_report import Report, report
from tests.served.stages import BalancerStage, a_balancer, an_origin, target

EXPECT = {"v1": "version 1", "v2": "version 2"}


def generator(stage: BalancerStage, out: Path, *, rate: float, seconds: float) -> subprocess.Popen[bytes]:
    """Start a generator that ends by itself."""
    expected = [word for version in EXPECT.items() for word in ("--expect", "=".join(version))]
    words = ["--url", stage.url, "--rate", str(rate), "--seconds", str(seconds), "--out", str(out)]
    return spawn("sandbox.stories.load", *words, *expected)


def read(out: Path) -> Report:
    """What became of a load."""
    return report(out.read_text().splitlines())


def stage_with_pages(stage: BalancerStage) -> None:
    """Version 1 on two tasks, version 2 ready to be rolled."""
    stage.page("v1", "<h1>version 1</h1>")
    stage.page("v2", "<h1>version 2</h1>")
    stage.roll({"a0": "v1", "b0": "v1"}, old=())


def test_rolling_there_and_back_again_under_load_loses_nothing(tmp_path: Path) -> None:
    out = tmp_path / "load.jsonl"
    with a_balancer(tmp_path) as stage:
        stage_with_pages(stage)
        running = generator(stage, out, rate=120, seconds=6)
        for turn in itertools.count(1):
            if running.poll() is not None and turn > 2:
                break
            image = "v2" if turn % 2 else "v1"
            old = (f"a{turn - 1}", f"b{turn - 1}")
            stage.roll({f"a{turn}": image, f"b{turn}": image}, old)
        running.communicate()
    result = read(out)
    assert (result.failed, result.causes) == (0, {})
    assert result.requests == 720
    assert result.new == 360
    assert result.overlapped("v1", "v2"), "both versions were seen side by side"


def test_a_target_killed_without_draining_does_fail_requests(tmp_path: Path) -> None:
    out = tmp_path / "load.jsonl"
    with a_balancer(tmp_path) as stage:
        stage_with_pages(stage)
        running = generator(stage, out, rate=120, seconds=2)
        stage.until_lines(out, 60)
        with stage.turn():
            stage.runner.kill("b0")
        assert stage.stopped("b0").exit_code == 137
        running.communicate()
    result = read(out)
    assert result.failed > 0
    assert set(result.causes) <= {"status", "connection"}
    assert result.versions["v1"].count > 0, "the other task went on"


def test_a_target_that_never_answers_is_a_timeout_and_arrivals_do_not_wait_for_it(tmp_path: Path) -> None:
    out = tmp_path / "load.jsonl"
    with a_balancer(tmp_path) as stage, an_origin() as silent:
        stage.register(target("silent"), silent.address)
        generator(stage, out, rate=50, seconds=1).communicate()
    result = read(out)
    assert (result.requests, result.causes) == (50, {"timeout": 50})
    assert result.rate > 40, "open loop"


def test_a_page_of_no_expected_version_is_a_failure(tmp_path: Path) -> None:
    out = tmp_path / "load.jsonl"
    with a_balancer(tmp_path) as stage:
        stage.page("v3", "version 3")
        stage.roll({"t": "v3"}, old=())
        generator(stage, out, rate=50, seconds=0.5).communicate()
    assert read(out).causes == {"body": 25}


def test_a_generator_told_to_stop_has_written_every_request_it_began(tmp_path: Path) -> None:
    out = tmp_path / "load.jsonl"
    with a_balancer(tmp_path) as stage:
        stage_with_pages(stage)
        running = load.start(stage.url, out, rate=100, expect=EXPECT)
        stage.until_lines(out, 20)
        load.stop(running)
    numbers = sorted(entry["number"] for entry in map(json.loads, out.read_text().splitlines()))
    assert numbers == list(range(len(numbers)))
    assert read(out).failed == 0


def test_a_generator_ends_with_its_parent(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage:
        running = load.start(stage.url, tmp_path / "load.jsonl", rate=10, expect=EXPECT)
        running.communicate()  # closes its stdin, as the death of a parent would
        assert running.returncode == 0
