"""What AWS itself does in a role's name: rights that no line of ours uses, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandbox.front.grants import Grant


@dataclass(frozen=True)
class Errand:
    """Actions that AWS does for a function, and the statements (Sid) that let it."""

    sids: tuple[str, ...]
    actions: tuple[str, ...]
    why: str

    def covers(self, grant: Grant) -> bool:
        """Whether a grant is for this."""
        return grant.statement.rpartition("/")[2] in self.sids and grant.action in self.actions


ONLY_AWS = (
    Errand(
        ("WriteLogs",),
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        "Lambda writes what the function prints to its log group",
    ),
    Errand(
        ("TakeSourceMessages", "TakeServiceMessages", "TakeTimerMessages"),
        ("sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
        "Lambda polls the queue, and deletes what the function has handled",
    ),
    Errand(
        ("KeepDeadLetters",),
        ("sqs:SendMessage",),
        "Lambda keeps an event that the function failed to take in three times",
    ),
)


def left_to_aws(grants: Iterable[Grant]) -> frozenset[Grant]:
    """The grants that this list gives a reason for."""
    return frozenset(grant for grant in grants if any(each.covers(grant) for each in ONLY_AWS))


def as_table() -> Iterator[str]:
    """The list as `docs/security.md` shows it."""
    yield "| statement | only AWS needs | for |"
    yield "|---|---|---|"
    for each in ONLY_AWS:
        sids = ", ".join(f"`{sid}`" for sid in each.sids)
        yield f"| {sids} | {', '.join(f'`{action}`' for action in each.actions)} | {each.why} |"
