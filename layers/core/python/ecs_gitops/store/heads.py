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
    unreadable, unreadable_at: why the poll saw no head, and since when; "" while it sees one.
    notice, notice_at: what a person should know of the head that was read and of no service's; "" else.
    """

    head: str | None = None
    sequence: int = 0
    seen: str | None = None
    seen_at: float = 0.0
    swept_at: float = 0.0
    looks_up: bool = True
    unreadable: str = ""
    unreadable_at: float = 0.0
    notice: str = ""
    notice_at: float = 0.0

    @property
    def troubles(self) -> list[tuple[str, float]]:
        """What a person should mend, and since when (seconds)."""
        found = [(self.unreadable, self.unreadable_at), (self.notice, self.notice_at)]
        return [(text, since) for text, since in found if text]


def source_from(item: Mapping[str, Any]) -> Source:
    """A source's item; what it lacks was never known."""
    return Source(
        head=item["head"]["S"] if "head" in item else None,
        sequence=int(item["sequence"]["N"]) if "sequence" in item else 0,
        seen=item["seen"]["S"] if "seen" in item else None,
        seen_at=float(item["seen_at"]["N"]) if "seen_at" in item else 0.0,
        swept_at=float(item["swept_at"]["N"]) if "swept_at" in item else 0.0,
        looks_up=item["looks_up"]["BOOL"] if "looks_up" in item else True,
        unreadable=item["unreadable"]["S"] if "unreadable" in item else "",
        unreadable_at=float(item["unreadable_at"]["N"]) if "unreadable_at" in item else 0.0,
        notice=item["notice"]["S"] if "notice" in item else "",
        notice_at=float(item["notice_at"]["N"]) if "notice_at" in item else 0.0,
    )
