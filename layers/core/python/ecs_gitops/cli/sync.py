"""`ecs-gitops sync`: ask the controller to reconcile a service now, and follow it."""

from __future__ import annotations

from ecs_gitops.cli import install, options, request
from ecs_gitops.model.vocabulary import Verb

HELP = (
    "Ask the controller to reconcile a service now (also one in manual mode), and follow it to the outcome."
)
EXAMPLES = "Examples:  `ecs-gitops sync handson/nginx`  ·  `ecs-gitops sync handson/nginx --timeout 0`"


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
    request.ask(controller, request.a_request(service, Verb.SYNC), output, timeout)
