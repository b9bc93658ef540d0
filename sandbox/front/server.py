"""The one door: every request passes the lock, who, may they, the fault, and then goes to Git or AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sandbox.front.denied import refuse
from sandbox.front.who import FindPrincipal, Principal, Scope, scope_of
from sandbox.front.wsgi import (
    Answer,
    Application,
    Environ,
    Request,
    StartResponse,
    call,
    environ_of,
    form,
    read,
    with_body,
)

GIT_PATH = re.compile(r"^/v1/repos/(?P<name>[\w.-]+)(?P<rest>/.*)$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the door decided, and the statement that decided it (`""` where none was asked)."""

    allowed: bool
    action: str
    statement: str = ""
    message: str = ""


Authorize = Callable[[Principal, Scope, Request], Verdict]
Fault = Callable[[Principal, str, Request], Answer | None]
After = Callable[[Principal, str, Request], None]
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
    straight: Callable[[Request], Answer | None] = lambda _request: None
    """AWS's answer to a request that needs no environment; None where one does."""
    after: After = lambda _principal, _action, _request: None
    """Told of every request that was done, before its sender hears of it."""


class Front:
    """The WSGI application of the sandbox."""

    def __init__(self, door: Door, owner: Principal) -> None:
        self.door = door
        self.caller = owner
        """Whose request it is at this moment; the owner's where nobody asked."""
        self.trace = ""
        """That request's X-Amzn-Trace-Id."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        # The body is read before the lock: a slow sender does not stop the world.
        return self.ask(read(environ), environ).give(start_response)

    def ask(self, request: Request, environ: Environ | None = None) -> Answer:
        """The answer to a request, of which an environment is made only where somebody needs one."""
        with self.door.turn():
            return self._answer(environ, request)

    def _answer(self, environ: Environ | None, request: Request) -> Answer:
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
        self.door.after(principal, verdict.action, request)
        return answer

    def _pass(self, environ: Environ | None, request: Request, principal: Principal, action: str) -> Answer:
        broken = self.door.fault(principal, action, request)
        if broken is not None:
            return broken
        before = self.caller, self.trace  # a function that runs inside asks for itself
        self.caller, self.trace = principal, request.headers.get("x-amzn-trace-id", "")
        try:
            return self.door.straight(request) or self._behind(environ, request, principal)
        except NotImplementedError:  # moto's word; as a 500 every client would try it again and again
            message = f"The sandbox does not know {action}."
            return refuse(request, action.partition(":")[0], "NotImplemented", message)
        finally:
            self.caller, self.trace = before

    def _behind(self, environ: Environ | None, request: Request, principal: Principal) -> Answer:
        behind = self.door.git if GIT_PATH.match(request.path) else self.door.aws
        whole = with_body(environ or environ_of(request), request.body)
        return call(behind, {**whole, "sandbox.caller": principal.arn})

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
            "params": _params(request),
        }
        self.door.record("request", detail)


def _who_are_you(request: Request, git: bool) -> Answer:
    if git:  # Git asks first without a name and sends its credential when told to.
        return Answer(
            401, (("WWW-Authenticate", 'Basic realm="sandbox"'), ("Content-Type", "text/plain")), b""
        )
    return refuse(request, "", "MissingAuthenticationToken", "Request is missing Authentication Token")


def _params(request: Request) -> Mapping[str, Any]:
    """What a request states, where it states it in JSON or as a form; empty for all others."""
    kind = request.headers.get("content-type", "")
    if kind.startswith(("application/json", "application/x-amz-json")):
        try:
            stated = json.loads(request.body or b"{}")
        except ValueError:
            return {}
        return stated if isinstance(stated, dict) else {}
    if kind.startswith("application/x-www-form-urlencoded"):
        return {name: value for name, value in form(request.body) if value}
    return {}
