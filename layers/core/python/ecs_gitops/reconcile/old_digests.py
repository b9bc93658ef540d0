"""Attempts and quarantine entries of an older release that no statement remembered tells the name of."""

from __future__ import annotations

from ecs_gitops.model.errors import TerminalError
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.rollout.upgrade import renamed_as_described, unnamed

_ATTEMPTS_READ = 100


def name_old_digests(turn: Turn) -> None:
    """Know what failed by what it ran: the revision that its attempt registered says so.

    Once after an upgrade, for services whose statement changed in between; it starts and lifts nothing.
    """
    left = unnamed(turn.record)
    if not left or turn.desired.stated is None:
        return
    open_ones = (turn.record.attempt, turn.record.replaced)
    known = [
        *(each for each in open_ones if each),
        *turn.controller.table.attempts(turn.key, _ATTEMPTS_READ),
    ]
    arns = {each.digest: each.task_definition_arn for each in known if each.digest in left}
    found = {}
    for digest, arn in arns.items():
        if arn is None:
            continue
        try:
            found[digest] = turn.controller.ecs.task_definition(arn)
        except TerminalError:
            continue  # it is deleted: nothing can be rolled out of it again
    turn.record = renamed_as_described(turn.record, found, turn.desired.stated)
