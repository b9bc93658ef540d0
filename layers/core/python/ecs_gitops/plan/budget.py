"""The API budget: how many changing calls ECS takes of us, and who makes the next ones when. Pure.

A bucket is remembered as two moments (seconds): `full`, when it will be full again, and `booked`, the last
turn in line that was given to somebody. Adding to a number is a write that needs no read, so that many
turns at once may take from one bucket, and stand in one line. What was taken is counted when it is spent:
whoever comes late, or never, leaves AWS's bucket fuller and never emptier than we think.
Source of the rates: ECS's "Request throttling for the Amazon ECS API", per account and Region.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ecs_gitops.model.actions import Action, CreateService, Prune, Reconfigure, RollOut
from ecs_gitops.model.record import Booking


class Family(StrEnum):
    """ECS operations that share a bucket."""

    TASK_DEFINITIONS = "task_definitions"
    """RegisterTaskDefinition, DeregisterTaskDefinition."""
    SERVICES = "services"
    """CreateService, UpdateService, DeleteService."""


class Urgency(StrEnum):
    """Who may take from which bucket, and how deep."""

    ROLLBACK = "rollback"
    ORDINARY = "ordinary"
    SPARE = "spare"
    """What may as well be done another day."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket that holds `burst` tokens and gains `per_second`."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """One of the two that a family has: for everybody, or `kept` for going back."""

    family: Family
    kept: bool = False

    @property
    def full(self) -> str:
        """Its name, and that of the moment at which it is full again."""
        return f"{self.family}_kept" if self.kept else self.family.value

    @property
    def booked(self) -> str:
        """The name of the moment of the last turn in its line."""
        return f"{self.full}_booked"

    @property
    def rate(self) -> Rate:
        """What it holds and gains."""
        aws = AWS[self.family]
        if self.kept:
            return Rate(aws.burst * SHARE * KEPT, aws.per_second * LENT)
        return Rate(aws.burst * SHARE * (1 - KEPT), aws.per_second * SHARE)

    def price(self, count: int) -> float:
        """Seconds by which taking `count` tokens puts off the moment at which the bucket is full."""
        return count / self.rate.per_second

    def latest(self, count: int, now: float, *, depth: float = 1.0) -> float:
        """Full by then, the bucket has `count` tokens at `now` for who may take that part of it."""
        return now + (self.rate.burst * depth - count) / self.rate.per_second


AWS: Final[Mapping[Family, Rate]] = {
    Family.TASK_DEFINITIONS: Rate(20, 1),
    Family.SERVICES: Rate(50, 5),
}

SHARE: Final = 0.8
"""Ours; a fifth is left to consoles, pipelines and other installs."""

KEPT: Final = 0.25
"""The part of our share of a full bucket that is for going back alone."""

LENT: Final = 0.1
"""The part of AWS's rate at which what is kept comes again: half of what is left to others.

Taken from ours, it would slow down every large commit; taken from nobody, it would come again only when
the line has ended, minutes later.
"""

DEBT: Final = 2
"""Tokens beyond what a bucket holds that whoever booked may take: what a repeated call took meanwhile
shall not send the next ones in line back to its end. It comes from what is left to others."""

BUCKETS: Final = {
    bucket.full: bucket for family in Family for bucket in (Bucket(family), Bucket(family, kept=True))
}
"""Every bucket by its name."""

_DEPTH: Final = {Urgency.ROLLBACK: 1.0, Urgency.ORDINARY: 1.0, Urgency.SPARE: 1 / 3}

_LEAST: Final = 0.001
"""Seconds; moments are stored in thousandths."""

Costs = Mapping[Family, int]
"""Calls of each family that a turn is about to make."""

Seen = Mapping[str, float]
"""The moments of all buckets by their names, as they were seen last."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a turn asks of one bucket, and the moment at which it may have it.

    is_due: by a booking whose moment has come, so that it stands in no line. waits: by one yet to come.
    depth: the part of the bucket that it may take from.
    """

    bucket: Bucket
    count: int
    at: float
    is_due: bool = False
    waits: bool = False
    depth: float = 1.0


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


def claims(
    asked: Costs, urgency: Urgency, seen: Seen, booked: Sequence[Booking], now: float
) -> tuple[Claim, ...]:
    """For each family the bucket that has it first; a booking that comes first is kept to."""
    return tuple(_claim(family, count, urgency, seen, booked, now) for family, count in asked.items())


def wait(found: Iterable[Claim], now: float) -> float:
    """Seconds until every claim is granted; 0.0 when they are now."""
    return max((claim.at - now for claim in found), default=0.0)


def is_in_line(bucket: Bucket, seen: Seen, now: float) -> bool:
    """Somebody's turn is still to come: newcomers stand behind."""
    return seen.get(bucket.booked, 0.0) > now


def _claim(
    family: Family, count: int, urgency: Urgency, seen: Seen, booked: Sequence[Booking], now: float
) -> Claim:
    mine = {each.bucket: each for each in booked}
    found = [
        _of_bucket(bucket, count, urgency, seen, mine.get(bucket.full), now)
        for bucket in _buckets(family, urgency)
    ]
    return min(found, key=lambda claim: claim.at)


def _buckets(family: Family, urgency: Urgency) -> Iterator[Bucket]:
    yield Bucket(family)
    if urgency is Urgency.ROLLBACK:
        yield Bucket(family, kept=True)


def _of_bucket(
    bucket: Bucket, count: int, urgency: Urgency, seen: Seen, mine: Booking | None, now: float
) -> Claim:
    if mine is not None and mine.at > now:
        return Claim(bucket, count, mine.at, waits=True)
    depth = _DEPTH[urgency] if mine is None else 1 + DEBT / bucket.rate.burst
    there = _there(bucket, count, seen, now, depth)
    if mine is not None and there == now:
        return Claim(bucket, count, now, is_due=True, depth=depth)
    if is_in_line(bucket, seen, now):
        there = max(there, seen[bucket.booked] + bucket.price(count))
    return Claim(bucket, count, there, depth=depth)


def _there(bucket: Bucket, count: int, seen: Seen, now: float, depth: float) -> float:
    """From when on the bucket has so many tokens."""
    late = seen.get(bucket.full, 0.0) - bucket.latest(count, now, depth=depth)
    return now + late if late >= _LEAST else now
