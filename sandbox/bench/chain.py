"""The longest chain of requests that waited for one another, read off when they came to a door. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def longest_chain(arrivals: Iterable[float], journey: float) -> int:
    """How many requests followed one another, each sent after the one before had been answered.

    arrivals: moments at which requests came to the door; journey: how long each was on its way there.
    A request that was sent after an answer comes a journey later than what was answered, or more. Those
    that come closer together were under way at the same time. A busy machine can only make the chain
    look longer.
    """
    length, last = 0, float("-inf")
    for moment in sorted(arrivals):
        if moment - last >= journey:
            length, last = length + 1, moment
    return length
