"""Secrets Manager: where a secret is, and the one secret that we may read ourselves."""

from __future__ import annotations

from typing import Any

from ecs_gitops.aws.errors import translate


class Secrets:
    """Secrets of this account and Region."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def arn(self, name: str) -> str:
        """A secret's full ARN, never its value."""
        with translate(f"cannot find secret {name}"):
            return str(self._client.describe_secret(SecretId=name)["ARN"])

    def token(self, arn: str) -> str:
        """The text of the secret that holds the source's token."""
        with translate(f"cannot read secret {arn}"):
            return str(self._client.get_secret_value(SecretId=arn)["SecretString"]).strip()
