"""What happened in a world, in order: requests at the door, events, invocations, rollouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One thing that happened; `at` is the world's time in epoch seconds."""

    at: float
    kind: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.at:.3f} {self.kind} {str(dict(self.detail))[:300]}"
