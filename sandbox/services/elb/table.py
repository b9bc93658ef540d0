"""The balancer's routing table, as it is told line by line, and which target a request goes to. Pure.

A line is a JSON object:

    {"serial": 1,
     "listeners": [{"arn": …, "port": 0, "rules": [{"hosts": [], "paths": [], "action": …}], "default": …}],
     "groups": {<target group ARN>: [{"key": …, "host": …, "port": …, "state": "healthy"}]}}

The serial only tells tables apart. An action is {"forward": [[<target group ARN>, <weight>], …]} or
{"fixed": [<status>, <type>, <body>]}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True, slots=True)
class Backend:
    """A target and where it really is. `key` names it in what the balancer reports."""

    key: str
    host: str
    port: int
    state: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """An answer that the balancer makes itself."""

    status: int
    type: str = "text/plain; charset=utf-8"
    body: str = ""


@dataclass(frozen=True, slots=True)
class Forward:
    """Target groups by weight. `id` tells apart the actions whose turns are counted."""

    id: str
    groups: tuple[tuple[str, int], ...]


Action = Fixed | Forward


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests an action is for; no hosts or no paths means any."""

    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    action: Action

    def takes(self, host: str, path: str) -> bool:
        """ALB: host without case and port, `*` and `?` in both."""
        name = host.partition(":")[0].lower()
        return _any(self.hosts, name) and _any(self.paths, path.partition("?")[0])


@dataclass(frozen=True, slots=True)
class Listener:
    """One listening port: its rules in order of priority, and what is done when none takes a request."""

    arn: str
    port: int
    rules: tuple[Rule, ...]
    default: Action

    def action(self, host: str, path: str) -> Action:
        """What is done with a request."""
        return next((rule.action for rule in self.rules if rule.takes(host, path)), self.default)


@dataclass(frozen=True, slots=True)
class Table:
    """All listeners and the targets behind them."""

    listeners: tuple[Listener, ...] = ()
    groups: Mapping[str, tuple[Backend, ...]] = field(default_factory=dict)
    serial: int = 0

    def find(self, arn: str) -> Listener | None:
        """A listener by its ARN."""
        return next((listener for listener in self.listeners if listener.arn == arn), None)

    def draining(self) -> tuple[str, ...]:
        """The keys of the targets that get no new requests any more."""
        return tuple(
            it.key for backends in self.groups.values() for it in backends if it.state == "draining"
        )


def parse(line: Mapping[str, Any]) -> Table:
    """One line → the table."""
    return Table(
        tuple(_listener(listener) for listener in line["listeners"]),
        {arn: tuple(Backend(**it) for it in targets) for arn, targets in line["groups"].items()},
        line.get("serial", 0),
    )


class Turns:
    """Whose turn it is: groups by weight, the healthy targets of a group one after the other."""

    def __init__(self) -> None:
        self._credit: dict[tuple[str, str], int] = {}
        self._served: dict[str, int] = {}

    def choose(self, table: Table, forward: Forward) -> Backend | None:
        """The target of the next request; None when the group whose turn it is has no healthy one.

        ALB does not fall back to another group. With all targets unhealthy it would try them all
        (fail open); we answer 503, as it does for a group without targets.
        """
        group = self._group(forward)
        healthy = [it for it in table.groups.get(group or "", ()) if it.state == "healthy"]
        if group is None or not healthy:
            return None
        turn = self._served[group] = self._served.get(group, -1) + 1
        return healthy[turn % len(healthy)]

    def _group(self, forward: Forward) -> str | None:
        """Smooth weighted round robin: as even as the weights allow, without chance."""
        total = sum(weight for _, weight in forward.groups)
        if total == 0:
            return None
        for arn, weight in forward.groups:
            self._credit[forward.id, arn] = self._credit.get((forward.id, arn), 0) + weight
        chosen = max(
            (arn for arn, weight in forward.groups if weight), key=lambda it: self._credit[forward.id, it]
        )
        self._credit[forward.id, chosen] -= total
        return chosen


def _listener(line: Mapping[str, Any]) -> Listener:
    rules = tuple(
        Rule(tuple(rule["hosts"]), tuple(rule["paths"]), _action(f"{line['arn']}#{number}", rule["action"]))
        for number, rule in enumerate(line["rules"])
    )
    return Listener(line["arn"], line["port"], rules, _action(line["arn"], line["default"]))


def _action(name: str, line: Mapping[str, Any]) -> Action:
    if "forward" in line:
        groups = tuple((arn, weight) for arn, weight in line["forward"])
        return Forward(f"{name} {groups}", groups)
    return Fixed(*line["fixed"])


def _any(patterns: Sequence[str], text: str) -> bool:
    return not patterns or any(fnmatchcase(text, _no_sets(pattern)) for pattern in patterns)


def _no_sets(pattern: str) -> str:
    """ALB knows `*` and `?` alone: a bracket is a bracket."""
    return pattern.replace("[", "[[]")
