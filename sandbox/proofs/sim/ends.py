"""All that was done and told in one story, as a digest: two builds that behave alike end alike. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sandbox.proofs.sim.play import Played, Told
from sandbox.proofs.sim.truth import BY_HAND, calls, rollouts

NAMES_AN_ATTEMPT = ("clientToken",)
"""Of a request: rests on how often a record was written, and not on what was done."""


def digest(played: Played) -> str:
    """SHA-256 over every change of ECS, every deployment's course, every attempt, and what is told."""
    said = [*_done(played), *(_told(name, told) for name, told in sorted(played.told.items()))]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _done(played: Played) -> Iterator[Any]:
    for call in calls(played.journal):
        if not call.by_hand:
            sent = {name: value for name, value in call.params.items() if name not in NAMES_AN_ATTEMPT}
            yield [round(call.at, 1), call.action, sent]
    for each in rollouts(played.journal):
        statuses = [(round(at, 1), status) for at, status in each.statuses]
        yield [each.service, each.revision, each.by == BY_HAND, statuses]


def _told(name: str, told: Told) -> list[Any]:
    status = told.record.status
    attempts = [
        (round(each.started_at, 1), each.commit, each.task_definition_arn, each.outcome, each.message)
        for each in sorted(told.attempts, key=lambda each: each.started_at)
    ]
    said = [status.sync, status.health, status.reason, status.message] if status else []
    return [name, said, attempts, [(each.event, each.message) for each in told.history]]
