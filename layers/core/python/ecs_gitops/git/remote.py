"""Reads a branch of any Git repository over HTTPS: its head, and the files of one folder of it.

One shallow fetch into memory; nothing of the user's Git configuration, proxies or hooks is read.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from stat import S_ISDIR, S_ISREG
from typing import Any, TypeVar
from urllib.parse import urlsplit

from dulwich.client import Urllib3HttpGitClient
from dulwich.errors import ChecksumMismatch
from dulwich.object_format import DEFAULT_OBJECT_FORMAT
from dulwich.object_store import ObjectStoreGraphWalker
from dulwich.objects import Blob, Commit, ObjectID, ShaFile
from dulwich.objects import Tree as GitTree
from dulwich.pack import PackData, PackInflater, UnresolvedDeltas
from dulwich.refs import Ref

from ecs_gitops.git.connection import connected
from ecs_gitops.git.credentials import Credentials
from ecs_gitops.manifest.tree import Tree as Tree
from ecs_gitops.model.errors import RetryableError, SourceError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_Kind = TypeVar("_Kind", bound=ShaFile)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may bring, so that no repository can fill a function's memory.

    pack: bytes as they come over the wire; unpacked: bytes of every object in it; files: those below
    the folder that is read.
    """

    pack: int = 64 * 1024 * 1024
    unpacked: int = 256 * 1024 * 1024
    files: int = 20_000


@dataclass(frozen=True, slots=True)
class Remote:
    """One branch of one repository."""

    url: str
    branch: str
    credentials: Credentials | None = None
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.username or parts.password:
            raise SourceError("cannot read the source: its URL must not hold a credential")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise SourceError(f"cannot read {self.url}: only https:// is supported")

    def head(self) -> str | None:
        """The branch's commit, or None while there is no such branch."""
        with connected(self.url, self.credentials) as client:
            refs = client.get_refs(b"", ref_prefix=[self._ref]).refs
        commit = refs.get(self._ref)
        return commit.decode() if commit else None

    def fetch(self, prefix: str) -> Tree:
        """The newest commit's files below `prefix` ("" for all), by a fetch of depth 1.

        Raises SourceError when the branch is missing or the repository too large.
        """
        with connected(self.url, self.credentials) as client:
            walker: Any = ObjectStoreGraphWalker([], lambda _: [], shallow=set())
            commit, pack = self._bring(client, walker, depth=1)
            return self._tree(commit, pack, prefix)

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
            with connected(self.url, self.credentials) as client:
                _, pack = self._bring(client, walker, depth=None)
            found = self._objects(pack, is_whole=False).values()
        except SourceError:
            return False  # too much is new to tell
        return any(isinstance(each, Commit) and old in each.parents for each in found)

    def _bring(
        self, client: Urllib3HttpGitClient, walker: Any, *, depth: int | None
    ) -> tuple[ObjectID, bytes]:
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
        return wanted[0], bytes(pack)

    def _tree(self, commit: ObjectID, pack: bytes, prefix: str) -> Tree:
        files: dict[str, bytes] = {}
        links: set[str] = set()
        objects = self._objects(pack)
        try:
            made = _of(Commit, objects[commit])
            for path, mode, sha in _below(
                objects, made.tree, [step for step in prefix.split("/") if step], ""
            ):
                if S_ISREG(mode):
                    files[path] = _of(Blob, objects[sha]).data
                else:
                    links.add(path)
                if len(files) + len(links) > self.limits.files:
                    raise self._too_large(f"there are more than {self.limits.files:,} files below {prefix}")
        except KeyError as error:
            raise RetryableError(f"cannot read {self.url}: the fetch did not bring {error}") from error
        parents = tuple(parent.decode() for parent in made.parents)
        return Tree(commit.decode(), files, frozenset(links), parents)

    def _objects(self, pack: bytes, *, is_whole: bool = True) -> dict[Any, ShaFile]:
        """Every object of a pack, its checksum verified; dulwich bounds each by its stated size.

        is_whole: False leaves out those that are stated as changes of objects that are elsewhere.
        """
        objects: dict[Any, ShaFile] = {}
        unpacked = 0
        try:
            with PackData.from_file(BytesIO(pack), DEFAULT_OBJECT_FORMAT, len(pack)) as data:
                data.check()
                for found in PackInflater.for_pack_data(data):
                    unpacked += found.raw_length()
                    if unpacked > self.limits.unpacked:
                        raise self._too_large(f"it unpacks to more than {self.limits.unpacked:,} bytes")
                    objects[found.id] = found
        except UnresolvedDeltas as error:
            if is_whole:
                raise RetryableError(f"cannot read {self.url}: the fetch came in part: {error}") from error
        except (ChecksumMismatch, AssertionError, ValueError, zlib.error) as error:
            raise RetryableError(f"cannot read {self.url}: the fetch came damaged: {error}") from error
        return objects

    def _too_large(self, why: str) -> SourceError:
        return SourceError(f"cannot read {self.url}: {why}")

    @property
    def _ref(self) -> Any:
        return f"refs/heads/{self.branch}".encode()


def _below(
    objects: dict[Any, ShaFile], sha: bytes, steps: list[str], at: str
) -> Iterator[tuple[str, int, bytes]]:
    """Paths below the folder that `steps` leads to; a link on the way is given back as itself."""
    for name, mode, child in _of(GitTree, objects[sha]).items():
        text = name.decode("utf-8", "surrogateescape")
        if steps and text != steps[0]:
            continue
        if S_ISDIR(mode):
            yield from _below(objects, child, steps[1:], f"{at}{text}/")
        else:
            yield f"{at}{text}", mode, child


def _of(kind: type[_Kind], found: ShaFile) -> _Kind:
    if not isinstance(found, kind):
        raise KeyError(f"a {kind.__name__.lower()} as {found.id.decode()}")
    return found
