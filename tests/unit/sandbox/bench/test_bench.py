"""The sums of the benchmarks, without running any."""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.bench.chain import longest_chain
from sandbox.bench.fleet import Run, rows
from sandbox.bench.measure import registrations, table, write
from sandbox.bench.recording import told_actions
from sandbox.bench.replay import Tape
from sandbox.bench.row import Row
from sandbox.bench.sweep import FIFTY_CLUSTERS, ONE_CLUSTER, Sweep, floor, row, swept
from sandbox.front.wsgi import Answer, Environ, Request, StartResponse, call, to_environ
from sandbox.ground.journal import JournalEntry

JOURNEY = 1.0
PAUSES = st.lists(st.floats(min_value=0, max_value=5), max_size=20)


def test_requests_that_were_under_way_together_are_one_link() -> None:
    assert longest_chain([0.0, 0.1, 0.9, 1.0, 1.9, 2.0], JOURNEY) == 3


def test_a_door_that_nobody_came_to_saw_no_chain() -> None:
    assert longest_chain([], JOURNEY) == 0


@given(PAUSES)
def test_requests_each_sent_after_the_answer_to_the_one_before_are_all_links(pauses: list[float]) -> None:
    arrivals = list(accumulate((JOURNEY + pause for pause in pauses), initial=0.0))
    assert longest_chain(arrivals, JOURNEY * 0.999) == len(arrivals)


@given(PAUSES, st.floats(min_value=0, max_value=100))
def test_one_more_request_never_shortens_the_chain_and_adds_a_link_at_most(
    pauses: list[float], more: float
) -> None:
    arrivals = list(accumulate(pauses, initial=0.0))
    before = longest_chain(arrivals, JOURNEY)
    assert before <= longest_chain([*arrivals, more], JOURNEY) <= before + 1


@pytest.mark.parametrize(("value", "goal", "met"), [(8, 8, True), (9, 8, False), (9, None, True)])
def test_a_goal_is_met_up_to_its_figure(value: float, goal: float | None, met: bool) -> None:
    assert Row("requests", value, "requests", goal=goal).met is met


def test_a_file_and_a_table_say_the_same(tmp_path: Path) -> None:
    rows = [Row("chain", 8, "requests", 4, 8), Row("start", 1.2, "×", 1.0, 1.0), Row("demo", 35.5, "s")]
    write(rows, tmp_path / "results.json")
    keys = ("name", "value", "unit", "floor", "goal", "met")
    assert json.loads((tmp_path / "results.json").read_text()) == [
        dict(zip(keys, each, strict=True))
        for each in [
            ("chain", 8, "requests", 4, 8, True),
            ("start", 1.2, "×", 1.0, 1.0, False),
            ("demo", 35.5, "s", None, None, True),
        ]
    ]
    assert [line.split() for line in table(rows)[1:]] == [
        ["chain", "8", "requests", "4", "8", "yes"],
        ["start", "1.2", "×", "1", "1", "no"],
        ["demo", "35.5", "s"],
    ]


def test_what_a_turn_did_is_read_off_its_log() -> None:
    lines = ["START", '{"message": "x"}', '{"message": "rolled", "actions": ["RollOut"]}']
    assert told_actions(lines) == ("RollOut",)
    with pytest.raises(LookupError, match="did not tell"):
        told_actions(lines[:2])


def test_the_least_that_a_sweep_can_ask_is_ten_services_of_one_cluster_at_a_time() -> None:
    assert floor(ONE_CLUSTER) == floor(FIFTY_CLUSTERS) == 0.1
    assert floor(ONE_CLUSTER, scaled=True) == 0.12
    assert floor([*ONE_CLUSTER[:11], *FIFTY_CLUSTERS[:1]]) == 0.25


def test_a_sweep_costs_all_its_requests_of_any_kind() -> None:
    sweep = Sweep(1000, (), {"ecs:DescribeServices": 100, "dynamodb:Query": 4, "git": 1})
    counted = row("a fleet", sweep, 0.1, 0.11)
    assert (counted.value, counted.floor, counted.met) == (0.105, 0.1, True)
    assert not row("a fleet", Sweep(1000, (), {"ecs:DescribeServices": 111}), 0.1, 0.11).met


