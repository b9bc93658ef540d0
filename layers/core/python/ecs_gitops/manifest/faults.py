"""What is wrong with a manifest: one value per fault, with the place and what was expected. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ecs_gitops.model.vocabulary import Reason

Path = tuple[str | int, ...]

MOST_SAID = 500
"""Characters of a fault's path, message or hint that are told."""


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
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")
