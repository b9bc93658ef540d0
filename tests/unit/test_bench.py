"""The sums of the benchmarks, without running any."""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.bench import table, write
from sandbox.bench_chain import longest_chain
from sandbox.bench_recording import told_actions
from sandbox.bench_row import Row

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
