"""CodeCommit's API over the real repositories: moto's part, and what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import moto.codecommit.urls
from moto.codecommit.models import CodeCommitBackend
from moto.codecommit.responses import CodeCommitResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult

from sandbox.services.codecommit.repositories import RefChange, Repositories

Document = Mapping[str, Any]


def backend(repositories: Repositories, clone_url: Callable[[str], str]) -> type[CodeCommitBackend]:
    """moto's records with a real repository behind each."""

    class SandboxCodeCommit(CodeCommitBackend):
        _url_module = moto.codecommit.urls

        def create_repository(self, repository_name: str, repository_description: str) -> dict[str, str]:
            made = super().create_repository(repository_name, repository_description)
            made.update(cloneUrlHttp=clone_url(repository_name), defaultBranch="main")
            repositories.create(repository_name)
            return made

        def delete_repository(self, repository_name: str) -> str | None:
            repositories.delete(repository_name)
            return super().delete_repository(repository_name)

        def head(self, repository_name: str, branch: str) -> str | None:
            self.get_repository(repository_name)
            return repositories.head(repository_name, branch)

    return SandboxCodeCommit


class SandboxCodeCommitResponse(CodeCommitResponse):
    """The operations that moto has not; found by their names, answered by botocore's model."""

    def get_branch(self) -> ActionResult:
        name, branch = self._get_param("repositoryName"), self._get_param("branchName")
        commit = self.codecommit_backend.head(name, branch)
        if commit is None:
            raise JsonRESTError("BranchDoesNotExistException", f"Branch {branch} does not exist in {name}")
        return ActionResult({"branch": {"branchName": branch, "commitId": commit}})


def event_detail(change: RefChange, repository_id: str) -> Document:
    """The detail of a `CodeCommit Repository State Change`, by EventBridge's schema of aws.codecommit."""
    _, kind, name = change.ref.split("/", 2)
    event = "referenceCreated" if change.old is None else "referenceUpdated"
    if change.new is None:
        event = "referenceDeleted"
    detail = {
        "callerUserArn": change.caller,
        "event": event,
        "repositoryName": change.repository,
        "repositoryId": repository_id,
        "referenceType": "tag" if kind == "tags" else "branch",
        "referenceName": name,
        "referenceFullName": change.ref,
    }
    commits = {"commitId": change.new, "oldCommitId": change.old}
    return {**detail, **{key: commit for key, commit in commits.items() if commit is not None}}
