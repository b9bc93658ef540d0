"""What the wires are given by the world they belong to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sandbox.ground.timeline import Timeline


class Replacement(NamedTuple):
    """One attribute of moto that a world sets while it lives, and puts back at its end."""

    owner: Any
    name: str
    value: Any


def call(action: Callable[[], None]) -> None:
    """Enter an inline world: there is but one thread, so there is nothing to wait for."""
    action()


def at_once(job: Callable[[], None]) -> None:
    """Do something beside the world: inline there is no beside."""
    job()


def forget(_kind: str, _detail: Mapping[str, Any]) -> None:
    """Keep no journal."""


def allow(_role_arn: str, _action: str, _resource: str) -> bool:
    """Let every role do everything: a world without IAM."""
    return True


def on_time(_event: Mapping[str, Any]) -> Sequence[float]:
    """Every event comes once, and at once."""
    return (0.0,)


@dataclass(frozen=True)
class Parts:
    """A world's account, time and lock.

    run: runs an action inside the world from any thread: under `lock`, then telling whoever waits for
        the world that something happened. Inline it just calls.
    spawn: does a job beside the world: in a thread that does not hold the lock. Inline it just calls.
    lock: the world's one lock; an API call that waits for a function gives it up meanwhile.
    journal: writes down what happened (kind, detail).
    endpoint: where functions find AWS (`AWS_ENDPOINT_URL`); None inline, where the transport sees to it.
    sender: the SenderId of who is sending a message at this moment.
    trace: the X-Amzn-Trace-Id of the request that is answered at this moment, "" where it has none.
    deliveries: how late (seconds) each delivery of an event is; none: it is lost.
    may: whether a role may do an action to a resource; asked for what AWS does in a role's name.
    """

    timeline: Timeline
    account: str
    region: str
    run: Callable[[Callable[[], None]], None] = call
    spawn: Callable[[Callable[[], None]], None] = at_once
    lock: Any = field(default_factory=threading.RLock)
    journal: Callable[[str, Mapping[str, Any]], None] = forget
    endpoint: str | None = None
    sender: Callable[[], str] = lambda: "AIDASANDBOXADMIN"
    trace: Callable[[], str] = str
    deliveries: Callable[[Mapping[str, Any]], Sequence[float]] = on_time
    may: Callable[[str, str, str], bool] = allow

    def lets(self, role_arn: str, action: str, resource: str) -> bool:
        """Whether a role lets AWS do this in its name; a refusal is written down as the door's are."""
        allowed = self.may(role_arn, action, resource)
        if not allowed:
            who = role_arn.rpartition("/")[2]
            refusal = {"who": who, "action": action, "allowed": False, "statement": "", "status": 403}
            self.journal("request", {**refusal, "params": {"resource": resource}})
        return allowed

    def now(self) -> float:
        """The world's time, epoch seconds."""
        return self.timeline.now
