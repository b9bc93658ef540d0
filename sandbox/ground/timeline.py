"""Everything of the sandbox that happens later, in order. Pure: it reads no clock and starts no thread."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

Action = Callable[[], None]


@dataclass(order=True, slots=True)
class Entry:
    """One action that is due at a moment; entries of one moment run in the order they were made."""

    due: float
    number: int
    action: Action = field(compare=False)
    name: str = field(compare=False, default="")
    cancelled: bool = field(compare=False, default=False)

    def cancel(self) -> None:
        """Make it never run; harmless when it has run already."""
        self.cancelled = True


class Timeline:
    """The sandbox's time (epoch seconds) and what is due in it.

    `now` only ever moves forward, and never past something due that has not run: whoever looks at it
    sees causes before effects.
    """

    def __init__(self, start: float) -> None:
        self.now = start
        self._entries: list[Entry] = []
        self._made = 0

    def after(self, seconds: float, action: Action, name: str = "") -> Entry:
        """Run `action` so many seconds from now (a negative wait is none)."""
        self._made += 1
        entry = Entry(self.now + max(0.0, seconds), self._made, action, name)
        heapq.heappush(self._entries, entry)
        return entry

    def next_due(self) -> float | None:
        """When the next action is due; None when nothing is."""
        while self._entries and self._entries[0].cancelled:
            heapq.heappop(self._entries)
        return self._entries[0].due if self._entries else None

    def run_next(self) -> Entry:
        """Move to the next action and run it. Raises IndexError when nothing is due."""
        if self.next_due() is None:
            raise IndexError("cannot run the next action: nothing is due")
        entry = heapq.heappop(self._entries)
        self.now = max(self.now, entry.due)
        entry.action()
        return entry

    def run_to(self, moment: float) -> None:
        """Run all that is due up to a moment, what those actions make due included, and stand there."""
        while (due := self.next_due()) is not None and due <= moment:
            self.run_next()
        self.now = max(self.now, moment)

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.run_to(self.now + seconds)

    def reach(self, moment: float) -> None:
        """Move the clock alone, as far as the next due action allows: for a clock that runs by itself."""
        due = self.next_due()
        self.now = max(self.now, moment if due is None else min(moment, due))

    def waiting(self) -> tuple[Entry, ...]:
        """What is due, soonest first; for people who ask why a world stands still."""
        return tuple(sorted(entry for entry in self._entries if not entry.cancelled))