def test_what_a_sweep_sent_is_what_came_to_the_door_between_its_start_and_its_end() -> None:
    sent = JournalEntry(1.0, "request", {"action": "ecs:DescribeServices"})
    event = JournalEntry(1.0, "event.delivered", {})
    logs = 'START\n{"swept": {"looked": 2, "woken": ["a/b"]}}\n'
    inside = [_sweeper("lambda.started"), sent, event, sent, _sweeper("lambda.ended", error="", logs=logs)]
    assert swept([sent, *inside, sent]) == Sweep(2, ("a/b",), {"ecs:DescribeServices": 2})


@pytest.mark.parametrize("end", [[], [{"error": "Unhandled", "logs": ""}]])
def test_a_sweep_that_fails_is_not_counted(end: list[dict[str, str]]) -> None:
    ended = [_sweeper("lambda.ended", **detail) for detail in end]
    with pytest.raises(RuntimeError, match="the sweep failed"):
        swept([_sweeper("lambda.started"), *ended])


def _sweeper(kind: str, **detail: str) -> JournalEntry:
    return JournalEntry(1.0, kind, {"function": "ecs-gitops-SweeperFunction-1", **detail})


def test_registrations_stand_beside_what_ecs_would_let_anybody_do() -> None:
    rolled = registrations.Rolled(
        pushed=100.0,
        registered=(100.0,) * 12 + (336.0,) * 188,
        back=(0.2, 4.0),
        sent=6000,
        throttled=30,
    )
    shown = [(row.value, row.floor, row.goal, row.met) for row in registrations.rows(rolled)]
    assert shown == [
        (236.0, 230.0, 241.5, True),
        (236.0, 180.0, None, True),
        (0.5, 0.0, 1.0, True),
        (4.0, None, 5.0, True),
    ]


def test_a_fleet_is_planned_in_the_best_of_its_runs_and_held_to_the_best_of_the_bare_ones() -> None:
    ours = [Run(9.0, 4.0, 200.0), Run(6.0, 3.0, 210.0)]
    bare = [Run(2.0, 1.0, 80.0), Run(2.5, 0.9, 80.0)]
    figures = [(each.value, each.unit, each.floor, each.goal) for each in rows(ours, bare)]
    assert figures == [
        (3.0, "×", 1.0, 3.0),
        (6.0, "s", 2.0, None),
        (3.0, "s", 1.0, None),
        (210, "MB", 80, None),
    ]
    assert not rows(ours, [Run(1.9, 1.0, 80.0)])[0].met


def test_a_tape_holds_whole_answers_by_all_that_was_asked() -> None:
    def echo(environ: Environ, start_response: StartResponse) -> list[bytes]:
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"asked ")  # as dulwich answers
        return [environ["wsgi.input"].read()]

    tape = Tape()
    recording = tape.recording(echo)
    operation = {"X-Amz-Target": "Ecs.Describe"}
    answer = call(recording, to_environ("POST", "http://aws/", operation, b"one"))
    call(recording, to_environ("GET", "http://aws/refs?service=git", {}, b""))
    straight = tape.straight(lambda _: Answer(200, (("Content-Type", "json"),), b"{}"))
    straight(Request("POST", "aws", "/", "", {"x-amz-target": "Sqs.Send"}, b"two"))
    nothing = tape.straight(lambda _: None)
    assert nothing(Request("POST", "aws", "/", "", {}, b"three")) is None
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
    assert answer.body == b"asked one"
    assert tape.answers == {
        (b"/", b"Ecs.Describe", b"one"): head % 9 + b"asked one",
        (b"/refs?service=git", b"", b""): head % 6 + b"asked ",
        (b"/", b"Sqs.Send", b"two"): b"HTTP/1.1 200\r\nContent-Type: json\r\nContent-Length: 2\r\n\r\n{}",
    }
