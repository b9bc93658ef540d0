"""What is remembered of a source: its head, how far it was read, and what stood in the way. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

UNREAD: Final = "unread"
UNREADABLE: Final = "unreadable"
LATE: Final = "late"
NOTICE: Final = "notice"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a person should mend of a source: which of its facts, since when (seconds), at which commit."""

    what: str
    message: str
    since: float
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What is remembered of a source. All times in seconds.

    head: the commit taken in whole last, None at first; sequence: of the newest read.
    looks_up: its manifests name what may change without a commit.
    seen, seen_at: the newest head the poll saw and since when; swept_at: of the last full sweep.
    unreadable, unreadable_at: why the poll saw no head, and since when; "" while it sees one.
    late, late_at: what the poll says of a head that was seen long ago and is not taken in; "" else.
    unread, unread_at, unread_commit: why the newest reading failed, since the first that did, and what it
    read as far as that is known; "" once a reading succeeded, whatever the poll sees.
    notice, notice_at: what a person should know of the head that was read and of no service's; "" else.
    told: which trouble people were notified of; "" when they were told that it is over.
    """

    head: str | None = None
    sequence: int = 0
    seen: str | None = None
    seen_at: float = 0.0
    swept_at: float = 0.0
    looks_up: bool = True
    unreadable: str = ""
    unreadable_at: float = 0.0
    late: str = ""
    late_at: float = 0.0
    unread: str = ""
    unread_at: float = 0.0
    unread_commit: str = ""
    notice: str = ""
    notice_at: float = 0.0
    told: str = ""

    @property
    def troubles(self) -> list[Trouble]:
        """What a person should mend; what stops the poll and the reading alike is told once."""
        found = [*self.stops, Trouble(NOTICE, self.notice, self.notice_at, self.head or "")]
        return [trouble for trouble in found if trouble.message]

    @property
    def stops(self) -> list[Trouble]:
        """Those for which what Git says now is not taken in."""
        is_same = bool(self.unreadable) and self.unreadable in self.unread
        found = [
            Trouble(UNREADABLE, self.unreadable, self.unreadable_at),
            Trouble(UNREAD, "" if is_same else self.unread, self.unread_at, self.unread_commit),
            Trouble(LATE, "" if self.unread else self.late, self.late_at, self.seen or ""),
        ]
        return [trouble for trouble in found if trouble.message]


def source_from(item: Mapping[str, Any]) -> Source:
    """A source's item; what it lacks, or holds in another form than ours, was never known."""
    found = {name: read(item[name]) for name, read in _MEMBERS.items() if name in item}
    return Source(**{name: value for name, value in found.items() if value is not None})


def damaged(item: Mapping[str, Any]) -> str:
    """The members of a source's item that are in another form than ours, as one text; "" when none is."""
    names = [name for name, read in _MEMBERS.items() if name in item and read(item[name]) is None]
    return ", ".join(names)


FORGET_UNREAD: Final = " REMOVE unread, unread_at, unread_commit"
"""The end of the update of a reading that succeeded."""


def unread_values(trouble: Trouble, sequence: int) -> tuple[str, dict[str, Any], str]:
    """Update, values and condition by which the failure of a reading is kept, since the first that did.

    What a later reading took in is not said to be unread by an earlier one.
    """
    values = {
        ":unread": {"S": trouble.message},
        ":commit": {"S": trouble.commit},
        ":since": {"N": f"{trouble.since:.3f}"},
        ":sequence": {"N": str(sequence)},
    }
    since = "unread_at = if_not_exists(unread_at, :since)"
    update = f"SET unread = :unread, unread_commit = :commit, {since}"
    return update, values, "attribute_not_exists(head_sequence) OR head_sequence < :sequence"


def _text(value: Mapping[str, Any]) -> str | None:
    return value.get("S")


def _number(value: Mapping[str, Any]) -> float | None:
    return float(value["N"]) if "N" in value else None


def _whole(value: Mapping[str, Any]) -> int | None:
    return int(float(value["N"])) if "N" in value else None


def _truth(value: Mapping[str, Any]) -> bool | None:
    return value.get("BOOL")


_MEMBERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "head": _text,
    "sequence": _whole,
    "seen": _text,
    "seen_at": _number,
    "swept_at": _number,
    "looks_up": _truth,
    "unreadable": _text,
    "unreadable_at": _number,
    "late": _text,
    "late_at": _number,
    "unread": _text,
    "unread_at": _number,
    "unread_commit": _text,
    "notice": _text,
    "notice_at": _number,
    "told": _text,
}
