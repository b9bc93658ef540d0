"""The one door: every request passes the lock, who, may they, the fault, and then goes to Git or AWS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from sandbox.front.denied import refuse
from sandbox.front.who import FindPrincipal, Principal, Scope, scope_of
from sandbox.front.wsgi import Answer, Application, Environ, Request, StartResponse, call, read, with_body

GIT_PATH = re.compile(r"^/v1/repos/(?P<name>[\w.-]+)(?P<rest>/.*)$")
_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the door decided, and the statement that decided it (`""` where none was asked)."""

    allowed: bool
    action: str
    statement: str = ""
    message: str = ""


Authorize = Callable[[Principal, Scope, Request], Verdict]
Fault = Callable[[Principal, str, Request], Answer | None]
Record = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Door:
    """What stands behind and beside the door."""

    turn: Callable[[], AbstractContextManager[None]]
    """The world's lock, with its time inside."""
    find: FindPrincipal
    authorize: Authorize
    fault: Fault
    record: Record
    aws: Application
    git: Application


class Front:
    """The WSGI application of the sandbox."""

    def __init__(self, door: Door, owner: Principal) -> None:
        self.door = door
        self.caller = owner
        """Whose request it is at this moment; the owner's where nobody asked."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        # The body is read before the lock: a slow sender does not stop the world.
        request = read(environ)
        with self.door.turn():
            answer = self._answer(environ, request)
        return answer.give(start_response)

    def _answer(self, environ: Environ, request: Request) -> Answer:
        scope = scope_of(request)
        git = GIT_PATH.match(request.path)
        if scope is None:
            return _who_are_you(request, git is not None)
        service = "git" if git else scope.service
        principal = self.door.find(scope.access_key)
        if principal is None:
            return self._unknown(request, service, scope)
        verdict = self.door.authorize(principal, scope, request)
        if not verdict.allowed:
            answer = refuse(request, service, "AccessDenied", verdict.message)
        else:
            answer = self._pass(environ, request, principal, verdict.action)
        self._note(principal, verdict, request, answer)
        return answer

    def _pass(self, environ: Environ, request: Request, principal: Principal, action: str) -> Answer:
        broken = self.door.fault(principal, action, request)
        if broken is not None:
            return broken
        behind = self.door.git if GIT_PATH.match(request.path) else self.door.aws
        before, self.caller = self.caller, principal  # a function that runs inside asks for itself
        try:
            return call(behind, {**with_body(environ, request.body), "sandbox.caller": principal.arn})
        finally:
            self.caller = before

    def _unknown(self, request: Request, service: str, scope: Scope) -> Answer:
        self.door.record("stranger", {"access_key": scope.access_key, "service": service})
        if service == "git":
            return _who_are_you(request, git=True)
        message = "The security token included in the request is invalid."
        form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        return refuse(
            request, service, "InvalidClientTokenId" if form else "UnrecognizedClientException", message
        )

    def _note(self, principal: Principal, verdict: Verdict, request: Request, answer: Answer) -> None:
        detail = {
            "who": principal.name,
            "action": verdict.action,
            "allowed": verdict.allowed,
            "statement": verdict.statement,
            "status": answer.status,
            "body": request.body if len(request.body) <= 65536 else b"",
        }
        self.door.record("request", detail)


def _who_are_you(request: Request, git: bool) -> Answer:
    if git:  # Git asks first without a name and sends its credential when told to.
        return Answer(
            401, (("WWW-Authenticate", 'Basic realm="sandbox"'), ("Content-Type", "text/plain")), b""
        )
    return refuse(request, "", "MissingAuthenticationToken", "Request is missing Authentication Token")


def action_of(scope: Scope, request: Request) -> str:
    """`service:Operation` where a request says it; method and path where only AWS's model could tell."""
    git = GIT_PATH.match(request.path)
    if git:
        return f"codecommit:{'GitPush' if 'receive-pack' in request.path + request.query else 'GitPull'}"
    if target := request.headers.get("x-amz-target"):
        return f"{scope.service}:{target.rpartition('.')[2]}"
    if found := _ACTION.search(request.body):
        return f"{scope.service}:{found[1].decode()}"
    if named := parse_qs(request.query).get("Action"):
        return f"{scope.service}:{named[0]}"
    return f"{scope.service}:{request.method} {request.path}"


def allow(_: Principal, scope: Scope, request: Request) -> Verdict:
    """A door that lets everybody it knows pass."""
    return Verdict(True, action_of(scope, request))
