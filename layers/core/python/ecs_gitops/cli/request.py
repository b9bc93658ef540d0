"""Puts a person's request on the services queue and follows it to its outcome."""

from __future__ import annotations

import uuid

import typer

from ecs_gitops.bootstrap import Controller
from ecs_gitops.cli import exits, follow
from ecs_gitops.cli.console import err, out
from ecs_gitops.cli.options import Output
from ecs_gitops.cli.view import as_json, status_line
from ecs_gitops.errors import TerminalError
from ecs_gitops.model import Cause, Desired, Health, Record, ServiceKey, Verb, Wake


def ask(controller: Controller, key: ServiceKey, verb: Verb, output: Output, timeout: int) -> None:
    """Send `verb` and follow it. Exit 3 when it ends Degraded; with `timeout` 0, do not follow."""
    if controller.table.get(key)[0] is None:
        raise TerminalError(f"cannot {verb} {key}: Git has no manifest of it")
    request = str(uuid.uuid4())
    controller.services.send(Wake(key, Cause("Request", request, detail=verb.value), verb))
    err().print(f"asked for {verb} of {key} (request {request})", markup=False)
    if not timeout:
        return
    record = follow.follow(
        controller, key, timeout, lambda desired, now: _is_answered(controller, request, desired, now)
    )
    status = record.status or follow.UNKNOWN
    if output is Output.JSON:
        out().print(as_json({"service": key, "request": request, "status": status}), markup=False)
    else:
        out().print(status_line(key, status))
    if status.health is Health.DEGRADED:
        raise typer.Exit(exits.DEGRADED)


def _is_answered(controller: Controller, request: str, desired: Desired | None, record: Record) -> bool:
    """The controller took the request up, and nothing is moving any more."""
    if follow.is_moving(desired, record):
        return False
    return any(entry.cause == request for entry in controller.table.history(record.key, 50))
