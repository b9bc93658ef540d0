"""One thing that is wrong with a request, whoever found it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Where a value stands inside a document."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a request, at its path, with what was expected and meant.

    rule: the id of the AWS rule that says so; "" when botocore's model does.
    missing: the member that is not there; unknown: the path's last key is none that AWS knows.
    """

    path: Path
    message: str
    expected: str = ""
    suggestion: str = ""
    warning: bool = False
    rule: str = ""
    missing: str = field(default="", compare=False)
    unknown: bool = field(default=False, compare=False)


MOST_FOUND = 100
"""Faults that are looked for: nobody reads more, and each may take a while to word."""


def few(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The first faults and warnings, one more of each than are told where there are more.

    Nothing is looked for after the last of these faults; warnings never hide a fault.
    """
    faults = warnings = 0
    for finding in findings:
        if finding.warning:
            warnings += 1
            if warnings > MOST_FOUND + 1:
                continue
        else:
            faults += 1
        yield finding
        if faults > MOST_FOUND:
            return
