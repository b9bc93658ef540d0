"""One figure of the benchmarks, beside its floor from the same run and the goal it is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """name: what was measured; value, floor and goal in `unit`; smaller is better.

    floor: what no program could beat, or what somebody would use instead; None where there is none.
    goal: None where the figure is only stated.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    goal: float | None = None

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.goal is None or self.value <= self.goal
