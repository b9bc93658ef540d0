"""ECR: where a repository is."""

from __future__ import annotations

from typing import Any

from ecs_gitops.aws.errors import translate


class Repositories:
    """Image repositories of this account and Region."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def uri(self, name: str) -> str:
        """A repository's URI, without tag."""
        with translate(f"cannot find image repository {name}"):
            answer = self._client.describe_repositories(repositoryNames=[name])
        return str(answer["repositories"][0]["repositoryUri"])
