"""The timeline runs what is due, in order, and nothing else moves time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.ground.timeline import Timeline

WAITS = st.lists(st.integers(0, 5).map(float), max_size=12)


@given(WAITS)
def test_what_is_due_runs_by_its_moment_and_then_by_its_making(waits: list[float]) -> None:
    timeline = Timeline(100.0)
    ran: list[tuple[float, int]] = []
    for number, wait in enumerate(waits):
        timeline.after(wait, lambda number=number: ran.append((timeline.now, number)))
    timeline.advance(5.0)
    assert ran == sorted((100.0 + wait, number) for number, wait in enumerate(waits))
    assert timeline.now == 105.0
    assert timeline.next_due() is None


@given(WAITS, st.floats(0, 5))
def test_what_is_not_due_yet_waits(waits: list[float], pause: float) -> None:
    timeline = Timeline(0.0)
    ran: list[float] = []
    for wait in waits:
        timeline.after(wait, lambda wait=wait: ran.append(wait))
    timeline.advance(pause)
    assert ran == sorted(wait for wait in waits if wait <= pause)
    assert [entry.due for entry in timeline.waiting()] == sorted(wait for wait in waits if wait > pause)


def test_what_an_action_makes_due_runs_in_the_same_stretch_of_time() -> None:
    timeline = Timeline(0.0)
    moments: list[float] = []

    def tick() -> None:
        moments.append(timeline.now)
        timeline.after(10, tick)

    timeline.after(10, tick)
    timeline.advance(35)
    assert moments == [10.0, 20.0, 30.0]
    assert timeline.next_due() == 40.0


def test_an_action_made_due_at_once_runs_after_those_already_due_then() -> None:
    timeline = Timeline(0.0)
    ran: list[str] = []
    timeline.after(
        1, lambda: (ran.append("first"), timeline.after(-3, lambda: ran.append("made by first")))
    )
    timeline.after(1, lambda: ran.append("second"))
    timeline.advance(1)
    assert ran == ["first", "second", "made by first"]


def test_a_cancelled_action_never_runs_and_is_never_due() -> None:
    timeline = Timeline(0.0)
    ran: list[str] = []
    first = timeline.after(1, lambda: ran.append("cancelled"))
    timeline.after(2, lambda: ran.append("kept"))
    first.cancel()
    assert timeline.next_due() == 2.0
    timeline.advance(3)
    assert ran == ["kept"]


def test_the_clock_alone_stops_before_what_has_not_run() -> None:
    timeline = Timeline(0.0)
    timeline.after(5, lambda: None)
    timeline.reach(3.0)
    assert timeline.now == 3.0
    timeline.reach(9.0)
    assert timeline.now == 5.0
    timeline.reach(1.0)
    assert timeline.now == 5.0
    timeline.run_next()
    timeline.reach(9.0)
    assert timeline.now == 9.0


def test_running_the_next_of_nothing_is_refused() -> None:
    with pytest.raises(IndexError, match="nothing is due"):
        Timeline(0.0).run_next()
