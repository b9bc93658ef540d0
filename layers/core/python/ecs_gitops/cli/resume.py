"""`ecs-gitops resume`: end a pause before its time, and follow what waited."""

from __future__ import annotations

from ecs_gitops.cli import install, options, request
from ecs_gitops.model.vocabulary import Verb

HELP = "End a pause before its time, and follow what waited to its outcome."
EXAMPLES = "Examples:  `ecs-gitops resume handson/nginx`  ·  `ecs-gitops resume handson/nginx --timeout 0`"


def run(
    service: options.Service,
    output: options.As = options.Output.TEXT,
    timeout: options.Timeout = 3600,
    stack: options.Stack = options.STACK,
    region: options.Region = None,
    profile: options.Profile = None,
) -> None:
    """Send the request; with --timeout 0 do not follow it."""
    controller = install.get(stack, region, profile)
    request.ask(controller, request.a_request(service, Verb.RESUME), output, timeout)
