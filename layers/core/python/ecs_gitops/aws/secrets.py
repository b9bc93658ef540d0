"""Secrets Manager: where a secret is, and the one secret that we may read ourselves."""

from __future__ import annotations

import json
from typing import Any, Final

from ecs_gitops.aws.errors import translate

_ANY_USER: Final = "x-access-token"
"""GitHub, GitLab and Bitbucket take any name beside a token."""


class Secrets:
    """Secrets of this account and Region."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def arn(self, name: str) -> str:
        """A secret's full ARN, never its value."""
        with translate(f"cannot find secret {name}"):
            return str(self._client.describe_secret(SecretId=name)["ARN"])

    def credential(self, arn: str) -> tuple[str, str]:
        """User name and password for the source, from its secret.

        The secret holds a token alone, or JSON with `username` and `password` where a host asks for a
        certain name.
        """
        with translate(f"cannot read secret {arn}"):
            text = str(self._client.get_secret_value(SecretId=arn)["SecretString"]).strip()
        try:
            stated = json.loads(text)
        except ValueError:
            stated = None
        if isinstance(stated, dict) and {"username", "password"} <= stated.keys():
            return str(stated["username"]), str(stated["password"])
        return _ANY_USER, text
