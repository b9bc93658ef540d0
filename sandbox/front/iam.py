"""IAM's decision: may this caller do this action on these resources? Denied unless allowed. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sandbox.front.conditions import (
    Context,
    UnknownOperatorError,
    arn_like,
    as_texts,
    holds,
    like,
    substitute,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy; `name` is "<policy>/<Sid or #position>"."""

    name: str
    allow: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of a role; a permissions boundary limits what the others allow and allows nothing itself."""

    name: str
    statements: tuple[Statement, ...]
    boundary: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, and the statement that decided it ("" when none matched)."""

    allowed: bool
    action: str = ""
    resource: str = "*"
    statement: str = ""
    reason: str = ""

    def message(self, caller: str) -> str:
        """A refusal in AWS's words; `caller` is the ARN of who asked."""
        return (
            f"User: {caller} is not authorized to perform: {self.action} "
            f"on resource: {self.resource} {self.reason}"
        )


@dataclass(frozen=True, slots=True)
class Call:
    """What a request needs: one action on every one of these resources."""

    action: str
    resources: tuple[str, ...] = ("*",)
    context: Context = field(default_factory=dict)


@lru_cache(maxsize=512)
def parse_policy(name: str, text: str, *, boundary: bool = False) -> Policy:
    """Read a policy document (JSON text); `name` is how decisions will speak of it."""
    stated = json.loads(text)["Statement"]
    statements = stated if isinstance(stated, list) else [stated]
    return Policy(name, tuple(_statement(name, at, one) for at, one in enumerate(statements)), boundary)


def _statement(policy: str, position: int, stated: Mapping[str, Any]) -> Statement:
    return Statement(
        name=f"{policy}/{stated.get('Sid') or f'#{position}'}",
        allow=stated["Effect"] == "Allow",
        actions=_lowered(stated.get("Action", ())),
        not_actions=_lowered(stated.get("NotAction", ())),
        resources=as_texts(stated.get("Resource", ())),
        not_resources=as_texts(stated.get("NotResource", ())),
        condition=stated.get("Condition", {}),
    )


def _lowered(value: object) -> tuple[str, ...]:
    # IAM compares actions without regard to case.
    return tuple(text.lower() for text in as_texts(value))


def decide(policies: Sequence[Policy], action: str, resources: Sequence[str], context: Context) -> Decision:
    """Whether `action` is allowed on every one of `resources`; the first that is refused decides.

    Order as IAM's: an explicit Deny anywhere, then the permissions boundary, then the identity's own
    policies; whatever nothing allows is refused.
    """
    decisions = [_decide_one(policies, action, resource, context) for resource in resources]
    return next((one for one in decisions if not one.allowed), decisions[0])


def _decide_one(policies: Sequence[Policy], action: str, resource: str, context: Context) -> Decision:
    def refused(reason: str, statement: str = "") -> Decision:
        return Decision(False, action, resource, statement, reason)

    try:
        denied = next(_matching(policies, False, action, resource, context), None)
        if denied:
            where = "a permissions boundary" if denied[0].boundary else "an identity-based policy"
            return refused(f"with an explicit deny in {where}", denied[1].name)
        allowed = list(_matching(policies, True, action, resource, context))
    except UnknownOperatorError as error:
        return refused(f"because the sandbox does not judge the condition operator {error}")
    bounded = any(policy.boundary for policy in policies)
    if bounded and not any(policy.boundary for policy, _ in allowed):
        return refused(f"because no permissions boundary allows the {action} action")
    own = next((statement for policy, statement in allowed if not policy.boundary), None)
    if own is None:
        return refused(f"because no identity-based policy allows the {action} action")
    return Decision(True, action, resource, own.name, "allowed")


def allowing(
    policies: Sequence[Policy], action: str, resource: str, context: Context
) -> tuple[Statement, ...]:
    """Every statement that allows an action on a resource. Raises UnknownOperatorError."""
    return tuple(statement for _, statement in _matching(policies, True, action, resource, context))


def _matching(
    policies: Sequence[Policy], allow: bool, action: str, resource: str, context: Context
) -> Iterator[tuple[Policy, Statement]]:
    for policy in policies:
        for statement in policy.statements:
            if statement.allow == allow and _covers(statement, action, resource, context):
                yield policy, statement


def _covers(statement: Statement, action: str, resource: str, context: Context) -> bool:
    return (
        _covers_action(statement, action.lower())
        and _covers_resource(statement, resource, context)
        and holds(statement.condition, context)
    )


def _covers_action(statement: Statement, action: str) -> bool:
    if statement.not_actions:
        return not any(like(pattern, action) for pattern in statement.not_actions)
    return any(like(pattern, action) for pattern in statement.actions)


def _covers_resource(statement: Statement, resource: str, context: Context) -> bool:
    if statement.not_resources:
        return not _any_resource(statement.not_resources, resource, context)
    return _any_resource(statement.resources, resource, context)


def _any_resource(patterns: tuple[str, ...], resource: str, context: Context) -> bool:
    filled = (substitute(pattern, context) for pattern in patterns)
    return any(pattern is not None and arn_like(pattern, resource) for pattern in filled)
