"""The API budget: how many changing calls ECS takes of us, and when it takes the next. Pure.

A bucket is remembered as one number: the moment (seconds) at which it will be full again. Adding to a
number is a write that needs no read, so that many turns at once may take from one bucket.
Source of the rates: ECS's "Request throttling for the Amazon ECS API", per account and Region.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ecs_gitops.actions import Action, CreateService, Prune, Reconfigure, RollOut
from ecs_gitops.model import ServiceKey

JITTER: Final = 60.0
"""Seconds over which those who wait for a token come back."""


class Family(StrEnum):
    """ECS operations that share a bucket."""

    TASK_DEFINITIONS = "task_definitions"
    """RegisterTaskDefinition, DeregisterTaskDefinition."""
    SERVICES = "services"
    """CreateService, UpdateService, DeleteService."""


class Urgency(StrEnum):
    """Who may take how deep from a bucket."""

    ROLLBACK = "rollback"
    ORDINARY = "ordinary"
    SPARE = "spare"
    """What may as well be done another day."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket that holds `burst` tokens and gains `per_second`."""

    burst: float
    per_second: float


AWS: Final[Mapping[Family, Rate]] = {
    Family.TASK_DEFINITIONS: Rate(20, 1),
    Family.SERVICES: Rate(50, 5),
}
SHARE: Final = 0.8
"""Ours; a fifth is left to consoles, pipelines and other installs."""

OURS: Final = {family: Rate(rate.burst * SHARE, rate.per_second * SHARE) for family, rate in AWS.items()}

KEPT: Final = {Urgency.ROLLBACK: 0.0, Urgency.ORDINARY: 0.25, Urgency.SPARE: 0.75}
"""The part of a bucket that each leaves to those before it."""

_LEAST: Final = 0.001
"""Seconds; moments are stored in thousandths."""

Costs = Mapping[Family, int]
"""Calls of each family that a turn is about to make."""


def costs(actions: Iterable[Action], *, is_registered: bool = False) -> Costs:
    """What these steps will take. `is_registered`: the attempt has its revision already."""
    found: dict[Family, int] = {}
    for action in actions:
        if isinstance(action, CreateService) or (isinstance(action, RollOut) and action.register):
            found[Family.TASK_DEFINITIONS] = 0 if is_registered else 1
        if isinstance(action, CreateService | RollOut | Prune) or (
            isinstance(action, Reconfigure) and action.fields
        ):
            found[Family.SERVICES] = found.get(Family.SERVICES, 0) + 1
    return {family: count for family, count in found.items() if count}


def without(asked: Costs, taken: Costs) -> Costs:
    """What is left to take of `asked` once `taken` was."""
    left = {family: count - taken.get(family, 0) for family, count in asked.items()}
    return {family: count for family, count in left.items() if count > 0}


def price(family: Family, count: int) -> float:
    """Seconds by which taking `count` tokens puts off the moment at which the bucket is full."""
    return count / OURS[family].per_second


def latest(family: Family, count: int, urgency: Urgency, now: float) -> float:
    """A bucket that will be full by then has `count` tokens for this urgency at `now`."""
    rate = OURS[family]
    return now + (rate.burst * (1 - KEPT[urgency]) - count) / rate.per_second


def wait(full_at: Mapping[Family, float], asked: Costs, urgency: Urgency, now: float) -> float:
    """Seconds until every bucket has what is asked of it; 0.0 when they have it now."""
    waits = (
        full_at.get(family, 0.0) - latest(family, count, urgency, now) for family, count in asked.items()
    )
    longest = max(0.0, *waits, 0.0)
    return longest if longest >= _LEAST else 0.0


def come_back(key: ServiceKey, seconds: float, now: float) -> float:
    """When a turn that found no token tries again: each service at another moment, the same each time."""
    spread = int(hashlib.sha256(f"{key}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return now + seconds + spread * JITTER
