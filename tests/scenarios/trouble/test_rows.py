"""The trouble table and its scenarios belong together, row by row."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path

from tests.scenarios.trouble.rows import ROWS


def marked() -> set[str]:
    """The words of every `@row` in this folder."""
    found: set[str] = set()
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.scenarios.trouble.{path.stem}")
        for value in vars(module).values():
            marks = getattr(value, "pytestmark", []) if callable(value) else []
            found |= {mark.args[0] for mark in marks if mark.name == "row"}
    return found


def without_scenario(rows: Iterable[str], played: set[str]) -> list[str]:
    return [row for row in rows if row not in played]


def of_no_row(rows: Iterable[str], played: set[str]) -> list[str]:
    return sorted(played - set(rows))


def test_every_row_has_a_scenario_and_every_scenario_a_row():
    played = marked()
    assert (without_scenario(ROWS, played), of_no_row(ROWS, played)) == ([], [])


def test_a_row_without_a_scenario_and_a_scenario_of_no_row_are_found():
    # the control of the two empty lists above
    played = marked()
    assert without_scenario([*ROWS, "a row nobody plays"], played)[-1:] == ["a row nobody plays"]
    assert of_no_row(ROWS, {*played, "words of no row"}) == ["words of no row"]
    assert of_no_row(ROWS[1:], {*played, ROWS[0]}) == [ROWS[0]]


def test_no_row_stands_there_twice():
    assert len(set(ROWS)) == len(ROWS)
