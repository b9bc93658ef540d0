"""Sends what a record says is to be sent: stored before it is sent, struck out after.

Whoever is cut off in between sends it again in the next turn: at least once, and once where nothing fails.
"""

from __future__ import annotations

from dataclasses import replace

from ecs_gitops.model.errors import GitOpsError
from ecs_gitops.reconcile.turn import Turn


def notify(turn: Turn, due_at: float | None) -> None:
    """Send what is stored and not sent yet; `due_at` is when to look again once it is sent.

    What cannot be sent stays, and is tried again in a later turn.
    """
    topic, text = turn.controller.topic, turn.record.untold
    if topic is None or not text:
        return
    try:
        topic.publish(text)
    except GitOpsError:
        return
    turn.record = replace(turn.record, untold="", due_at=due_at)
    turn.save()
