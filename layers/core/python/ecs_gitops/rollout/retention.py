"""Which revisions are kept: the last ten that Succeeded, and whatever is in use. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Final

from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Attempt, Record
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.resources import service as ecs_service

KEPT: Final = 10
"""Revisions that Succeeded and stay: one can go back to them."""

A_TURN: Final = 3
"""Revisions that a turn takes out of use at most; a success brings one, so none pile up."""


def to_retire(attempts: Sequence[Attempt], in_use: Set[str]) -> list[Attempt]:
    """The attempts whose revisions may go, oldest first. `attempts`: this service's own, newest first.

    Only what is older than the tenth success before now: what failed since may still be looked into.
    """
    succeeded = list(_succeeded(attempts))
    if len(succeeded) < KEPT:
        return []
    kept = in_use | {arn for arn, _ in succeeded[:KEPT]}
    oldest_kept = succeeded[KEPT - 1][1].started_at
    old = [
        each
        for each in attempts
        if each.started_at < oldest_kept
        and each.task_definition_arn not in kept
        and each.task_definition_arn is not None
        and not each.retired
    ]
    return old[::-1][:A_TURN]


def in_use(live: Live, record: Record) -> frozenset[str]:
    """Task definitions that a service runs, rolls out or comes from."""
    used = {each["taskDefinition"] for each in (live.service or {}).get("deployments", ())}
    used |= {ecs_service.running_task_definition(live.service or {}), record.task_definition_arn}
    if record.succeeded is not None:
        used.add(record.succeeded.task_definition_arn)
    if record.attempt is not None:
        used |= {record.attempt.task_definition_arn, record.attempt.before_arn}
    return frozenset(arn for arn in used if arn)


def _succeeded(attempts: Sequence[Attempt]) -> Iterator[tuple[str, Attempt]]:
    """Each revision that Succeeded once, newest first."""
    seen: set[str] = set()
    for attempt in attempts:
        arn = attempt.task_definition_arn
        if attempt.outcome is Outcome.SUCCEEDED and arn is not None and arn not in seen:
            seen.add(arn)
            yield arn, attempt
