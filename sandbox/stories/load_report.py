"""What became of a load, computed from the lines its generator wrote and from nothing else. Pure."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Seen:
    """One version: how often it answered; epoch seconds of the first and last such request's start."""

    count: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Report:
    """A whole load.

    causes: why requests failed: timeout, connection (no complete answer), status (≥ 500), body (of no
        expected version) → how many.
    rate: arrivals per second, as achieved. `late_ms`: the latest start against its due time.
    new: how many opened a connection of their own.
    """

    requests: int
    failed: int
    causes: Mapping[str, int]
    versions: Mapping[str, Seen]
    percentiles_ms: Mapping[int, float]
    rate: float
    late_ms: float
    new: int

    def overlapped(self, one: str, other: str) -> bool:
        """Were both versions seen side by side: did the one still answer after the other first did?"""
        if one not in self.versions or other not in self.versions:
            return False
        return self.versions[other].first < self.versions[one].last

    def __str__(self) -> str:
        seen = ", ".join(f"{version} {it.count}" for version, it in self.versions.items()) or "none"
        why = ", ".join(f"{count} {cause}" for cause, count in self.causes.items())
        return (
            f"{self.requests} requests ({self.new} on new connections) at {self.rate:.1f}/s, "
            f"{self.failed} failed{f' ({why})' if why else ''}; versions: {seen}; "
            + ", ".join(f"p{share} {ms:.0f} ms" for share, ms in self.percentiles_ms.items())
        )


def report(lines: Iterable[str]) -> Report:
    """The lines of one load → what became of it. Raises ValueError on a line that is not whole."""
    entries = sorted((json.loads(line) for line in lines), key=lambda entry: entry["at"])
    causes = Counter(cause for entry in entries if (cause := cause_of(entry)))
    return Report(
        requests=len(entries),
        failed=causes.total(),
        causes=dict(causes.most_common()),
        versions=_versions(entries),
        percentiles_ms=_percentiles([entry["ms"] for entry in entries]),
        rate=_rate(entries),
        late_ms=max((entry["late_ms"] for entry in entries), default=0.0),
        new=sum(entry["connection"] == "new" for entry in entries),
    )


def cause_of(entry: Mapping[str, Any]) -> str:
    """Why a request failed; "" when it did not."""
    if entry["error"]:
        return "timeout" if entry["error"] == "timeout" else "connection"
    if entry["status"] >= 500:
        return "status"
    return "" if entry["version"] is not None else "body"


def _versions(entries: Iterable[Mapping[str, Any]]) -> dict[str, Seen]:
    """In the order they were first seen; only whole good answers count."""
    seen: dict[str, Seen] = {}
    for entry in entries:
        if cause_of(entry):
            continue
        before = seen.get(entry["version"], Seen(0, entry["at"], entry["at"]))
        seen[entry["version"]] = Seen(before.count + 1, before.first, entry["at"])
    return seen


def _percentiles(times: list[float]) -> dict[int, float]:
    """Nearest rank: a time that really was measured."""
    ordered = sorted(times)
    return {
        share: ordered[math.ceil(len(ordered) * share / 100) - 1] for share in (50, 90, 99, 100) if ordered
    }


def _rate(entries: list[Mapping[str, Any]]) -> float:
    span = entries[-1]["at"] - entries[0]["at"] if len(entries) > 1 else 0.0
    return (len(entries) - 1) / span if span > 0 else 0.0
