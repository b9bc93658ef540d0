"""What travels on the two queues: who is to look at which object, and because of what. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Verb


@dataclass(frozen=True, slots=True)
class Cause:
    """Why somebody should look at an object. `id` is what caused it, and the deduplication id."""

    kind: str
    id: str
    commit: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How often the queue handed out what is being done now, and since when (seconds; None: just now)."""

    times: int = 1
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Wake:
    """A message on the services queue: look at this service, because of this.

    seconds, reason: for how long a `pause` is asked for, and why. passed: commits pushed just before
    the cause's, which are part of it and were never read by themselves. hops: functions that were invoked
    one through the other, by queues, until this was sent.
    """

    key: ServiceKey
    cause: Cause
    request: Verb | None = None
    sender: str = ""
    seconds: int = 0
    reason: str = ""
    passed: tuple[str, ...] = ()
    hops: int = 0


@dataclass(frozen=True, slots=True)
class LookAt:
    """A message on the sources queue: look at this source, because of this. hops: as `Wake`'s."""

    source: str
    cause: Cause
    hops: int = 0
