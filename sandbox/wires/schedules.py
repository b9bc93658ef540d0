"""Rules with a schedule, fired on the timeline: `rate(…)` and `cron(…)` in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.wires.parts import Parts

UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
BOUNDS = {
    "minutes": (0, 59),
    "hours": (0, 23),
    "day": (1, 31),
    "month": (1, 12),
    "weekday": (1, 7),
    "year": (1970, 2199),
}
FOUR_YEARS_OF_DAYS = 1462


class Schedules:
    """Fires each watched rule at its times for as long as it is the rule of its name."""

    def __init__(self, parts: Parts, fire: Callable[[Any], None]) -> None:
        self._parts = parts
        self._fire = fire

    def watch(self, rule: Any, alive: Callable[[], bool]) -> None:
        """Fire a rule from now on, until `alive` says it was replaced or deleted."""
        expression = rule.scheduled_expression
        wait = next_time(expression, self._parts.now()) - self._parts.now()

        def due() -> None:
            if alive():
                if rule.state != "DISABLED":
                    self._fire(rule)
                self.watch(rule, alive)

        self._parts.timeline.after(wait, due, f"schedule {rule.name} {expression}")


def next_time(expression: str, now: float) -> float:
    """The next moment (epoch seconds) after `now`. Raises ValueError on an expression it does not know."""
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return now + int(rate[1]) * UNIT_SECONDS[rate[2]]
    if cron := re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression):
        return _next_cron(dict(zip(BOUNDS, cron.groups(), strict=True)), now, expression)
    raise ValueError(f"the sandbox does not know the schedule {expression!r}")


def _next_cron(fields: dict[str, str], now: float, expression: str) -> float:
    allowed = {name: _values(name, text) for name, text in fields.items()}
    start = datetime.fromtimestamp(now, UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    day = start.replace(hour=0, minute=0)
    for _ in range(FOUR_YEARS_OF_DAYS):
        if _fits(day, allowed):
            for hour in sorted(allowed["hours"]):
                for minute in sorted(allowed["minutes"]):
                    moment = day.replace(hour=hour, minute=minute)
                    if moment >= start:
                        return moment.timestamp()
        day += timedelta(days=1)
    raise ValueError(f"the schedule {expression!r} never comes")


def _fits(day: datetime, allowed: dict[str, set[int]]) -> bool:
    return (
        day.year in allowed["year"]
        and day.month in allowed["month"]
        and day.day in allowed["day"]
        and day.isoweekday() % 7 + 1 in allowed["weekday"]
    )


def _values(name: str, text: str) -> set[int]:
    low, high = BOUNDS[name]
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, last = low, high
        if span not in ("*", "?"):
            ends = [_number(name, end) for end in span.split("-")]
            first, last = ends[0], high if step and len(ends) == 1 else ends[-1]
        found |= set(range(first, last + 1, int(step or 1)))
    return found


def _number(name: str, text: str) -> int:
    names = {"month": MONTHS, "weekday": DAYS}.get(name, ())
    if text.upper() in names:
        return names.index(text.upper()) + 1
    if not text.isdigit():
        raise ValueError(f"the sandbox does not know {text!r} in the {name} of a cron schedule")
    return int(text)
