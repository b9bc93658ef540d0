"""Reads a branch of any Git repository over HTTPS: its head, and the files of one folder of it.

One shallow fetch into memory; nothing of the user's Git configuration, proxies or hooks is read.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from stat import S_ISDIR, S_ISREG
from typing import Any
from urllib.parse import urlsplit

import urllib3
from dulwich.client import HTTPUnauthorized, Urllib3HttpGitClient
from dulwich.errors import GitProtocolError, NotGitRepository
from dulwich.object_format import DEFAULT_OBJECT_FORMAT
from dulwich.object_store import ObjectStoreGraphWalker
from dulwich.objects import Blob, Commit, ObjectID, ShaFile
from dulwich.objects import Tree as GitTree
from dulwich.pack import PackData, PackInflater
from dulwich.refs import Ref

from ecs_gitops.errors import RetryableError, SourceError
from ecs_gitops.manifest.tree import Tree as Tree

MAX_PACK = 64 * 1024 * 1024
"""Bytes of a fetch as it comes over the wire."""
MAX_INFLATED = 256 * 1024 * 1024
"""Bytes of everything in it, unpacked."""
MAX_FILES = 20_000
"""Files below the folder that is read."""

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

Credentials = Callable[[], tuple[str, str]]
"""Gives user name and password, made anew for each connection: CodeCommit's hold for minutes."""


@dataclass(frozen=True, slots=True)
class Remote:
    """One branch of one repository."""

    url: str
    branch: str
    credentials: Credentials | None = None
    pool_manager: urllib3.PoolManager | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.username or parts.password:
            raise SourceError("cannot read the source: its URL must not hold a credential")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise SourceError(f"cannot read {self.url}: only https:// is supported")

    def head(self) -> str | None:
        """The branch's commit, or None while there is no such branch."""
        with self._errors():
            refs = self._client().get_refs(b"", ref_prefix=[self._ref]).refs
        commit = refs.get(self._ref)
        return commit.decode() if commit else None

    def fetch(self, prefix: str) -> Tree:
        """The newest commit's files below `prefix` ("" for all), by a fetch of depth 1.

        Raises SourceError when the branch is missing or the repository too large.
        """
        pack = bytearray()
        wanted: list[ObjectID] = []

        def wants(refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:  # noqa: ARG001
            wanted.extend(commit for ref, commit in refs.items() if ref == self._ref)
            return wanted

        def take(data: bytes) -> int:
            if len(pack) + len(data) > MAX_PACK:
                raise SourceError(f"cannot read {self.url}: a fetch is larger than {MAX_PACK:,} bytes")
            pack.extend(data)
            return len(data)

        with self._errors():
            walker: Any = ObjectStoreGraphWalker([], lambda _: [], shallow=set())
            self._client().fetch_pack(b"", wants, walker, take, depth=1, ref_prefix=[self._ref])
            if not wanted:
                raise SourceError(f"cannot read {self.url}: there is no branch {self.branch}")
            return _tree(self.url, wanted[0], bytes(pack), prefix)

    @property
    def _ref(self) -> Any:
        return f"refs/heads/{self.branch}".encode()

    def _client(self) -> Urllib3HttpGitClient:
        user, password = self.credentials() if self.credentials else (None, None)
        pool = self.pool_manager or urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=5, read=30), retries=urllib3.Retry(2, backoff_factor=0.2)
        )
        return Urllib3HttpGitClient(
            self.url, pool_manager=pool, username=user, password=password, quiet=True
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Sorts what can go wrong by who must act; no message holds a credential."""
        try:
            yield
        except HTTPUnauthorized as error:
            raise SourceError(f"cannot read {self.url}: the credential was refused") from error
        except NotGitRepository as error:
            raise SourceError(f"cannot read {self.url}: no Git repository is there") from error
        except GitProtocolError as error:
            if "unexpected http resp 403" in str(error):
                raise SourceError(f"cannot read {self.url}: access is denied") from error
            raise RetryableError(f"cannot read {self.url}: {error}") from error


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


def _tree(url: str, commit: bytes, pack: bytes, prefix: str) -> Tree:
    objects = _objects(url, pack)
    head = objects[commit]
    if not isinstance(head, Commit):
        raise SourceError(f"cannot read {url}: the branch does not hold a commit")
    files: dict[str, bytes] = {}
    links: set[str] = set()
    steps = [step for step in prefix.split("/") if step]
    for path, mode, sha in _below(objects, head.tree, steps, ""):
        if not S_ISREG(mode):
            links.add(path)
        elif isinstance(blob := objects[sha], Blob):
            files[path] = blob.data
        if len(files) > MAX_FILES:
            raise SourceError(f"cannot read {url}: more than {MAX_FILES:,} files below {prefix}")
    return Tree(commit.decode(), files, frozenset(links))


def _objects(url: str, pack: bytes) -> dict[Any, ShaFile]:
    """Every object of a whole pack, its checksum verified."""
    data = PackData.from_file(BytesIO(pack), DEFAULT_OBJECT_FORMAT, len(pack))
    try:
        data.check()
        objects: dict[Any, ShaFile] = {}
        size = 0
        for found in PackInflater.for_pack_data(data):
            size += found.raw_length()
            if size > MAX_INFLATED:
                raise SourceError(f"cannot read {url}: it unpacks to more than {MAX_INFLATED:,} bytes")
            objects[found.id] = found
        return objects
    finally:
        data.close()


def _below(
    objects: dict[Any, ShaFile], sha: bytes, steps: list[str], at: str
) -> Iterator[tuple[str, int, bytes]]:
    """Paths below the folder that `steps` leads to; a link on the way is given back as itself."""
    tree = objects[sha]
    if not isinstance(tree, GitTree):
        return
    for name, mode, child in tree.items():
        text = name.decode("utf-8", "surrogateescape")
        if steps and text != steps[0]:
            continue
        if S_ISDIR(mode):
            yield from _below(objects, child, steps[1:], f"{at}{text}/")
        else:
            yield f"{at}{text}", mode, child
