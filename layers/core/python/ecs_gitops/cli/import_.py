"""`ecs-gitops import`: manifests of what runs already, from ECS itself or from ecspresso's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ecs_gitops.aws import account
from ecs_gitops.aws.inventory import Inventory
from ecs_gitops.cli import exits, options
from ecs_gitops.cli.console import err, out
from ecs_gitops.cli.validate import own_faults
from ecs_gitops.ecspresso.configuration import convert
from ecs_gitops.manifest.imported import manifest_of
from ecs_gitops.manifest.yaml_text import to_yaml
from ecs_gitops.model.desired import Document
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.resources import shape
from ecs_gitops.resources.service import is_gone
from ecs_gitops.resources.statable import controlled_by_other

HELP = (
    "Write manifests of services that run already; changes nothing in ECS. "
    "`import ecspresso PATH [SERVICE]` reads ecspresso's files instead."
)
EXAMPLES = (
    "Examples:  `ecs-gitops import --cluster prod`  ·  `ecs-gitops import prod/web --path config`  ·  "
    "`ecs-gitops import ecspresso ./web/ecspresso.yml`"
)
ECSPRESSO = "ecspresso"
Manifests = Iterator[tuple[ServiceKey, Mapping[str, Any]]]


def run(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SERVICE]...", help="cluster/service; all of --cluster when none is named"),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="The cluster whose services are imported, or that SERVICE is in")
    ] = None,
    path: options.Folder = Path(),
    config_path: options.ConfigPath = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite manifests that are there")] = False,
    region: options.Region = None,
    profile: options.Profile = None,
) -> None:
    """Write a file for each service; its path to stdout, all that a person should know to stderr."""
    folder = config_path or options.CONFIG_PATH
    if words and words[0] == ECSPRESSO:
        manifests = _from_ecspresso(words[1:], cluster)
    else:
        keys = [_key(word, cluster) for word in words or ()]
        manifests = _from_ecs(Inventory(account.session(region, profile)), keys, cluster)
    written = _write(path, folder, manifests, force=force)
    if not _is_sound(path, folder, written):
        raise typer.Exit(exits.FAILED)


def _from_ecs(inventory: Inventory, keys: list[ServiceKey], cluster: str | None) -> Manifests:
    if not keys and cluster is None:
        raise typer.BadParameter("name services, or a whole cluster by --cluster")
    shapes = shape.load()
    keys = keys or inventory.services(str(cluster))
    described = inventory.ecs.describe(keys)
    for key in sorted(keys):
        reason = _why_not(described.get(key))
        if reason:
            _say("left out", "yellow", f"{key}: {reason}")
            continue
        task_definition = inventory.ecs.running(described[key]) or {}
        yield key, manifest_of(shapes, described[key], task_definition)


def _why_not(service: Document | None) -> str:
    if service is None or is_gone(service):
        return "there is no such service"
    other = controlled_by_other(service)
    return f"its versions are brought by {other}, which is not supported yet" if other else ""


def _from_ecspresso(words: list[str], cluster: str | None) -> Manifests:
    if not 1 <= len(words) <= 2:
        raise typer.BadParameter(
            "import ecspresso takes a path, and the service where its config names none"
        )
    key = _key(words[1], cluster) if len(words) == 2 else None
    converted = convert(shape.load(), Path(words[0]), key)
    for fault in converted.faults:
        _say("left" if fault.warning else "error", "yellow" if fault.warning else "red", str(fault))
    if converted.key is None or not converted.holds:
        raise TerminalError(f"cannot import {words[0]}: see above")
    yield converted.key, converted.manifest


def _key(word: str, cluster: str | None) -> ServiceKey:
    return options.service(word if "/" in word or cluster is None else f"{cluster}/{word}")


def _write(path: Path, folder: str, manifests: Manifests, *, force: bool) -> dict[ServiceKey, bool]:
    """Which services were written: False for one whose file was there already."""
    written = {}
    for key, manifest in manifests:
        file = path / folder / key.cluster / f"{key.name}.yaml"
        written[key] = force or not file.exists()
        if written[key]:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(to_yaml(manifest), encoding="utf-8")
            out().print(str(file), markup=False)
        else:
            _say("error", "red", f"{file} is there already; --force overwrites it")
    return written


def _is_sound(path: Path, folder: str, written: Mapping[ServiceKey, bool]) -> bool:
    """Tell what `validate` would say of the new files. False when a file was in the way."""
    if any(written.values()):
        for key, faults in own_faults(path, folder).items():
            for fault in faults if key is not None and written.get(key) else ():
                _say("warning" if fault.warning else "to do", "yellow", str(fault))
        err().print("nothing changed in ECS: commit the files, and see `ecs-gitops plan`")
    return bool(written) and all(written.values())


def _say(word: str, style: str, text: str) -> None:
    err().print(Text.assemble((word, style), " ", text))
