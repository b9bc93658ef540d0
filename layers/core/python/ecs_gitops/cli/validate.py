"""`ecs-gitops validate`: every fault in every manifest of a folder, with its place; calls no AWS."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer
from rich.text import Text

from ecs_gitops.cli import exits, options
from ecs_gitops.cli.console import err, out
from ecs_gitops.cli.view import as_json
from ecs_gitops.manifest.faults import Fault
from ecs_gitops.manifest.folder import tree_of
from ecs_gitops.manifest.load import LoadedTree, load
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Reason

HELP = "Check every manifest of a folder; reads files alone, calls no AWS."
EXAMPLES = "Examples:  `ecs-gitops validate`  ·  `ecs-gitops validate --path config -o json`"


def run(
    path: options.Folder = Path(),
    config_path: options.ConfigPath = None,
    output: options.As = options.Output.TEXT,
) -> None:
    """Print faults to stdout, one a line; exit 1 when one of them is more than a warning."""
    folder = config_path or options.CONFIG_PATH
    if not (path / folder).is_dir():
        raise TerminalError(f"cannot read manifests: there is no folder {path / folder}")
    loaded = load(tree_of(path, folder), folder, lookup=_not_looked_up)
    faults = by_place(fault for found in loaded.faults.values() for fault in _own(found))
    errors = [fault for fault in faults if not fault.warning]
    if output is options.Output.JSON:
        out().print(as_json({"services": sorted(loaded.paths), "faults": faults}), markup=False)
    else:
        _print(faults, loaded)
    if errors:
        raise typer.Exit(exits.FAILED)


def own_faults(path: Path, folder: str) -> dict[ServiceKey | None, list[Fault]]:
    """By service, what can be said of the manifests of a folder without asking AWS."""
    loaded = load(tree_of(path, folder), folder, lookup=_not_looked_up)
    return {key: _own(found) for key, found in loaded.faults.items()}


def by_place(faults: Iterable[Fault]) -> list[Fault]:
    """Faults in the order in which a reader meets them: by file, line and column."""
    return sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column))


def _not_looked_up(namespace: str, key: str) -> str:
    raise TerminalError(f"{namespace}:{key} is looked up when it is planned")


def _own(found: tuple[Fault, ...]) -> list[Fault]:
    """Faults of the file itself: what only a look-up can tell is not asked here."""
    unknown = {fault.path for fault in found if fault.reason is Reason.REFERENCE_UNAVAILABLE}
    return [fault for fault in found if fault.path not in unknown]


def _print(faults: list[Fault], loaded: LoadedTree) -> None:
    for fault in faults:
        word, style = ("warning", "yellow") if fault.warning else ("error", "red")
        out().print(Text.assemble((word, style), " ", str(fault)))
    errors = sum(not fault.warning for fault in faults)
    counts = {"service": len(loaded.paths), "error": errors, "warning": len(faults) - errors}
    many = [f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts.items()]
    err().print(", ".join(many))
