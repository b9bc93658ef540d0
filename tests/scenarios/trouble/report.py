"""`make trouble`: every row with what a person was told and how ECS ended; each row has a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenarios.trouble.rows import ROWS

_played: dict[str, list[pytest.TestReport]] = {}
_strays: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    rows = [str(value) for name, value in report.user_properties if name == "row"]
    if report.when != "call" and not report.failed:
        return
    for row in rows:
        _played.setdefault(row, []).append(report)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for text in summary(_played):
        terminalreporter.write_line(text)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if any(row not in _played for row in ROWS) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def summary(played: dict[str, list[pytest.TestReport]]) -> Iterator[str]:
    """The table in its order, and a last line that counts."""
    yield ""
    for row in ROWS:
        reports = played.get(row, [])
        mark = "MISSING" if not reports else "FAILED" if any(each.failed for each in reports) else "ok"
        yield f"{mark:8}{row}"
        for report in reports:
            yield from _scenario(report)
    well = sum(bool(played.get(row)) and not any(one.failed for one in played[row]) for row in ROWS)
    yield ""
    yield f"{well} of {len(ROWS)} rows"


def _scenario(report: pytest.TestReport) -> Iterator[str]:
    kept = [(name, str(value)) for name, value in report.user_properties if name in ("told", "ecs")]
    yield f"          {report.nodeid.rpartition('::')[2]}"
    for name, value in kept:
        first, *more = value.splitlines()
        yield f"            {name:5} {first}"
        yield from (f"                  {each}" for each in more)
