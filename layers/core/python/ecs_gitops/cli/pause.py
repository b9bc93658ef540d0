"""`ecs-gitops pause`: apply nothing to a service for a while; what happens is still watched."""

from __future__ import annotations

import typer

from ecs_gitops.cli import install, options, request
from ecs_gitops.manifest.document import seconds
from ecs_gitops.model.vocabulary import Verb

HELP = "Apply nothing to a service for a while. Rollouts under way are still followed; it ends by itself."
EXAMPLES = (
    "Examples:  `ecs-gitops pause handson/nginx --for 2h`  ·  "
    '`ecs-gitops pause handson/nginx --for 30m --reason "load test"`'
)


def _duration(text: str) -> int:
    try:
        return seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def run(
    service: options.Service,
    lasts: int = typer.Option(..., "--for", parser=_duration, metavar="TIME", help="90s, 30m, 2h"),
    reason: str = typer.Option("", "--reason", help="Shown to whoever asks for the status"),
    output: options.As = options.Output.TEXT,
    timeout: options.Timeout = 60,
    stack: options.Stack = options.STACK,
    region: options.Region = None,
    profile: options.Profile = None,
) -> None:
    """Send the request; with --timeout 0 do not wait until it is heard."""
    wake = request.a_request(service, Verb.PAUSE, seconds=lasts, reason=reason)
    request.ask(install.get(stack, region, profile), wake, output, timeout)
