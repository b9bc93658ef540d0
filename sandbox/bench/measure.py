"""`make bench`: every figure that matters beside its floor, as a table and as a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from sandbox.bench import demo, fleet, push, registrations, start, sweep
from sandbox.bench.row import Row, Say

COLUMNS = ("what", "value", "floor", "goal", "met")


def measure(say: Say) -> list[Row]:
    """All figures, one after another: nothing else of ours runs meanwhile."""
    rows = demo.measure(say)
    pushed, turns = push.measure(say)
    rows += pushed
    for turn in turns:
        rows += start.measure(turn, say)
    commits: list[fleet.Recording] = []
    rows += sweep.measure(say, lambda world: commits.append(fleet.record(world)))
    rows += fleet.measure(commits[0], say)
    return rows + registrations.measure(say)


def write(rows: Sequence[Row], path: Path) -> None:
    """A list of {name, value, unit, floor, goal, met}."""
    text = json.dumps([_plain(row) for row in rows], indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def table(rows: Sequence[Row]) -> list[str]:
    """Lines to show, in columns."""
    cells = [COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(COLUMNS))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells
    ]


def _plain(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "value": row.value,
        "unit": row.unit,
        "floor": row.floor,
        "goal": row.goal,
        "met": row.met,
    }


def _cells(row: Row) -> tuple[str, ...]:
    met = "" if row.goal is None else "yes" if row.met else "no"
    figures = ("" if each is None else f"{each:g}" for each in (row.floor, row.goal))
    return (row.name, f"{row.value:g} {row.unit}", *figures, met)
