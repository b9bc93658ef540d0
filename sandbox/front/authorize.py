"""May this caller send this request? Reads it, collects the caller's policies and asks IAM's evaluator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.front.iam import Call, Decision, Policy, decide
from sandbox.front.known import Known
from sandbox.front.protocols import read
from sandbox.front.requests import calls
from sandbox.front.server import Verdict
from sandbox.front.who import Principal, Scope
from sandbox.front.wsgi import Request

_ALWAYS = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""Need no permission, and no Deny takes them away (GetCallerIdentity: its API reference)."""

Watcher = Callable[[Principal, Call], None]
"""Told of each call that a role's or user's policies are asked for, before they decide."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may do what in one account; `region` is where Git's requests, signed for none, belong."""

    policies: Callable[[Principal], Sequence[Policy]]
    known: Callable[[str], Known]
    """The look-ups of one Region."""
    account: str
    region: str
    watchers: list[Watcher] = field(default_factory=list)
    _decided: dict[Any, tuple[Sequence[Policy], Decision]] = field(default_factory=dict)
    """Decisions by the policies (which are kept beside them: an id is taken again), call and context."""

    def __call__(self, principal: Principal, scope: Scope, request: Request) -> Verdict:
        """The door's question; the message is AWS's sentence for a refusal."""
        decision = self.decide(principal, scope, request)
        message = "" if decision.allowed else decision.message(principal.arn)
        return Verdict(decision.allowed, decision.action, decision.statement, message)

    def decide(self, principal: Principal, scope: Scope, request: Request) -> Decision:
        """The first refusal among the calls a request needs, or what allowed the operation itself."""
        region = scope.region or self.region
        operation = read(request, scope.service, account=self.account, region=region)
        if principal.kind == "admin":
            return Decision(True, f"{operation.service}:{operation.name}", reason="administrator")
        needed = calls(operation, self.known(region))
        if needed[0].action in _ALWAYS:
            return Decision(True, needed[0].action, reason="needs no permission")
        policies = self.policies(principal)
        decisions = [self._judge(policies, call, principal, region) for call in needed]
        return next((one for one in decisions if not one.allowed), decisions[0])

    def may(self, role_arn: str, action: str, resource: str) -> bool:
        """May a service of AWS do this in a role's name?"""
        role = Principal("role", role_arn.rpartition("/")[2], role_arn, role_arn)
        return self._judge(self.policies(role), Call(action, (resource,)), role, self.region).allowed

    def _judge(self, policies: Sequence[Policy], call: Call, principal: Principal, region: str) -> Decision:
        context = {
            "aws:principalarn": (principal.role_arn or principal.arn,),
            "aws:principalaccount": (self.account,),
            "aws:principaltype": ("AssumedRole" if principal.kind == "role" else "User",),
            "aws:requestedregion": (region,),
            "aws:securetransport": ("true",),
            "aws:viaawsservice": ("false",),
            **call.context,
        }
        for watch in self.watchers:
            watch(principal, replace(call, context=context))
        asked = call.action, call.resources, tuple(context.items())
        key = tuple(map(id, policies)), asked
        if key not in self._decided:
            self._decided[key] = policies, decide(policies, call.action, call.resources, context)
        return self._decided[key][1]
