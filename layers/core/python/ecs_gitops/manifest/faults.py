"""What is wrong with a manifest: one value per fault, with the place and what was expected. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.resources.finding import MOST_FOUND

Path = tuple[str | int, ...]

MOST_SAID = 500
"""Characters of a fault's path, message or hint that are told."""

MOST_FAULTS = MOST_FOUND
"""Faults of one manifest that are told; of warnings as many."""

_MOST_OF_ONE = 200
"""Characters that are told of one key or value: each may be as long as a file, a fault in each line."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that a person must mend, or with `warning` should look at.

    line, column: counted from 1; 0 when the fault is about the file as a whole.
    path: the place inside the document, as `dotted` writes it.
    reason: INVALID_MANIFEST, or REFERENCE_UNAVAILABLE when only a look-up failed.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    expected: str = ""
    suggestion: str = ""
    warning: bool = False
    reason: Reason = Reason.INVALID_MANIFEST

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        parts = (
            [place, _short(self.path), _short(self.message)] if self.path else [place, _short(self.message)]
        )
        hints = [f"expected {_short(self.expected)}"] if self.expected else []
        hints += [f"did you mean {_short(self.suggestion)}?"] if self.suggestion else []
        return ": ".join(parts) + (f" ({'; '.join(hints)})" if hints else "")


class UnreadableError(Exception):
    """Parsing cannot go on; `fault` says why and where. Never leaves this package."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def _short(text: str) -> str:
    """What a manifest says may be a megabyte long; what is said of it must fit in a record.

    Nor may it steer the terminal that shows it.
    """
    said = text if len(text) <= MOST_SAID else f"{text[:MOST_SAID]}… ({len(text):,} characters)"
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in said)


def dotted(path: Path) -> str:
    """`("containerDefinitions", 0, "image")` → `containerDefinitions[0].image`."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{cut(step)}" for step in path]
    return "".join(steps).removeprefix(".")


def cut(text: str) -> str:
    """What is told of a key or value among other things."""
    return text if len(text) <= _MOST_OF_ONE else f"{text[:_MOST_OF_ONE]}…"


def told(faults: Iterable[Fault], file: str) -> list[Fault]:
    """The faults of the manifest at `file`, in order, as many as anybody reads, and a word of more."""
    kept: list[Fault] = []
    number = {True: 0, False: 0}
    for fault in faults:
        number[fault.warning] += 1
        if number[fault.warning] <= MOST_FAULTS:
            kept.append(fault)
    if number[False] > MOST_FAULTS:
        kept.append(Fault(file, 0, 0, "", f"has more than {MOST_FAULTS} faults; mend these first"))
    if number[True] > MOST_FAULTS:
        kept.append(Fault(file, 0, 0, "", f"has more than {MOST_FAULTS} warnings", warning=True))
    return kept
