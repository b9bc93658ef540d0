"""`ecs-gitops history`: what was done for one service, at which commit, and how it ended."""

from __future__ import annotations

import typer

from ecs_gitops.cli import install, options
from ecs_gitops.cli.console import err, out
from ecs_gitops.cli.view import as_json, history_table
from ecs_gitops.model.errors import TerminalError

HELP = "What was done for one service, at which commit, and how it ended; newest first."
EXAMPLES = (
    "Examples:  `ecs-gitops history handson/nginx`  ·  `ecs-gitops history handson/nginx -n 5 -o json`"
)


def run(
    service: options.Service,
    limit: int = typer.Option(20, "--limit", "-n", min=1, max=1000, help="How many lines"),
    output: options.As = options.Output.TEXT,
    stack: options.Stack = options.STACK,
    region: options.Region = None,
    profile: options.Profile = None,
) -> None:
    """Print the newest `limit` lines."""
    table = install.get(stack, region, profile).table
    entries = table.history(service, limit)
    if not entries and table.get(service)[0] is None:
        raise TerminalError(
            f"cannot show {service}: Git has no manifest of it, and nothing was done for it"
        )
    if output is options.Output.JSON:
        out().print(as_json(entries), markup=False)
    elif entries:
        out().print(history_table(entries))
    else:
        err().print(f"nothing was done for {service} yet")
