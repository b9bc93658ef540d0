"""The command line: one file per verb, data on stdout, everything else on stderr."""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from ecs_gitops import __version__
from ecs_gitops.cli import (
    doctor,
    exits,
    history,
    import_,
    pause,
    plan,
    render,
    resume,
    retry,
    status,
    sync,
    validate,
)
from ecs_gitops.model.errors import GitOpsError, TerminalError

app = typer.Typer(
    name="ecs-gitops",
    help="Amazon ECS follows your Git repository. SERVICE is always cluster/service.",
    epilog="Exit codes: 0 done, 1 failed, 2 differs (plan --exit-code), 3 degraded (status, sync, retry, "
    "resume, doctor), 64 wrong usage, 75 try again later.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"ecs-gitops {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None: ...


for verb in (validate, render, plan, import_, status, history, sync, retry, pause, resume, doctor):
    name = verb.__name__.rpartition(".")[2].rstrip("_")
    app.command(name, help=verb.HELP, epilog=verb.EXAMPLES)(verb.run)
app.command("diff", help="The same as plan.", epilog=plan.EXAMPLES, hidden=True)(plan.run)


def main() -> None:
    """The console script: every failure ends in one line on stderr and an exit code."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except GitOpsError as error:
        typer.echo(f"ecs-gitops: {error}", err=True)
        sys.exit(exits.FAILED if isinstance(error, TerminalError) else exits.TRY_AGAIN)
    except TyperException as error:
        if said := error.format_message():  # without words it was `ecs-gitops` alone, and help was shown
            typer.echo(f"ecs-gitops: {said} (see --help)", err=True)
        sys.exit(exits.USAGE)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(exits.INTERRUPTED)
