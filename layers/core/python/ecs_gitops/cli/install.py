"""Finds the controller of this account and Region through its stack's outputs."""

from __future__ import annotations

from dataclasses import dataclass

from ecs_gitops import bootstrap
from ecs_gitops.aws import account
from ecs_gitops.bootstrap import Controller
from ecs_gitops.errors import TerminalError

NEEDS = "it is installed with `sam deploy`, or named by --stack"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a person can reach: AWS, and the controller if there is one."""

    aws: Controller
    installed: bool


def find(stack: str, region: str | None, profile: str | None) -> Reach:
    """The controller of `stack`; without one, AWS alone, under an install that owns nothing."""
    session = account.session(region, profile)
    settings = account.settings_of(session, stack)
    if settings is None:
        return Reach(bootstrap.build(account.no_install(session), session), installed=False)
    return Reach(bootstrap.build(settings, session), installed=True)


def get(stack: str, region: str | None, profile: str | None) -> Controller:
    """The controller of `stack`. Raises TerminalError when there is none."""
    reach = find(stack, region, profile)
    if not reach.installed:
        raise TerminalError(f"cannot find the controller: there is no stack {stack} here; {NEEDS}")
    return reach.aws
