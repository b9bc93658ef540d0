"""Systems Manager: parameters that are no secrets."""

from __future__ import annotations

from typing import Any

from ecs_gitops.aws.errors import translate
from ecs_gitops.model.errors import RefusedError


class Parameters:
    """Plain parameters."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def value(self, name: str) -> str:
        """A parameter's value. Raises RefusedError for a SecureString: secrets stay out of manifests."""
        with translate(f"cannot read parameter {name}"):
            parameter = self._client.get_parameter(Name=name)["Parameter"]
        if parameter["Type"] == "SecureString":
            raise RefusedError(
                f"cannot read parameter {name}: it is a SecureString; "
                "name it in secrets[].valueFrom instead"
            )
        return str(parameter["Value"])
