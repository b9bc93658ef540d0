"""References → values: `${namespace:key}` answered by the service that knows."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from ecs_gitops.aws.cloudformation import Stacks
from ecs_gitops.aws.ecr import Repositories
from ecs_gitops.aws.secrets import Secrets
from ecs_gitops.aws.ssm import Parameters
from ecs_gitops.model.errors import RefusedError

Client = Callable[[str], Any]
"""Makes the client of an AWS service, by its name."""


class Lookup:
    """Answers `(namespace, key)` for one reading of a source; clients are made when first needed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stacks: Stacks | None = None
        self._making = Lock()

    def __call__(self, namespace: str, key: str) -> str:
        """Raises TerminalError when there is no answer, RetryableError when there is none for now."""
        match namespace:
            case "cfn":
                return self._all_stacks().output(key)
            case "ssm":
                return Parameters(self._client("ssm")).value(key)
            case "ecr":
                return Repositories(self._client("ecr")).uri(key)
            case "secret":
                return Secrets(self._client("secretsmanager")).arn(key)
            case _:
                raise RefusedError(f"cannot resolve {namespace}:{key}: nobody answers for {namespace}")

    def _all_stacks(self) -> Stacks:
        with self._making:
            self._stacks = self._stacks or Stacks(self._client("cloudformation"))
            return self._stacks
