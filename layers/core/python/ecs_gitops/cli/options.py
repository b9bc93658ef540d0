"""The options that several verbs share, spelled once."""

from __future__ import annotations

import posixpath
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ecs_gitops.model.names import ServiceKey


class Output(StrEnum):
    """How data leaves on stdout."""

    TEXT = "text"
    JSON = "json"


def service(text: str) -> ServiceKey:
    """`cluster/service` as typer's parser. Raises typer.BadParameter."""
    try:
        return ServiceKey.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def folder(text: str) -> str:
    """A folder of the working copy as typer's parser: no slash at its ends. Raises typer.BadParameter."""
    path = posixpath.normpath(text)
    if path.startswith(("/", "..")) or path == ".":
        raise typer.BadParameter(f"{text!r} is no folder inside the config repository")
    return path


Service = Annotated[ServiceKey, typer.Argument(parser=service, metavar="SERVICE", help="cluster/service")]
Services = Annotated[
    list[ServiceKey] | None,
    typer.Argument(parser=service, metavar="SERVICE", help="cluster/service; all when none is named"),
]
As = Annotated[Output, typer.Option("--output", "-o", help="text or json")]
Folder = Annotated[Path, typer.Option("--path", "-p", help="The config repository's working copy")]
ConfigPath = Annotated[
    str | None,
    typer.Option(
        parser=folder,
        metavar="FOLDER",
        help="The folder in it that holds the manifests [desired_state; plan: the install's]",
    ),
]
Stack = Annotated[str, typer.Option(envvar="ECS_GITOPS_STACK", help="Name of the controller's stack")]
Region = Annotated[str | None, typer.Option(help="AWS Region [the profile's]")]
Profile = Annotated[str | None, typer.Option(help="AWS profile")]
Timeout = Annotated[int, typer.Option(help="Give up following after so many seconds")]

STACK = "ecs-gitops"
CONFIG_PATH = "desired_state"
