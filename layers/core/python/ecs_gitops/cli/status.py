"""`ecs-gitops status`: is it in sync, does it work, and one sentence of why; follows a rollout live."""

from __future__ import annotations

import typer

from ecs_gitops.cli import exits, follow, install, options
from ecs_gitops.cli.console import err, out
from ecs_gitops.cli.view import as_json, change_line, plain, status_line, status_table, when
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health
from ecs_gitops.resources.task_definition import revision_arn, revision_name
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.store.heads import Source

HELP = "Is it in sync, does it work, and one sentence of why. With one SERVICE, follows a rollout live."
EXAMPLES = (
    "Examples:  `ecs-gitops status`  ·  `ecs-gitops status handson/nginx`  ·  "
    "`ecs-gitops status handson/nginx --no-follow -o json`"
)


def run(
    services: options.Services = None,
    follow_live: bool = typer.Option(
        True, "--follow/--no-follow", help="Follow one service's rollout to its end"
    ),
    output: options.As = options.Output.TEXT,
    timeout: options.Timeout = 3600,
    stack: options.Stack = options.STACK,
    region: options.Region = None,
    profile: options.Profile = None,
) -> None:
    """Exit 3 when a service asked for by name is Degraded."""
    controller = install.get(stack, region, profile)
    source = controller.table.source(controller.settings.source_id)
    if output is options.Output.TEXT:
        for trouble in source.troubles:
            err().print(f"config repository, since {when(trouble.since)}: {trouble.message}", markup=False)
    if services and len(services) == 1:
        _one(controller, services[0], output, timeout if follow_live else 0, source)
        return
    rows = [(desired, record) for desired, record in controller.table.all() if desired or record.status]
    shown = [(d, r) for d, r in rows if not services or r.key in services]
    if output is options.Output.JSON:
        documents = [_document(desired, record) for desired, record in shown]
        out().print(as_json({"source": _source(source), "services": documents}), markup=False)
    elif shown:
        out().print(status_table((record.key, _status(record)) for _, record in shown))
    else:
        err().print("no services are known yet: push a manifest to the config repository")


def _one(
    controller: Controller, key: ServiceKey, output: options.Output, timeout: int, source: Source
) -> None:
    desired, record = controller.table.get(key)
    if desired is None and record.status is None:
        raise TerminalError(f"cannot show {key}: Git has no manifest of it, and nothing was done for it")
    if timeout and follow.is_moving(desired, record):
        record = follow.follow(controller, key, timeout)
        desired = controller.table.get(key)[0]
    status = _status(record)
    if output is options.Output.JSON:
        out().print(as_json({"source": _source(source), **_document(desired, record)}), markup=False)
    else:
        _detail(desired, record)
    if status.health is Health.DEGRADED:
        raise typer.Exit(exits.DEGRADED)


def _status(record: Record) -> Status:
    return record.status or follow.UNKNOWN


def _source(source: Source) -> dict[str, object]:
    """What stands between Git and the services; `troubles` is empty when the head is taken in."""
    return {"head": source.head, "troubles": plain(source.troubles)}


def _document(desired: Desired | None, record: Record) -> dict[str, object]:
    return {
        "service": str(record.key),
        "status": plain(_status(record)),
        "path": desired.path if desired else None,
        "desiredCommit": desired.commit if desired else None,
        "appliedCommit": record.applied.commit if record.applied else None,
        "taskDefinition": revision_arn(record.running),
        "attempt": plain(record.attempt),
        "quarantine": plain(record.quarantine),
        "dueAt": record.due_at,
        "waitingFor": plain(record.waiting_for),
        "blockedBy": plain(record.blocked_by),
        "paused": plain(record.paused),
    }


def _detail(desired: Desired | None, record: Record) -> None:
    status, console = _status(record), out()
    console.print(status_line(record.key, status))
    rows = {
        "desired": f"{desired.commit[:8]}  {desired.path}" if desired else "-",
        "applied": record.applied.commit[:8] if record.applied else "-",
        "runs": revision_name(revision_arn(record.running) or "-"),
        "looked at": when(status.at),
    }
    if record.attempt:
        attempt = record.attempt
        rows["attempt"] = f"{attempt.commit[:8]}  {attempt.outcome or 'in progress'}  {attempt.message}"
    for entry in record.quarantine:
        rows["quarantined"] = f"{entry.commit[:8]}  {entry.digest[:15]}  since {when(entry.at)}"
    for word, text in rows.items():
        console.print(f"  {word:<12}{text}", markup=False)
    for change in status.changes:
        console.print(change_line(change))
