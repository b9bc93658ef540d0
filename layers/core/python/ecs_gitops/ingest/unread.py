"""Why a reading of a source failed → what is kept with the source, until a reading succeeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecs_gitops.model.errors import GitOpsError
from ecs_gitops.store.heads import UNREAD, Trouble

if TYPE_CHECKING:
    from ecs_gitops.aws.dynamodb import Table

_LONGEST: Final = 2000
"""Characters that are kept of a reason."""


def keep(records: Table, source: str, error: Exception, *, commit: str, sequence: int, now: float) -> None:
    """Keep why a reading failed, foreseen or not; what cannot be kept is raised again by the caller anyway.

    commit: what was read, as far as is known, or "". sequence: of the reading. now: seconds.
    """
    trouble = Trouble(UNREAD, _said(error, commit), now, commit)
    try:
        records.put_unread(source, trouble, sequence)
    except GitOpsError:
        return  # the table does not answer, or a later reading succeeded meanwhile


def _said(error: Exception, commit: str) -> str:
    what = f"Commit {commit[:7]}" if commit else "The branch's head"
    reason = str(error)
    if not isinstance(error, GitOpsError):
        kind = type(error).__name__
        reason = (
            f"{kind}: {reason[:500]}. This is a bug of ecs-gitops: please report it, with what the log of "
            "config_push says"
        )
    return f"{what} is not taken in: {reason[:_LONGEST]}"
