"""Takes old revisions of ours out of use, a few after each success, from what is left of the API budget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ecs_gitops.model.errors import GitOpsError
from ecs_gitops.plan.budget import Family, Urgency
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.resources.tags import is_ours
from ecs_gitops.rollout.retention import in_use, to_retire

if TYPE_CHECKING:
    from ecs_gitops.model.record import Attempt

_ATTEMPTS_READ: Final = 100


def retire(turn: Turn) -> None:
    """After a success: deregister what is older than the last ten. What fails is left for the next one."""
    try:
        table = turn.controller.table
        old = to_retire(table.attempts(turn.key, _ATTEMPTS_READ), in_use(turn.live, turn.record))
        asked = {Family.TASK_DEFINITIONS: len(old)}
        if not old or turn.controller.budget.take(asked, Urgency.SPARE, turn.now):
            return
        for attempt in old:
            _retire(attempt, turn)
    except GitOpsError:
        return  # the next success comes by here again; `ecs-gitops doctor` names a right that is missing


def _retire(attempt: Attempt, turn: Turn) -> None:
    arn = attempt.task_definition_arn or ""
    revision = turn.controller.ecs.task_definition(arn)
    if revision.get("status") == "ACTIVE" and is_ours(revision, turn.controller.settings.install):
        turn.controller.ecs.deregister(arn)
    turn.controller.table.put_attempt(turn.key, replace(attempt, retired=True))
