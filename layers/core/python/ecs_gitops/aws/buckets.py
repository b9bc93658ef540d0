"""Token buckets in the table: tokens are taken by one conditional write, before the calls they are for."""

from __future__ import annotations

from typing import Any, Final

from ecs_gitops import budget
from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.budget import Costs, Family, Urgency

_TRIES: Final = 4
_BUSY: Final = 1.0
"""Seconds to wait when others were quicker each time."""


class Buckets:
    """The buckets of this account and Region, all in one item, and what this process last saw of them."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._full_at: dict[Family, float] = {}

    def take(self, asked: Costs, urgency: Urgency, now: float) -> float:
        """Take all that a turn needs at once. 0.0: taken; else seconds until it may be there.

        One request where nobody else took since; none at all where what was seen tells that there is none.
        """
        if not asked:
            return 0.0
        now = round(now, 3)  # as it is stored
        for _ in range(_TRIES):
            seconds = budget.wait(self._full_at, asked, urgency, now)
            if seconds:
                return seconds
            taken, seen = self._table.take(_request(self._full_at, asked, urgency, now))
            self._full_at |= seen
            if taken:
                return 0.0
        return _BUSY

    def give_back(self, unused: Costs, now: float) -> None:
        """What was taken and is not needed. Where a bucket is full meanwhile, there is nothing to give."""
        if not unused:
            return
        now = round(now, 3)
        names = {f"#{family}": family.value for family in unused}
        prices = {f":{family}": budget.price(family, count) for family, count in unused.items()}
        least = {f":l_{family}": now + prices[f":{family}"] for family in unused}
        update = {
            "UpdateExpression": "SET " + ", ".join(f"#{each} = #{each} - :{each}" for each in unused),
            "ConditionExpression": " AND ".join(f"#{each} >= :l_{each}" for each in unused),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {
                name: {"N": f"{value:.3f}"} for name, value in (prices | least).items()
            },
        }
        _, seen = self._table.take(update)
        self._full_at |= seen


def _request(full_at: dict[Family, float], asked: Costs, urgency: Urgency, now: float) -> dict[str, Any]:
    """An update that holds only if the buckets are as they were seen: in use (add), or full (set)."""
    sets, conditions = [], []
    names = {f"#{family}": family.value for family in asked}
    values: dict[str, float] = {":now": now}
    for family, count in asked.items():
        price = budget.price(family, count)
        if full_at.get(family, 0.0) > now:
            sets.append(f"#{family} = #{family} + :p_{family}")
            conditions.append(f"#{family} BETWEEN :now AND :l_{family}")
            values |= {f":p_{family}": price, f":l_{family}": budget.latest(family, count, urgency, now)}
        else:
            sets.append(f"#{family} = :f_{family}")
            conditions.append(f"(attribute_not_exists(#{family}) OR #{family} <= :now)")
            values[f":f_{family}"] = now + price
    return {
        "UpdateExpression": "SET " + ", ".join(sets),
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {name: {"N": f"{value:.3f}"} for name, value in values.items()},
    }
