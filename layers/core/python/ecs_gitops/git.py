"""Reads a branch of any Git repository over HTTPS: its head, and the files of one folder of it.

One shallow fetch into memory; nothing of the user's Git configuration, proxies or hooks is read.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from stat import S_ISDIR, S_ISREG
from typing import Any, TypeVar
from urllib.parse import urlsplit

import urllib3
from dulwich.client import HTTPUnauthorized, Urllib3HttpGitClient
from dulwich.errors import ChecksumMismatch, GitProtocolError, NotGitRepository
from dulwich.object_format import DEFAULT_OBJECT_FORMAT
from dulwich.object_store import ObjectStoreGraphWalker
from dulwich.objects import Blob, Commit, ObjectID, ShaFile
from dulwich.objects import Tree as GitTree
from dulwich.pack import PackData, PackInflater, UnresolvedDeltas
from dulwich.refs import Ref

from ecs_gitops.errors import RetryableError, SourceError
from ecs_gitops.manifest.tree import Tree as Tree

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_Kind = TypeVar("_Kind", bound=ShaFile)

Credentials = Callable[[], tuple[str, str]]
"""Gives user name and password, made anew for each connection: CodeCommit's hold for minutes."""


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
        with self._connected() as client:
            refs = client.get_refs(b"", ref_prefix=[self._ref]).refs
        commit = refs.get(self._ref)
        return commit.decode() if commit else None

    def fetch(self, prefix: str) -> Tree:
        """The newest commit's files below `prefix` ("" for all), by a fetch of depth 1.

        Raises SourceError when the branch is missing or the repository too large.
        """
        with self._connected() as client:
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
            with self._connected() as client:
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

    @contextmanager
    def _connected(self) -> Iterator[Urllib3HttpGitClient]:
        """A client for one conversation; sorts what can go wrong in it by who must act.

        No message holds a credential.
        """
        user, password = self.credentials() if self.credentials else (None, None)
        try:
            with _Connections() as pool:
                yield Urllib3HttpGitClient(
                    self.url,
                    pool_manager=pool,
                    username=user,
                    password=password,
                    quiet=True,
                )
        except HTTPUnauthorized as error:
            raise SourceError(f"cannot read {self.url}: the credential was refused") from error
        except NotGitRepository as error:
            raise SourceError(f"cannot read {self.url}: no Git repository is there") from error
        except GitProtocolError as error:
            if "unexpected http resp 403" in str(error):
                raise SourceError(f"cannot read {self.url}: access is denied") from error
            raise RetryableError(f"cannot read {self.url}: {error}") from error


class _Connections(urllib3.PoolManager):
    """Connections of one conversation: no proxy, bounded waits, all closed at its end.

    dulwich leaves answers that it refuses open, so they are kept here to be closed.
    """

    def __init__(self) -> None:
        super().__init__(
            timeout=urllib3.Timeout(connect=5, read=30), retries=urllib3.Retry(2, backoff_factor=0.2)
        )
        self._answers: list[urllib3.BaseHTTPResponse] = []

    def urlopen(  # type: ignore[override]  # narrowed as PoolManager itself does
        self, method: str, url: str, redirect: bool = True, **more: Any
    ) -> urllib3.BaseHTTPResponse:
        answer = super().urlopen(method, url, redirect, **more)
        self._answers.append(answer)
        return answer

    def clear(self) -> None:
        for answer in self._answers:
            answer.close()
        self._answers.clear()
        super().clear()


def codecommit_credentials(url: str, session_credentials: Any, region: str, now: float) -> tuple[str, str]:
    """User name and password for CodeCommit's Git over HTTPS, signed with `session_credentials`.

    session_credentials: has access_key, secret_key and token (or None), as botocore's frozen ones.
    now: seconds since the epoch; a signature holds for about 15 minutes.
    The scheme is git-remote-codecommit's: method GIT, one header, no payload hash.
    """
    parts = urlsplit(url)
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S")
    scope = f"{stamp[:8]}/{region}/codecommit/aws4_request"
    canonical = f"GIT\n{parts.path}\n\nhost:{parts.netloc}\n\nhost\n"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{session_credentials.secret_key}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    user = session_credentials.access_key
    if session_credentials.token:
        user += f"%{session_credentials.token}"
    return user, f"{stamp}Z{signature}"


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
