"""`ecs-gitops render`: what a manifest comes to, and which line of which file gave each value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ecs_gitops.cli import exits, install, options
from ecs_gitops.cli.console import err, out
from ecs_gitops.cli.view import as_json, compact
from ecs_gitops.manifest import node
from ecs_gitops.manifest.folder import tree_of
from ecs_gitops.manifest.node import Node
from ecs_gitops.manifest.references import Lookup
from ecs_gitops.manifest.render import Rendered, origins, render, requests
from ecs_gitops.manifest.yaml_text import to_yaml
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.names import ServiceKey

HELP = "Show what a manifest comes to: merged, references resolved. Asks AWS only where references need it."
EXAMPLES = (
    "Examples:  `ecs-gitops render handson/nginx --show-origin`  ·  `ecs-gitops render --offline`  ·  "
    "`ecs-gitops render handson/nginx --format aws`"
)


class Format(StrEnum):
    """yaml and json are the manifest; aws is the requests that AWS would be sent."""

    YAML = "yaml"
    JSON = "json"
    AWS = "aws"


def run(
    services: options.Services = None,
    path: options.Folder = Path(),
    config_path: options.ConfigPath = None,
    show_origin: Annotated[
        bool, typer.Option("--show-origin", help="A line for each value, with file and line that gave it")
    ] = False,
    form: Annotated[Format, typer.Option("--format", "-f", help="yaml, json or aws")] = Format.YAML,
    offline: Annotated[bool, typer.Option("--offline", help="Leave references as they are")] = False,
    stack: options.Stack = options.STACK,
    region: options.Region = None,
    profile: options.Profile = None,
) -> None:
    """Print the manifests named, or all; exit 1 when one cannot be read or resolved."""
    folder = config_path or options.CONFIG_PATH
    if not (path / folder).is_dir():
        raise TerminalError(f"cannot read manifests: there is no folder {path / folder}")
    lookup = _left_alone if offline else _asked(stack, region, profile)
    chosen = [
        each
        for each in render(tree_of(path, folder), folder, lookup)
        if not services or each.key in services
    ]
    _tell(chosen, services or ())
    readable = [(each.key, each.document) for each in chosen if each.document is not None]
    if show_origin:
        _print_origins(readable, form)
    else:
        _print(readable, form)
    if any(not fault.warning for each in chosen for fault in each.faults):
        raise typer.Exit(exits.FAILED)


def _left_alone(namespace: str, key: str) -> str:
    return f"${{{namespace}:{key}}}"


def _asked(stack: str, region: str | None, profile: str | None) -> Lookup:
    """Finds AWS at the first question, so that a manifest without references needs no credentials."""

    @cache
    def reached() -> Callable[[str, str], str]:
        return install.find(stack, region, profile).lookup

    return lambda namespace, key: reached()(namespace, key)


def _tell(chosen: Sequence[Rendered], services: Sequence[ServiceKey]) -> None:
    missing = set(services) - {each.key for each in chosen}
    if missing:
        raise TerminalError(f"cannot render {min(missing)}: the folder holds no manifest of it")
    for fault in (fault for each in chosen for fault in each.faults):
        word, style = ("warning", "yellow") if fault.warning else ("error", "red")
        err().print(Text.assemble((word, style), " ", str(fault)))


def _print(readable: Sequence[tuple[ServiceKey, Node]], form: Format) -> None:
    if form is Format.YAML:
        texts = [f"# {key}\n{to_yaml(node.plain(document))}" for key, document in readable]
        out().print("---\n".join(texts), markup=False, end="")
        return
    shown: dict[str, Any] = {
        str(key): requests(key, document) if form is Format.AWS else node.plain(document)
        for key, document in readable
    }
    out().print(as_json(shown), markup=False)


def _print_origins(readable: Sequence[tuple[ServiceKey, Node]], form: Format) -> None:
    if form is not Format.YAML:
        shown = {str(key): [_document(each) for each in origins(found)] for key, found in readable}
        out().print(as_json(shown), markup=False)
        return
    for key, document in readable:
        out().print(f"# {key}", markup=False)
        for each in origins(document):
            place = f"{each.mark.file}:{each.mark.line}"
            out().print(f"{each.path}: {compact(each.value)}  # {place}", markup=False)


def _document(origin: Any) -> dict[str, Any]:
    mark = origin.mark
    return {"path": origin.path, "value": origin.value, "file": mark.file, "line": mark.line}
