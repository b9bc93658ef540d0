"""What is remembered of a source: its head, and how far it was read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """What is remembered of a source.

    head: the commit taken in whole last, None at first; sequence: of the newest read.
    looks_up: its manifests name what may change without a commit.
    seen, seen_at: the newest head the poll saw and since when; swept_at: of the last full sweep.
    """

    head: str | None = None
    sequence: int = 0
    seen: str | None = None
    seen_at: float = 0.0
    swept_at: float = 0.0
    looks_up: bool = True


def source_from(item: Mapping[str, Any]) -> Source:
    """A source's item; what it lacks was never known."""
    return Source(
        head=item["head"]["S"] if "head" in item else None,
        sequence=int(item["sequence"]["N"]) if "sequence" in item else 0,
        seen=item["seen"]["S"] if "seen" in item else None,
        seen_at=float(item["seen_at"]["N"]) if "seen_at" in item else 0.0,
        swept_at=float(item["swept_at"]["N"]) if "swept_at" in item else 0.0,
        looks_up=item["looks_up"]["BOOL"] if "looks_up" in item else True,
    )
