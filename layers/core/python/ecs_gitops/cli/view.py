"""How plans, statuses and histories look to a person (rich) and to a machine (JSON). Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from ecs_gitops.model.actions import Action, Adopt, CreateService, Prune, Reconfigure, Replace, RollOut
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Change, HistoryEntry, Status
from ecs_gitops.model.vocabulary import Effect, Health, Reason, Sync
from ecs_gitops.store.bounds import stands_for_more

VERBS: Mapping[type, str] = {
    Adopt: "adopt",
    CreateService: "create",
    RollOut: "roll out",
    Reconfigure: "reconfigure",
    Replace: "replace",
    Prune: "delete",
}
EFFECT_STYLE = {Effect.IN_PLACE: "cyan", Effect.NEW_DEPLOYMENT: "yellow", Effect.REPLACEMENT: "bold red"}
HEALTH_STYLE = {
    Health.HEALTHY: "green",
    Health.PROGRESSING: "cyan",
    Health.SUSPENDED: "blue",
    Health.DEGRADED: "bold red",
    Health.MISSING: "yellow",
    Health.UNKNOWN: "magenta",
}
SYNC_STYLE = {Sync.SYNCED: "green", Sync.OUT_OF_SYNC: "yellow", Sync.UNKNOWN: "magenta"}


def plain(value: object) -> Any:
    """Any of our values as JSON-ready data: dataclasses as objects in camelCase, keys as `cluster/name`."""
    if isinstance(value, ServiceKey):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {_camel(field.name): plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def _camel(name: str) -> str:
    """`desired_commit` → `desiredCommit`: JSON is spelled as AWS spells it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def as_json(value: object) -> str:
    """One JSON document, two spaces deep."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False)


def action_document(action: Action) -> dict[str, Any]:
    """An action for `-o json`: what, why, what it costs, and what holds it."""
    return {
        "action": VERBS[type(action)],
        "service": str(action.key),
        "consequence": consequence(action),
        "changes": plain(action.changes),
        "held": plain(action.held) if action.held else None,
    }


def consequence(action: Action) -> str:
    """What applying it costs, in the words of `Effect`, or what kind of step it is."""
    match action:
        case Adopt():
            return "nothing changes in ECS"
        case CreateService():
            return "new service"
        case Prune():
            return "the service is deleted"
        case Replace():
            return Effect.REPLACEMENT.value
        case RollOut():
            return Effect.NEW_DEPLOYMENT.value
        case _:
            return Effect.IN_PLACE.value


def action_lines(action: Action) -> list[Text]:
    """An action as coloured lines: a heading, then one line a field."""
    heading = Text.assemble(
        (str(action.key), "bold"), "  ", VERBS[type(action)], f" ({consequence(action)})"
    )
    lines = [heading]
    if action.held:
        lines.append(Text(f"  held: {action.held.reason}: {action.held.message}", style="yellow"))
    return [*lines, *(change_line(change) for change in action.changes)]


def change_line(change: Change) -> Text:
    """`~ path: live → desired   effect`; `+` and `-` where one side is absent."""
    if stands_for_more(change):
        return Text(f"  … {change.path}")
    sign, style = ("~", "yellow")
    if change.live is None:
        sign, style = ("+", "green")
    elif change.desired is None:
        sign, style = ("-", "red")
    sides = [
        Text(compact(side), style=tone) for side, tone in ((change.live, "red"), (change.desired, "green"))
    ]
    shown = [
        text for text, side in zip(sides, (change.live, change.desired), strict=True) if side is not None
    ]
    body = Text(" → ").join(shown)
    effect = Text(f"  ({change.effect})", style=EFFECT_STYLE[change.effect])
    return Text.assemble((f"  {sign} ", style), f"{change.path}: ", body, effect)


def compact(value: Any) -> str:
    """A value on one line, cut where it would be longer than a person reads."""
    text = json.dumps(plain(value), ensure_ascii=False)
    return text if len(text) <= 120 else text[:117] + "…"


def when(seconds: float | None) -> str:
    """Seconds since the epoch as `2026-11-23 05:01:02Z`; a dash when there is none."""
    return "-" if not seconds else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _whole(heading: str) -> Column:
    """A column of sentences: what is too long for it, such as an ARN, goes on below and is not cut."""
    return Column(heading, overflow="fold")


def status_table(rows: Iterable[tuple[ServiceKey, Status]]) -> Table:
    """All services, a row each."""
    table = Table("SERVICE", "SYNC", "HEALTH", "REASON", "COMMIT", _whole("WHY"), box=None, pad_edge=False)
    for key, status in rows:
        table.add_row(
            str(key),
            Text(status.sync, style=SYNC_STYLE[status.sync]),
            Text(status.health, style=HEALTH_STYLE[status.health]),
            status.reason,
            (status.applied_commit or status.desired_commit)[:8] or "-",
            escape(status.message),
        )
    return table


def status_line(key: ServiceKey, status: Status) -> Text:
    """One service on one line: what a follower of a rollout sees change."""
    reason = "" if status.reason is Reason.SYNCED else f" {status.reason}"
    return Text.assemble(
        (str(key), "bold"),
        "  ",
        (status.sync, SYNC_STYLE[status.sync]),
        " ",
        (status.health, HEALTH_STYLE[status.health]),
        f"{reason}: {status.message}",
    )


def history_table(entries: Iterable[HistoryEntry]) -> Table:
    """What was done for one service, newest first; below each, what was changed."""
    table = Table("WHEN", "COMMIT", "EVENT", "BY", _whole("WHAT"), box=None, pad_edge=False)
    for entry in entries:
        what = Text("\n").join([Text(entry.message), *(change_line(change) for change in entry.changes)])
        table.add_row(when(entry.at), entry.commit[:8] or "-", entry.event, entry.sender or "-", what)
    return table
