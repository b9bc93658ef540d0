"""Token buckets as AWS's API families have them. Pure; the door asks none until a world is given some."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many calls at once, refilled at a steady rate."""

    size: float
    per_second: float
    tokens: float
    at: float

    @classmethod
    def full(cls, size: float, per_second: float, now: float) -> Bucket:
        """A bucket nobody has taken from."""
        return cls(size, per_second, size, now)

    def take(self, now: float) -> tuple[Bucket, bool]:
        """The bucket after one call at `now` (epoch seconds), and whether that call may pass."""
        tokens = min(self.size, self.tokens + max(0.0, now - self.at) * self.per_second)
        passes = tokens >= 1.0
        return replace(self, tokens=tokens - 1.0 if passes else tokens, at=now), passes
