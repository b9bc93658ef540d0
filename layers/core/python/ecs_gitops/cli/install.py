"""Finds the controller of this account and Region through its stack's outputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ecs_gitops.aws import account
from ecs_gitops.manifest.references import Lookup
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.names import Install
from ecs_gitops.runtime import bootstrap
from ecs_gitops.runtime.bootstrap import Controller

NEEDS = "it is installed with `sam deploy`, or named by --stack"


@dataclass(frozen=True)
class Reach:
    """What a person can reach: AWS, and the controller if there is one."""

    aws: Controller
    installed: bool

    def lookup(self, namespace: str, key: str) -> str:
        """What a reference stands for. Raises TerminalError or RetryableError when there is no answer."""
        own = {"account": self._install.account, "region": self._install.region}
        if namespace == "aws" and key in own:
            return own[key]
        return self._ask(namespace, key)

    @property
    def _install(self) -> Install:
        return self.aws.settings.install

    @cached_property
    def _ask(self) -> Lookup:
        return self.aws.lookup


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
