"""One thing that is wrong with a request, whoever found it. Pure."""

from __future__ import annotations

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
