"""May an AWS service use this resource? Read from the resource's own policy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Policy = Mapping[str, Any]

SOURCE_ARN = {
    "arnequals": "glob",
    "arnlike": "glob",
    "stringlike": "glob",
    "stringequals": "exact",
    "stringequalsignorecase": "exact",
}


def permits(policy: Policy, service: str, action: str, resource: str, source_arn: str) -> bool:
    """True when a statement allows `service` (`events.amazonaws.com`) and none denies it.

    Looked at: Principal, Action, Resource and conditions on aws:SourceArn and aws:SourceAccount; a
    statement with any other condition allows nothing, and denies.
    """
    effects = [
        statement["Effect"]
        for statement in listed(policy.get("Statement"))
        if _applies(statement, service, action, resource, source_arn)
    ]
    return "Allow" in effects and "Deny" not in effects


def listed(value: Any) -> list[Any]:
    """One or many, as policies write them."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _applies(statement: Policy, service: str, action: str, resource: str, source_arn: str) -> bool:
    return (
        _principal(statement.get("Principal"), service)
        and _any_like(action.lower(), (a.lower() for a in listed(statement.get("Action"))))
        and _any_like(resource, listed(statement.get("Resource", "*")))
        and all(
            _condition(operator, key, listed(wanted), source_arn, statement["Effect"])
            for operator, keys in (statement.get("Condition") or {}).items()
            for key, wanted in keys.items()
        )
    )


def _principal(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    named = principal or {}
    return service in listed(named.get("Service")) or "*" in listed(named.get("AWS"))


def _condition(operator: str, key: str, wanted: Iterable[str], source_arn: str, effect: str) -> bool:
    how = SOURCE_ARN.get(operator.lower())
    have = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4]}.get(key.lower())
    if how is None or have is None:
        return effect == "Deny"
    return have in wanted if how == "exact" else _any_like(have, wanted)


def _any_like(value: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(value, pattern.replace("[", "[[]")) for pattern in patterns)
