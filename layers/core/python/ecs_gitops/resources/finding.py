"""One thing that is wrong with a request, whoever found it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where a value stands inside a document."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a request, at its path, with what was expected and meant.

    rule: the id of the AWS rule that says so; "" when botocore's model does.
    """

    path: Path
    message: str
    expected: str = ""
    suggestion: str = ""
    warning: bool = False
    rule: str = ""
