"""Whether people are to be notified of the config repository, and in what words. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from ecs_gitops.model.names import Install
from ecs_gitops.store.heads import Source

_LASTS: Final = 120.0
"""Seconds after which a trouble is told: what passes by itself passes within."""


class News(NamedTuple):
    """text: a message whose first line is its subject. told: what is then kept of it with the source."""

    text: str
    told: str


def decide(source: Source, install: Install, now: float) -> News | None:
    """What is to be sent, if anything: once that Git is not followed, and once that it is again.

    `now` in seconds. While it is not followed other reasons are no news: `ecs-gitops status` tells them.
    """
    stops = source.stops
    if bool(stops) == bool(source.told):
        return None
    if not stops:
        head = f"Commit {source.head[:7]} is the last that was taken in." if source.head else ""
        return News(_text("recovered", head or "It can be read.", install), "")
    if now - min(trouble.since for trouble in stops) < _LASTS:
        return None
    messages = "\n".join(trouble.message for trouble in stops)
    why = f"{messages}\n\nWhat was taken in before stays in force: no service is changed for this."
    return News(_text("not followed", why, install), stops[0].what)


def _text(what: str, why: str, install: Install) -> str:
    facts = [f"account: {install.account} {install.region}", f"install: {install.id}"]
    return "\n".join([f"config repository: {what}", "", why, "", *facts])
