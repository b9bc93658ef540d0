"""Puts a person's request on the services queue and follows it to its outcome."""

from __future__ import annotations

import uuid

import typer

from ecs_gitops.cli import exits, follow
from ecs_gitops.cli.console import err, out
from ecs_gitops.cli.options import Output
from ecs_gitops.cli.view import as_json, status_line
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Health, Verb
from ecs_gitops.runtime.bootstrap import Controller


def a_request(key: ServiceKey, verb: Verb, *, seconds: int = 0, reason: str = "") -> Wake:
    """The message that asks for `verb`, as nobody asked before."""
    cause = Cause("Request", str(uuid.uuid4()), detail=verb.value)
    return Wake(key, cause, verb, seconds=seconds, reason=reason)


def ask(controller: Controller, wake: Wake, output: Output, timeout: int) -> None:
    """Send a request and follow it. Exit 3 when it ends Degraded; with `timeout` 0, do not follow."""
    key, verb, request = wake.key, wake.request, wake.cause.id
    if controller.table.get(key)[0] is None:
        raise TerminalError(f"cannot {verb} {key}: Git has no manifest of it")
    controller.services.send(wake)
    err().print(f"asked for {verb} of {key} (request {request})", markup=False)
    if not timeout:
        return
    pausing = verb is Verb.PAUSE  # which stops nothing that is under way
    record = follow.follow(
        controller, key, timeout, lambda: _is_heard(controller, wake), also_moving=pausing
    )
    status = record.status or follow.UNKNOWN
    if output is Output.JSON:
        out().print(as_json({"service": key, "request": request, "status": status}), markup=False)
    else:
        out().print(status_line(key, status))
    if status.health is Health.DEGRADED:
        raise typer.Exit(exits.DEGRADED)


def _is_heard(controller: Controller, wake: Wake) -> bool:
    """The controller took the request up: its history says so."""
    return any(entry.cause == wake.cause.id for entry in controller.table.history(wake.key, 50))
