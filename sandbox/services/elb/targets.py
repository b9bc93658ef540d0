"""Target health on the timeline: registered, checked, drained. Pure.

Times, thresholds and reasons: Elastic Load Balancing API reference, TargetHealth and CreateTargetGroup.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import cycle

from sandbox.ground.timeline import Entry, Timeline

Address = tuple[str, int]
Probe = Callable[[str], int | None]  # path → HTTP status; None when nothing answers
FIRST_CHECKS_AFTER = (1.0, 3.0, 5.0)
"""Seconds from a registration to its first check, in turn: targets registered together are not checked
at one moment on AWS either, so a rollout's tasks take over one after the other."""


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One registration: a target group (ARN), what AWS calls the target's id, and its port."""

    group: str
    id: str
    port: int


@dataclass(frozen=True, slots=True)
class Health:
    """What DescribeTargetHealth says of one target: state, reason code, description."""

    state: str
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """A target group's settings. Times are in timeline seconds; `codes` is the matcher's HttpCode."""

    path: str = "/"
    codes: str = "200"
    interval: float = 30.0
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    drain: float = 300.0
    in_use: bool = True


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """A target got well or unwell."""

    target: Target
    health: Health


@dataclass(frozen=True, slots=True)
class Drained:
    """A deregistered target is let go: no request is on its way to it any more."""

    target: Target


TargetEvent = HealthChanged | Drained

REGISTERING = Health("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY = Health("healthy")
TIMED_OUT = Health("unhealthy", "Target.Timeout", "Request timed out")
NOT_IN_USE = Health(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
DRAINING = Health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_REGISTERED = Health("unused", "Target.NotRegistered", "Target is not registered to the target group")


def mismatch(status: int) -> Health:
    """Unhealthy because the check was answered with a status that the matcher does not take."""
    return Health(
        "unhealthy", "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """A target's health with the checks in a row that led to it."""

    health: Health = REGISTERING
    passes: int = 0
    failures: int = 0


def after_check(checked: Checked, status: int | None, settings: Settings) -> Checked:
    """What one health check makes of a target.

    A new target is healthy after one success; an unhealthy one after `healthy_threshold` in a row;
    any is unhealthy after `unhealthy_threshold` failures in a row.
    """
    if not settings.in_use:
        return Checked(NOT_IN_USE)
    if status is not None and accepts(settings.codes, status):
        passes = checked.passes + 1
        new = checked.health.state != "unhealthy"
        well = new or passes >= settings.healthy_threshold
        return Checked(HEALTHY if well else checked.health, passes, 0)
    failures = checked.failures + 1
    if failures >= settings.unhealthy_threshold:
        return Checked(TIMED_OUT if status is None else mismatch(status), 0, failures)
    waiting = checked.health.state in ("initial", "unused")
    return Checked(CHECKING if waiting else checked.health, 0, failures)


def accepts(codes: str, status: int) -> bool:
    """Does a matcher (`200`, `200,202`, `200-399`) take this status?"""
    for part in codes.split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


@dataclass(slots=True)
class _Entry:
    target: Target
    probe: Probe
    address: Address | None
    on: Callable[[TargetEvent], None]
    checked: Checked = Checked()
    draining: bool = False
    next: Entry | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Registered:
    """One target as the balancer must know it."""

    target: Target
    health: Health
    address: Address | None


class Targets:
    """All registered targets of a world.

    settings: target group ARN → its settings, None when the group is gone; read at every check.
    changed: called after anything that routing depends on changed.
    let_go: called when a target's deregistration delay is over, with what to do once no request is
        on its way to it; at once, where no balancer forwards any.
    """

    def __init__(self, timeline: Timeline, settings: Callable[[str], Settings | None]) -> None:
        self.changed: Callable[[], None] = lambda: None
        self.let_go: Callable[[Target, Callable[[], None]], None] = lambda _, done: done()
        self._timeline = timeline
        self._settings = settings
        self._entries: dict[Target, _Entry] = {}
        self._first_checks = cycle(FIRST_CHECKS_AFTER)

    def register(
        self,
        target: Target,
        *,
        probe: Probe = lambda _: None,
        address: Address | None = None,
        on: Callable[[TargetEvent], None] = lambda _: None,
    ) -> None:
        """Register a target, or take back one that drains. `on` hears of its health and its end."""
        self._forget(target)
        entry = self._entries[target] = _Entry(target, probe, address, on)
        self._later(entry, next(self._first_checks), self._check)
        self.changed()

    def deregister(self, target: Target) -> None:
        """Stop sending it new requests; it is let go after the group's deregistration delay."""
        entry = self._entries.get(target)
        if entry is None or entry.draining:
            return
        settings = self._settings(target.group)
        used = settings is not None and settings.in_use
        entry.draining = True
        entry.checked = replace(entry.checked, health=DRAINING)
        self._later(entry, settings.drain if settings and used else 0.0, self._over)
        self.changed()

    def health(self, target: Target) -> Health:
        """What DescribeTargetHealth answers for it."""
        entry = self._entries.get(target)
        return entry.checked.health if entry else NOT_REGISTERED

    def registered(self, group: str | None = None) -> tuple[Registered, ...]:
        """All targets (of a group), draining ones too, in the order they were registered."""
        return tuple(
            Registered(entry.target, entry.checked.health, entry.address)
            for entry in self._entries.values()
            if group is None or entry.target.group == group
        )

    def _check(self, entry: _Entry) -> None:
        settings = self._settings(entry.target.group)
        if settings is None:
            return self._forget(entry.target)
        before = entry.checked.health
        status = entry.probe(settings.path) if settings.in_use else None
        entry.checked = after_check(entry.checked, status, settings)
        self._later(entry, settings.interval, self._check)
        if entry.checked.health != before:
            self.changed()
            entry.on(HealthChanged(entry.target, entry.checked.health))
        return None

    def _over(self, entry: _Entry) -> None:
        self.let_go(entry.target, lambda: self._gone(entry))

    def _gone(self, entry: _Entry) -> None:
        if self._entries.get(entry.target) is not entry:
            return  # registered anew meanwhile
        self._forget(entry.target)
        self.changed()
        entry.on(Drained(entry.target))

    def _forget(self, target: Target) -> None:
        entry = self._entries.pop(target, None)
        if entry and entry.next:
            entry.next.cancel()

    def _later(self, entry: _Entry, seconds: float, action: Callable[[_Entry], None]) -> None:
        if entry.next:
            entry.next.cancel()
        entry.next = self._timeline.after(seconds, lambda: action(entry), f"target {entry.target.id}")
