"""`make permissions`: every grant, what fails without it, what was refused and what a person was told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

_lines: list[Line] = []
_observing: list[str] = []


@dataclass(frozen=True)
class Line:
    """One change to one grant, as its test reported it."""

    number: int
    grant: str
    way: str
    counts: tuple[int, int]
    fails: str = ""
    refused: str = ""
    told: str = ""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when != "call":
        return
    said = dict(report.user_properties)
    if report.passed and "observes" in said:
        _observing.append(said["observes"])
    if "grant" in said:
        number, grant, *counts = said.pop("grant")
        _lines.append(Line(number, grant, said.pop("way"), (counts[0], counts[1]), **said))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for text in (*table(_lines), *_observing, last_line(_lines)):
        terminalreporter.write_line(text)


def table(lines: list[Line]) -> Iterator[str]:
    """The grants in the template's order."""
    before = ""
    for line in sorted(lines, key=lambda each: (each.number, each.way != "removed")):
        if line.grant != before:
            before = line.grant
            yield ""
            yield line.grant
        yield f"  {line.way}"
        yield f"    fails    {line.fails or 'NOTHING'}"
        if line.refused:
            yield f"    refused  {line.refused}"
        if line.told:
            yield f"    told     {line.told}"
    yield ""


def last_line(lines: list[Line]) -> str:
    """How many grants there are, and how many of them no change left a scenario unharmed."""
    needed = {line.grant for line in lines} - {line.grant for line in lines if not line.fails}
    total, errands = lines[0].counts if lines else (0, 0)
    return f"grants: {len(needed)} of {total} needed, {errands} only AWS needs"
