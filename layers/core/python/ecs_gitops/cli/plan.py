"""`ecs-gitops plan`: what a working copy would change in ECS, field by field, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.text import Text

from ecs_gitops.cli import exits, install, options
from ecs_gitops.cli.console import err, out
from ecs_gitops.cli.validate import by_place
from ecs_gitops.cli.view import action_document, action_lines, as_json
from ecs_gitops.manifest.faults import Fault
from ecs_gitops.manifest.folder import tree_of
from ecs_gitops.manifest.load import LoadedTree, load
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record
from ecs_gitops.store.stored import unreadable
from ecs_gitops.sweep.fleet import Planned, as_pushed, plan_all, with_record

HELP = "Show what a working copy would change in ECS, and what applying it costs. Changes nothing."
EXAMPLES = (
    "Examples:  `ecs-gitops plan`  ·  `ecs-gitops plan handson/nginx --exit-code`  ·  "
    "`ecs-gitops plan --path config -o json`"
)
NOTHING_BEFORE = Stated("", "", None, None)


def run(
    services: options.Services = None,
    path: options.Folder = Path(),
    config_path: options.ConfigPath = None,
    exit_code: bool = typer.Option(False, "--exit-code", help="Exit 2 when something differs"),
    output: options.As = options.Output.TEXT,
    stack: options.Stack = options.STACK,
    region: options.Region = None,
    profile: options.Profile = None,
) -> None:
    """Load, look and plan; data to stdout, notices and faults to stderr."""
    reach = install.find(stack, region, profile)
    folder = config_path or (reach.aws.settings.config_path if reach.installed else options.CONFIG_PATH)
    if not (path / folder).is_dir():
        raise TerminalError(f"cannot read manifests: there is no folder {path / folder}")
    loaded = load(tree_of(path, folder), folder, lookup=reach.lookup)
    errors = _tell(loaded, reach)
    planned = _plan(reach, loaded, _named(services, loaded))
    _print(planned, output, two_way=not reach.installed)
    if errors:
        raise typer.Exit(exits.FAILED)
    if exit_code and any(each.actions for each in planned):
        raise typer.Exit(exits.DIFFERS)


def _named(services: Sequence[ServiceKey] | None, loaded: LoadedTree) -> list[ServiceKey]:
    unknown = [key for key in services or () if key not in loaded.paths]
    if unknown:
        raise TerminalError(f"cannot plan {unknown[0]}: the folder holds no manifest of it")
    return [key for key in sorted(services or loaded.paths) if key in loaded.manifests]


def _tell(loaded: LoadedTree, reach: install.Reach) -> list[Fault]:
    faults = by_place(fault for found in loaded.faults.values() for fault in found)
    for fault in faults:
        word, style = ("warning", "yellow") if fault.warning else ("error", "red")
        err().print(Text.assemble((word, style), " ", str(fault)))
    for key, error in loaded.postponed.items():
        err().print(f"{key} is left out: {error}", markup=False)
    if not reach.installed:
        err().print("no controller found: comparing Git with ECS two ways, without what was applied before")
    return [fault for fault in faults if not fault.warning]


def _plan(reach: install.Reach, loaded: LoadedTree, keys: list[ServiceKey]) -> list[Planned]:
    aws = reach.aws
    known = aws.table.records(keys) if reach.installed else {}
    for key, record in known.items():
        if why := unreadable((None, record)):
            raise TerminalError(f"cannot plan {key}: {why}")
    records = (known.get(key, Record(key, applied=NOTHING_BEFORE)) for key in keys)
    desired = (as_pushed(loaded.manifests[key], aws.settings) for key in keys)
    pairs = [with_record(*pair) for pair in zip(desired, records, strict=True)]
    planned = plan_all(aws, pairs, aws.clock())
    for each in planned:
        if each.failed:
            raise TerminalError(f"cannot plan {each.desired.key}: {each.failed}")
    return planned


def _print(planned: list[Planned], output: options.Output, *, two_way: bool) -> None:
    if output is options.Output.JSON:
        services = [
            {
                "service": str(each.desired.key),
                "inSync": not each.actions,
                "actions": [action_document(action) for action in each.actions],
            }
            for each in planned
        ]
        out().print(as_json({"twoWay": two_way, "services": services}), markup=False)
        return
    for each in planned:
        for action in each.actions:
            for line in action_lines(action):
                out().print(line)
        if not each.actions:
            out().print(Text.assemble((str(each.desired.key), "bold"), "  in sync"))
