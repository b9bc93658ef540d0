"""Reads a branch of any Git repository over HTTPS: its head, and the files of one folder of it.

One shallow fetch into memory; nothing of the user's Git configuration, proxies or hooks is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dulwich.client import Urllib3HttpGitClient
from dulwich.object_store import ObjectStoreGraphWalker
from dulwich.objects import ObjectID
from dulwich.refs import Ref

from ecs_gitops.git.connection import connected
from ecs_gitops.git.credentials import Credentials
from ecs_gitops.git.folder import commit_from
from ecs_gitops.git.limits import ORDINARY, DamagedError, Limits, MissingError, TooLargeError
from ecs_gitops.git.pack import Pack
from ecs_gitops.git.pack_index import Kind
from ecs_gitops.git.snapshot import snapshot
from ecs_gitops.manifest.tree import Tree as Tree
from ecs_gitops.model.errors import RetryableError, SourceError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_SMALLER = "Take large files out of the branch, or keep the manifests in a repository of their own."


@dataclass(frozen=True, slots=True)
class Remote:
    """One branch of one repository."""

    url: str
    branch: str
    credentials: Credentials | None = None
    limits: Limits = ORDINARY

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.username or parts.password:
            raise SourceError("cannot read the source: its URL must not hold a credential")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise SourceError(f"cannot read {self.url}: only https:// is supported")

    def head(self) -> str | None:
        """The branch's commit, or None while there is no such branch."""
        with connected(self.url, self.credentials, self.limits) as client:
            refs = client.get_refs(b"", ref_prefix=[self._ref]).refs
        commit = refs.get(self._ref)
        return commit.decode() if commit else None

    def fetch(self, prefix: str) -> Tree:
        """The newest commit's files below `prefix` ("" for all), by a fetch of depth 1.

        Raises SourceError when the branch is missing or the repository too large.
        """
        with connected(self.url, self.credentials, self.limits) as client:
            walker: Any = ObjectStoreGraphWalker([], lambda _: [], shallow=set())
            commit, pack = self._bring(client, walker, depth=1)
        with self._told():
            return snapshot(pack, commit, prefix, self.limits)

    def holds(self, commit: str, head: Tree) -> bool:
        """Whether a commit is part of the history of a head that was just fetched.

        Asked of the host only where the head is not its child: what is new since `commit` is fetched,
        and leads back to it exactly when nothing was rewritten.
        """
        if commit == head.commit or commit in head.parents:
            return True
        old = ObjectID(commit.encode())
        walker: Any = ObjectStoreGraphWalker([old], lambda _: [], shallow=set())
        try:
            with connected(self.url, self.credentials, self.limits) as client:
                _, pack = self._bring(client, walker, depth=None)
            with self._told():
                new = Pack(pack, self.limits).objects(Kind.COMMIT)
                return any(commit in commit_from(content).parents for _, content in new)
        except SourceError:
            return False  # too much is new to tell

    def _bring(
        self, client: Urllib3HttpGitClient, walker: Any, *, depth: int | None
    ) -> tuple[str, bytearray]:
        """The branch's commit, and a pack of what the walker has not."""
        pack = bytearray()
        wanted: list[ObjectID] = []

        def wants(refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:  # noqa: ARG001
            wanted.extend(commit for ref, commit in refs.items() if ref == self._ref)
            return wanted

        def take(data: bytes) -> int:
            if len(pack) + len(data) > self.limits.pack:
                raise self._too_large(f"a fetch brings more than {self.limits.pack:,} bytes")
            pack.extend(data)
            return len(data)

        # Version 0 says the refs at once: version 2 asks for them by a request of its own.
        client.fetch_pack(b"", wants, walker, take, depth=depth, protocol_version=0)
        if not wanted:
            raise SourceError(f"cannot read {self.url}: there is no branch {self.branch}")
        return wanted[0].decode(), pack

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What is wrong with what came, by who must act."""
        try:
            yield
        except TooLargeError as error:
            raise self._too_large(str(error)) from error
        except DamagedError as error:
            raise RetryableError(f"cannot read {self.url}: the fetch came damaged: {error}") from error
        except MissingError as error:
            raise RetryableError(f"cannot read {self.url}: the fetch did not bring {error}") from error

    def _too_large(self, why: str) -> SourceError:
        return SourceError(f"cannot read {self.url}: {why}. {_SMALLER}")

    @property
    def _ref(self) -> Any:
        return f"refs/heads/{self.branch}".encode()
