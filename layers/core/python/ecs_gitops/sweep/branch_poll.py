"""Every minute: has the branch moved, is it taken in, and does somebody have to know that it is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ecs_gitops.model.errors import GitOpsError
from ecs_gitops.model.messages import Cause, LookAt
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.status.source_notices import decide
from ecs_gitops.store.heads import Source

MOVED = "HeadMoved"
LATE_AFTER: Final = 600.0
"""Seconds after which a head that is not taken in is told, though no reading of it failed."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What the poll saw. source: all that is known of it now. behind: as `Swept` says."""

    head: str | None
    source: Source
    behind: float


def poll(controller: Controller, now: float) -> Polled:
    """The source's head; a move is passed on, again and again until it is taken in. `now` in seconds.

    Of what stands in the way people are notified, once, and once when it is over.
    """
    source = controller.table.source(controller.settings.source_id)
    head, unreadable = _head(controller, source, now)
    behind = _behind(head, source, now)
    late = ""
    if head is not None and behind >= LATE_AFTER and not source.unread:
        late = f"Commit {head[:7]} was seen and is not taken in. What the log of config_push says is why."
    source = _noted(controller, source, now, unreadable=unreadable, late=late)
    _notify(controller, source, now)
    return Polled(head, source, behind)


def _head(controller: Controller, source: Source, now: float) -> tuple[str | None, str]:
    settings = controller.settings
    try:
        head = controller.remote.head()
    except GitOpsError as error:
        return None, str(error)
    except Exception as error:
        kind = type(error).__name__
        return None, f"cannot read {settings.source_url}: {kind}: {error}. This is a bug of ecs-gitops"
    if head is None:
        return None, f"cannot read {settings.source_url}: there is no branch {settings.source_branch}"
    if head == source.head and not source.unread:
        return head, ""
    name = settings.source_id
    if head not in (source.seen, source.head):
        controller.table.note(name, now, seen=head)
    controller.sources.send(LookAt(name, Cause(MOVED, f"head:{head}", head), hops=1))
    return head, ""


def _behind(head: str | None, source: Source, now: float) -> float:
    """Seconds since a reading of the head failed, or since a head was seen that is not taken in."""
    since = [source.unread_at] if source.unread else []
    if head is not None and head != source.head and head == source.seen:
        since.append(source.seen_at)
    return now - min(since, default=now)


def _noted(controller: Controller, source: Source, now: float, *, unreadable: str, late: str) -> Source:
    """What the poll says of the source, kept where it is news."""
    name = controller.settings.source_id
    if unreadable != source.unreadable:
        controller.table.note(name, now, unreadable=unreadable)
        source = replace(source, unreadable=unreadable, unreadable_at=now)
    if late != source.late:
        controller.table.note(name, now, late=late)
        source = replace(source, late=late, late_at=now)
    return source


def _notify(controller: Controller, source: Source, now: float) -> None:
    """Sent before it is kept that it was: at least once. What cannot be sent is sent in a later sweep."""
    news = decide(source, controller.settings.install, now)
    if news is None or controller.topic is None:
        return
    try:
        controller.topic.publish(news.text)
    except GitOpsError:
        return
    controller.table.note(controller.settings.source_id, now, told=news.told)
