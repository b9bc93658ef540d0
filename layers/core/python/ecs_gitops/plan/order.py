"""`rollout.waitFor`: which services one waits for, where the same commit changes them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ecs_gitops.model.actions import Hold
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record
from ecs_gitops.model.vocabulary import Outcome, Reason
from ecs_gitops.rollout.target import is_quarantined
from ecs_gitops.rollout.told import tells_in_place, tells_revision

Others = Mapping[ServiceKey, tuple[Desired | None, Record]]

_PASSING = frozenset(
    {
        Reason.PROGRESSING,
        Reason.PENDING,
        Reason.BUDGET,
        Reason.WAITING_FOR,
        Reason.SYNCED,
        Reason.ADOPTED,
        Reason.UNHEALTHY,
    }
)
"""Reasons of a service that pass by themselves; all others ask for somebody."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A service that must be rolled out first. stuck: why waiting alone will not do, and what will."""

    key: ServiceKey
    stuck: str = ""


def plan_waits(
    desired: Desired, others: Others, already: Collection[ServiceKey] = ()
) -> tuple[Awaited, ...]:
    """The services that must be rolled out first, in the manifest's order; () when none is left.

    What the same commit changed of another is waited for: its revision until it Succeeded, what changes
    in place until it was told; so is one whose manifest that commit made invalid, and one that could not
    be read at it. One that another commit changed, that is gone, out of scope or unknown is not. One that
    this statement waits for `already` is, whatever commit mends it.
    """
    if desired.stated is None:
        return ()
    commit = desired.stated.since
    return tuple(
        Awaited(key, _stuck(key, *others[key], is_unread=key in desired.unread))
        for key in desired.rollout.wait_for
        if key != desired.key
        and key in others
        and (key in desired.unread or _is_awaited(*others[key], commit, key in already))
    )


def hold(awaited: Sequence[Awaited]) -> Hold:
    """Why a rollout waits for these services."""
    names = " and ".join(str(each.key) for each in awaited)
    are = "is" if len(awaited) == 1 else "are"
    stuck = [each.stuck for each in awaited if each.stuck]
    sentences = [f"Waits until {names} {are} rolled out, which the same commit changes.", *stuck]
    return Hold(Reason.WAITING_FOR, " ".join(sentences))


def still_waits(desired: Desired, record: Record) -> tuple[ServiceKey, ...]:
    """What the record says this very revision part waits for."""
    if desired.stated is None:
        return ()
    told = record.status.desired_commit if record.status else ""  # all that an older release remembered
    since = record.waiting_since or told
    return record.waiting_for if since in (desired.stated.since, desired.stated.commit) else ()


def _is_awaited(other: Desired | None, record: Record, commit: str, already: bool) -> bool:
    if other is None or not (other.present and other.in_scope):
        return False
    if other.problem is not None and (already or other.problem.commit == commit):
        return True
    if other.stated is None:
        return False
    if already or other.stated.since == commit:
        return not _is_done(other, record)
    return other.stated.commit == commit and not tells_in_place(record.applied, other.stated)


def _is_done(other: Desired, record: Record) -> bool:
    stated = other.stated
    if stated is None or not tells_revision(record.applied, stated):
        return False
    if not tells_in_place(record.applied, stated):
        return False
    attempt = record.attempt
    return attempt is None or attempt.digest != stated.revision or attempt.outcome is Outcome.SUCCEEDED


def _stuck(key: ServiceKey, other: Desired | None, record: Record, *, is_unread: bool) -> str:
    if is_unread:
        return f"{key} could not be read at that commit; it is tried again by itself."
    if other is None:
        return ""
    if other.problem is not None:
        return f"The manifest of {key} is not valid: mend {other.path}."
    if other.stated is not None and is_quarantined(other.stated, record):
        return f"{key} failed: push a fix of it, or run `ecs-gitops retry {key}`."
    status = record.status
    if status is None or status.reason in _PASSING:
        return ""
    return f"{key} is {status.reason.value}: see `ecs-gitops status {key}`."
