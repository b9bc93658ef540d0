"""A role's policies as single grants: what could go one by one, what a call could not do without. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.front.conditions import as_texts, like
from sandbox.front.iam import Call, Policy, Statement, allowing

Document = Mapping[str, Any]
ANOTHER = "another"
"""The name of a resource that nobody asks for."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One action on one stated resource, allowed by one statement of a role.

    role: its logical id. statement: "<policy>/<Sid>". when: (operator, key, value) of conditions; a
    condition with several values is several grants, one for each.
    """

    role: str
    statement: str
    action: str
    resource: str
    when: tuple[tuple[str, str, str], ...] = ()

    def __str__(self) -> str:
        conditions = "".join(f" where {key} is {value}" for _, key, value in self.when)
        return f"{self.role} {self.statement}: {self.action} on {self.resource}{conditions}"


def grants_of(role: str, policies: Mapping[str, Document]) -> tuple[Grant, ...]:
    """Every grant of a role's inline policies (name → document), in their order.

    Raises ValueError on a statement that is no plain Allow with a Sid.
    """
    return tuple(
        Grant(role, f"{name}/{sid(stated)}", action, resource, when)
        for name, document in policies.items()
        for stated in document["Statement"]
        for action in as_texts(stated["Action"])
        for resource in as_texts(stated["Resource"])
        for when in itertools.product(*_conditions(stated))
    )


def sid(stated: Document) -> str:
    """The name of a statement. Raises ValueError where it is no plain Allow that has one."""
    if stated["Effect"] != "Allow" or not stated.get("Sid") or {"NotAction", "NotResource"} & stated.keys():
        raise ValueError(f"cannot read {stated} as grants: it is no plain Allow with a Sid")
    return str(stated["Sid"])


def _conditions(stated: Document) -> Iterator[list[tuple[str, str, str]]]:
    for operator, keys in (stated.get("Condition") or {}).items():
        for key, values in keys.items():
            yield [(operator, key, value) for value in as_texts(values)]


def documents(grants: Iterable[Grant]) -> dict[str, Document]:
    """The inverse: inline policies (name → document) that allow exactly this, a statement for each."""
    found: dict[str, list[Document]] = {}
    for grant in grants:
        policy, _, name = grant.statement.partition("/")
        statements = found.setdefault(policy, [])
        statements.append({**_stated(grant), "Sid": f"{name}{len(statements)}"})
    return {name: {"Version": "2012-10-17", "Statement": each} for name, each in found.items()}


def _stated(grant: Grant) -> dict[str, Any]:
    condition: dict[str, dict[str, str]] = {}
    for operator, key, value in grant.when:
        condition.setdefault(operator, {})[key] = value
    stated = {"Effect": "Allow", "Action": grant.action, "Resource": grant.resource}
    return {**stated, "Condition": condition} if condition else stated


def deciding(grants: Sequence[Grant], call: Call) -> set[Grant]:
    """The grants that a call could not do without: for each of its resources the one that allows it alone.

    Where two allow the same, neither decides: one of them could go.
    """
    policies = tuple(
        Policy(str(at), (_statement(at, grant),))
        for at, grant in enumerate(grants)
        if like(grant.action.lower(), call.action.lower())
    )
    allowed = [allowing(policies, call.action, resource, call.context) for resource in call.resources]
    return {grants[int(each[0].name)] for each in allowed if len(each) == 1}


def _statement(position: int, grant: Grant) -> Statement:
    condition = _stated(grant).get("Condition", {})
    return Statement(str(position), True, (grant.action.lower(),), (), (grant.resource,), (), condition)


def narrowed(grant: Grant) -> Grant | None:
    """The same for another resource of the same kind; None where there is but `*`."""
    if grant.resource == "*":
        return None
    *head, path = grant.resource.split(":", 5)
    parts = re.split(r"([/:])", path)
    names = [at for at in range(0, len(parts), 2) if parts[at] != "*" and (at or len(parts) == 1)]
    parts[names[-1] if names else -1] = ANOTHER
    return replace(grant, resource=":".join([*head, "".join(parts)]))
