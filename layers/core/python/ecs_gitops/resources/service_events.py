"""What keeps tasks from running, by ECS's own log of a service's events. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from ecs_gitops.model.desired import Document

_COMPLAINTS: Final = (
    (re.compile(r"was (unable to place a task\b.+)"), "ECS was {}."),
    (
        re.compile(r"is unhealthy in \(target-group .+?\) due to \(reason (.+)\)"),
        "The load balancer says: {}.",
    ),
    (re.compile(r"failed to (register targets in .+)"), "ECS failed to {}."),
)
"""Lines that say why, one kind a row, and how a person is told. Their wording is ECS's ("Viewing service
event messages", Amazon ECS Developer Guide); a line that none of them knows is passed over."""

_SEE_ALSO: Final = re.compile(r"\.? *For more information, see .*$")
_MOST: Final = 10


def worth_keeping(events: Iterable[Document]) -> list[Document]:
    """The newest few of a service's events that complain, newest first, as DescribeServices gives them."""
    return [event for event in events if _told(event) is not None][:_MOST]


def complaints(service: Document, since: float, until: float) -> str:
    """The newest complaint of each kind between two moments (seconds), as sentences; "" for none."""
    found: dict[str, str] = {}
    for event in service.get("events") or ():
        told = _told(event)
        if told is not None and since <= event["createdAt"] <= until:
            found.setdefault(*told)
    return " ".join(found.values())


def _told(event: Document) -> tuple[str, str] | None:
    """The kind of a complaint and its sentence; None for a line of another kind."""
    message: Any = event.get("message", "")
    for pattern, sentence in _COMPLAINTS:
        if found := pattern.search(message):
            return sentence, sentence.format(_SEE_ALSO.sub("", found[1]).rstrip("."))
    return None
