"""`rollout.waitFor`: which services one waits for, where the same commit changes them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.plan.decide import is_quarantined

Others = Mapping[ServiceKey, tuple[Desired | None, Record]]


def plan_waits(
    desired: Desired, others: Others, already: Collection[ServiceKey] = ()
) -> tuple[ServiceKey, ...]:
    """The services that must be rolled out first, in the manifest's order; () when none is left.

    One that another commit changed, that is gone, out of scope or unknown is not waited for. One whose
    rollout failed is, and one that this statement waits for `already`: what mends it goes first too.
    """
    if desired.stated is None:
        return ()
    commit = desired.stated.commit
    return tuple(
        key
        for key in desired.rollout.wait_for
        if key != desired.key and key in others and _is_awaited(*others[key], commit, key in already)
    )


def blocking(awaited: Iterable[ServiceKey], others: Others) -> tuple[ServiceKey, ...]:
    """Those of the awaited services that failed: waiting alone will not do."""
    return tuple(key for key in awaited if _has_failed(*others[key]))


def _has_failed(other: Desired | None, record: Record) -> bool:
    return other is not None and other.stated is not None and is_quarantined(other.stated, record)


def still_waits(desired: Desired, record: Record) -> tuple[ServiceKey, ...]:
    """What the record says this very statement waits for."""
    told = record.status.desired_commit if record.status else ""
    return record.waiting_for if desired.stated is not None and desired.stated.commit == told else ()


def _is_awaited(other: Desired | None, record: Record, commit: str, already: bool) -> bool:
    if other is None or other.stated is None or not (other.present and other.in_scope):
        return False
    return (already or other.stated.commit == commit) and not _is_done(other.stated, record)


def _is_done(stated: Stated, record: Record) -> bool:
    if record.applied is None or record.applied.digest != stated.digest:
        return False
    attempt = record.attempt
    return attempt is None or attempt.digest != stated.digest or attempt.outcome is Outcome.SUCCEEDED
