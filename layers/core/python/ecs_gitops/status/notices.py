"""Which changes of state people are notified of, once each, and in what words. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ecs_gitops.model.names import Install
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Reason

_WELL: Final = frozenset({Reason.SYNCED, Reason.ADOPTED, Reason.PRUNED})
_PASSING: Final = frozenset(
    {
        Reason.PROGRESSING,
        Reason.WAITING_FOR,
        Reason.BUDGET,
        Reason.PENDING,
        Reason.PAUSED,
        Reason.UNHEALTHY,
        Reason.OBSERVE,
        Reason.MANUAL,
        Reason.OUT_OF_SCOPE,
    }
)
"""What passes by itself, or was asked for; all other reasons ask for somebody."""

_SUBJECT: Final = 100
"""Characters that SNS takes of a subject."""


def decide(record: Record, status: Status, digest: str, install: Install) -> Record:
    """The record, with what is to be sent if this status is news.

    A state is told once: the same reason for the same desired digest is no news, whatever came between.
    """
    if status.reason in _PASSING:
        return record
    state = "" if status.reason in _WELL else f"{status.reason.value}:{digest}"
    if state == record.told:
        return record
    return replace(record, told=state, untold=_text(record, status, install, has_recovered=not state))


def subject(text: str) -> str:
    """A message's first line, as a mail's subject takes it."""
    return text.partition("\n")[0].encode("ascii", "replace").decode()[:_SUBJECT]


def _text(record: Record, status: Status, install: Install, *, has_recovered: bool) -> str:
    what = "recovered" if has_recovered else status.reason.value
    facts = {
        "service": str(record.key),
        "sync": status.sync.value,
        "health": status.health.value,
        "desired commit": status.desired_commit or "-",
        "applied commit": status.applied_commit or "-",
        "account": f"{install.account} {install.region}",
        "install": install.id,
    }
    lines = [f"{name}: {value}" for name, value in facts.items()]
    return "\n".join([f"{record.key}: {what}", "", status.message, "", *lines])
