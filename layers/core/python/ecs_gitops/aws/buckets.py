"""Token buckets in the table: one conditional write takes tokens, or books a turn in line for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.model.record import Booking
from ecs_gitops.plan import budget
from ecs_gitops.plan.budget import BUCKETS, Bucket, Claim, Costs, Seen, Urgency

_TRIES: Final = 6
_BUSY: Final = 1.0
"""Seconds to wait when others were quicker each time."""


class Buckets:
    """The buckets of this account and Region, all in one item, and what this process last saw of them."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._seen: dict[str, float] = {}

    def take(self, asked: Costs, urgency: Urgency, now: float, booked: Sequence[Booking] = ()) -> float:
        """Take all that a turn needs at once. 0.0: taken; else seconds until it may be there.

        One request where nobody else took since; none at all where what was seen tells that there is none.
        """
        if not asked:
            return 0.0
        now = round(now, 3)  # as it is stored
        for _ in range(_TRIES):
            found = budget.claims(asked, urgency, self._seen, booked, now)
            if seconds := budget.wait(found, now):
                return seconds
            if self._write(_taking(found, self._seen, now)):
                return 0.0
        return _BUSY

    def book(
        self, asked: Costs, urgency: Urgency, now: float, booked: Sequence[Booking] = ()
    ) -> tuple[Booking, ...]:
        """Turns in line for what could not be taken: those of `booked` that still come first, and new ones.

        () when nothing stands in the way any more, or others were quicker each time.
        """
        now = round(now, 3)
        for _ in range(_TRIES):
            found = budget.claims(asked, urgency, self._seen, booked, now)
            kept = tuple(each for each in booked if _is_kept(each, found))
            new = [claim for claim in found if claim.at > now and not claim.waits]
            if not new:
                return kept
            if self._write(_booking(new, self._seen, now)):
                return (*kept, *(_booked(claim, self._seen) for claim in new))
        return ()

    def give_back(self, unused: Costs, now: float) -> None:
        """What was taken and is not needed. Where a bucket is full meanwhile, there is nothing to give."""
        taken = {Bucket(family): count for family, count in unused.items()}
        self._less({bucket.full: bucket.price(count) for bucket, count in taken.items()}, now)

    def let_go(self, unused: Iterable[Booking], now: float) -> None:
        """Turns still to come that are not needed: those who book after this come so much sooner."""
        known = [(BUCKETS[each.bucket], each.count) for each in unused if each.bucket in BUCKETS]
        self._less({bucket.booked: bucket.price(count) for bucket, count in known}, now)

    def _less(self, prices: dict[str, float], now: float) -> None:
        """Bring moments forward, if they stay ahead of now."""
        update = _Update()
        for name, price in prices.items():
            update.expect(f"#{name} >= :least_{name}", name, **{f"least_{name}": round(now, 3) + price})
            update.let(f"#{name} = #{name} - :price_{name}", name, **{f"price_{name}": price})
        if prices:
            self._write(update)

    def _write(self, update: _Update) -> bool:
        done, seen = self._table.take(update.to_request())
        self._seen |= seen
        return done


@dataclass(slots=True)
class _Update:
    """An update of the item, as it is put together."""

    _sets: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _values: dict[str, float] = field(default_factory=dict)

    def let(self, expression: str, *names: str, **values: float) -> None:
        """One `#name = …`, the attributes it names and the values it uses."""
        self._sets.append(expression)
        self._use(names, values)

    def expect(self, condition: str, *names: str, **values: float) -> None:
        """One condition that must hold."""
        self._expected.append(condition)
        self._use(names, values)

    def to_request(self) -> dict[str, Any]:
        """What UpdateItem takes."""
        return {
            "UpdateExpression": "SET " + ", ".join(self._sets),
            "ConditionExpression": " AND ".join(self._expected),
            "ExpressionAttributeNames": {f"#{name}": name for name in sorted(self._names)},
            "ExpressionAttributeValues": {
                f":{name}": {"N": f"{value:.3f}"} for name, value in self._values.items()
            },
        }

    def _use(self, names: Iterable[str], values: dict[str, float]) -> None:
        self._names.update(names)
        self._values |= values


def _taking(found: Iterable[Claim], seen: Seen, now: float) -> _Update:
    """Holds only if the buckets are as they were seen: in use (add) or full (set), and nobody in line."""
    update = _Update()
    for claim in found:
        name, price = claim.bucket.full, claim.bucket.price(claim.count)
        if seen.get(name, 0.0) > now:
            latest = {f"latest_{name}": claim.bucket.latest(claim.count, now, depth=claim.depth)}
            update.expect(f"#{name} BETWEEN :now AND :latest_{name}", name, now=now, **latest)
            update.let(f"#{name} = #{name} + :price_{name}", name, **{f"price_{name}": price})
        else:
            update.expect(f"(attribute_not_exists(#{name}) OR #{name} <= :now)", name, now=now)
            update.let(f"#{name} = :full_{name}", name, **{f"full_{name}": now + price})
        if not claim.is_due:
            line = claim.bucket.booked
            update.expect(f"(attribute_not_exists(#{line}) OR #{line} <= :now)", line, now=now)
    return update


def _booking(new: Iterable[Claim], seen: Seen, now: float) -> _Update:
    """The next turn in each line: behind the others, or the first, by the bucket as it was seen."""
    update = _Update()
    for claim in new:
        line, full = claim.bucket.booked, claim.bucket.full
        price = claim.bucket.price(claim.count)
        if budget.is_in_line(claim.bucket, seen, now) and claim.at <= round(seen[line] + price, 3):
            update.expect(f"#{line} > :now", line, now=now)
            update.let(f"#{line} = #{line} + :price_{line}", line, **{f"price_{line}": price})
        else:
            update.expect(f"(attribute_not_exists(#{line}) OR #{line} <= :line_{line})", line)
            update.expect(f"#{full} = :seen_{full}", full, **{f"seen_{full}": seen.get(full, 0.0)})
            at = {f"at_{line}": claim.at, f"line_{line}": max(now, seen.get(line, 0.0))}
            update.let(f"#{line} = :at_{line}", line, **at)
    return update


def _is_kept(booking: Booking, found: Iterable[Claim]) -> bool:
    mine = (claim for claim in found if claim.waits or claim.is_due)
    return any(claim.bucket.full == booking.bucket for claim in mine)


def _booked(claim: Claim, seen: Seen) -> Booking:
    return Booking(claim.bucket.full, claim.count, seen[claim.bucket.booked])
