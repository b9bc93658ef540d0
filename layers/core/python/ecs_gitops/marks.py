"""Small facts that a record keeps: what was put back, who changed what, who asked for a pause. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heal:
    """Drift that was put back: when, and which fields; no fields means that they are not known."""

    at: float
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outside:
    """A call to ECS that was not ours, as CloudTrail told: `UpdateService by assumed-role/Admin/alice`."""

    what: str
    at: float


@dataclass(frozen=True, slots=True)
class Pause:
    """A person asked that nothing be applied `until` then: who, and why."""

    until: float
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """A turn in line for calls that ECS takes of us: from `at` on, `count` of them, in that bucket."""

    bucket: str
    count: int
    at: float
