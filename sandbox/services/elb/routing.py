"""What the balancer is told: moto's listeners and rules with our targets, as one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeListener

from sandbox.services.elb.api import forwards
from sandbox.services.elb.targets import Registered, Target

NOT_BUILT = [501, "text/plain; charset=utf-8", "the sandbox's balancer forwards and answers, no more"]


def routing(
    backend: ELBv2Backend, registered: Iterable[Registered], ports: Mapping[int, int] | None = None
) -> dict[str, Any]:
    """One line for `python -m sandbox.services.elb.balancer`.

    ports: listener port → the port to really listen on; 0 (what the system gives) where none is named.
    """
    listeners = [
        _listener(listener, (ports or {}).get(int(listener.port), 0))
        for balancer in backend.load_balancers.values()
        for listener in balancer.listeners.values()
    ]
    return {"listeners": listeners, "groups": backends_of(registered)}


def backends_of(registered: Iterable[Registered]) -> dict[str, list[dict[str, Any]]]:
    """The targets that are really somewhere, by target group."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in registered:
        if entry.address is not None:
            groups.setdefault(entry.target.group, []).append(_backend(entry))
    return groups


def target_key(target: Target) -> str:
    """How the balancer names a target in what it reports."""
    return f"{target.group}|{target.id}|{target.port}"


def _backend(entry: Registered) -> dict[str, Any]:
    assert entry.address is not None
    host, port = entry.address
    return {"key": target_key(entry.target), "host": host, "port": port, "state": entry.health.state}


def _listener(listener: FakeListener, port: int) -> dict[str, Any]:
    rules = [rule for rule in listener.rules.values() if not rule.is_default]
    return {
        "arn": listener.arn,
        "port": port,
        "rules": [_rule(rule) for rule in sorted(rules, key=lambda it: int(it.priority))],
        "default": _action([action.data for action in listener.default_actions]),
    }


def _rule(rule: Any) -> dict[str, Any]:
    return {
        "hosts": [host.lower() for host in _values(rule.conditions, "host-header", "HostHeaderConfig")],
        "paths": _values(rule.conditions, "path-pattern", "PathPatternConfig"),
        "action": _action([action.data for action in rule.actions]),
    }


def _values(conditions: Iterable[Mapping[str, Any]], field: str, config: str) -> list[str]:
    """A condition's values, in its old form or its new one."""
    found = [condition for condition in conditions if condition.get("Field") == field]
    return [
        value
        for condition in found
        for value in (condition.get("Values") or condition.get(config, {}).get("Values") or [])
    ]


def _action(actions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The last action is the one that answers."""
    last = list(actions)[-1]
    if groups := forwards(last):
        return {"forward": [list(group) for group in groups]}
    if last.get("Type") == "fixed-response":
        fixed = last["FixedResponseConfig"]
        answer = [int(fixed["StatusCode"]), fixed.get("ContentType") or "text/plain"]
        return {"fixed": [*answer, fixed.get("MessageBody") or ""]}
    return {"fixed": NOT_BUILT}
