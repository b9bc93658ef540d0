"""One conversation with a Git host: its connections, and what went wrong in it by who must act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3
from dulwich.client import HTTPUnauthorized, Urllib3HttpGitClient
from dulwich.errors import GitProtocolError, NotGitRepository

from ecs_gitops.git.credentials import Credentials
from ecs_gitops.git.limits import MIB, Limits
from ecs_gitops.model.errors import RetryableError, SourceError

_PORTS = {"https": 443, "http": 80}
_REDIRECTS = 3
_FEWER = "Delete those that are done with, or keep the manifests in a repository of their own."
_BESIDE = 8 * MIB
"""Bytes of an answer that are no pack: how far the host is with it, and frames around its pieces."""


@contextmanager
def connected(url: str, credentials: Credentials | None, limits: Limits) -> Iterator[Urllib3HttpGitClient]:
    """A client for one conversation; sorts what can go wrong in it by who must act.

    No message holds a credential.
    """
    user, password = credentials() if credentials else (None, None)
    try:
        with _Connections(url) as pool:
            yield _Client(url, pool, user, password, limits)
    except HTTPUnauthorized as error:
        raise SourceError(f"cannot read {url}: the credential was refused") from error
    except NotGitRepository as error:
        raise SourceError(f"cannot read {url}: no Git repository is there") from error
    except GitProtocolError as error:
        if "unexpected http resp 403" in str(error):
            raise SourceError(f"cannot read {url}: access is denied") from error
        raise RetryableError(f"cannot read {url}: {error}") from error
    except (AssertionError, LookupError, ValueError) as error:
        raise RetryableError(
            f"cannot read {url}: the answer is none of Git's: {type(error).__name__}: {error}"
        ) from error


class _Client(Urllib3HttpGitClient):
    """dulwich's client, that reads no more of an answer than it may be long."""

    def __init__(
        self, url: str, pool: _Connections, user: str | None, password: str | None, limits: Limits
    ) -> None:
        super().__init__(url, pool_manager=pool, username=user, password=password, quiet=True)
        self._url = url
        self._limits = limits
        self._is_fetch = False

    def _discover_references(self, *asked: Any, **more: Any) -> Any:
        found = super()._discover_references(*asked, **more)
        self._is_fetch = True
        if len(found[0]) > self._limits.names:
            raise self._too_many(f"{self._limits.names:,} branches and tags. {_FEWER}")
        return found

    def _http_request(self, url: str, *asked: Any, **more: Any) -> Any:
        answer, read = super()._http_request(url, *asked, **more)
        kind = answer.headers.get("Content-Type", "nothing")
        if not kind.startswith("application/x-git-"):  # dulwich would go through its files one by one
            raise SourceError(
                f"cannot read {self._url}: what answers there is no Git host (it sends {kind})"
            )
        if self._is_fetch:
            return answer, self._bounded(read, self._limits.pack + _BESIDE, "as a fetch")
        return answer, self._bounded(read, self._limits.refs, f"of branches and tags. {_FEWER}")

    def _bounded(self, read: Callable[[int], bytes], room: int, what: str) -> Callable[[int], bytes]:
        left = room

        def take(size: int) -> bytes:
            nonlocal left
            data = read(size)
            left -= len(data)
            if left < 0:
                raise self._too_many(f"{room:,} bytes {what}")
            return data

        return take

    def _too_many(self, what: str) -> SourceError:
        return SourceError(f"cannot read {self._url}: the host sends more than {what}")


class _Connections(urllib3.PoolManager):
    """Connections of one conversation: one host, no proxy, bounded waits, all closed at its end.

    dulwich leaves answers that it refuses open, so they are kept here to be closed.
    """

    def __init__(self, url: str) -> None:
        super().__init__(
            timeout=urllib3.Timeout(connect=5, read=30), retries=urllib3.Retry(2, backoff_factor=0.2)
        )
        self._url = url
        self._answers: list[urllib3.BaseHTTPResponse] = []

    def urlopen(  # type: ignore[override]  # narrowed as PoolManager itself does
        self,
        method: str,
        url: str,
        redirect: bool = True,  # noqa: ARG002  # never urllib3's way: it reads a redirect's body whole
        **more: Any,
    ) -> urllib3.BaseHTTPResponse:
        for _ in range(_REDIRECTS + 1):
            answer = super().urlopen(method, url, redirect=False, **more)
            self._answers.append(answer)
            to = answer.get_redirect_location()
            if not to:
                answer.url = url
                return answer
            answer.close()
            url = urljoin(url, to)
            if _origin(url) != _origin(self._url):
                raise SourceError(
                    f"cannot read {self._url}: {_origin(self._url)} sends us on to {_origin(url)}, and we "
                    "follow to no other host. Deploy with the SourceUrl at which the repository is now."
                )
        raise SourceError(f"cannot read {self._url}: it sends us on more than {_REDIRECTS} times")

    def clear(self) -> None:
        for answer in self._answers:
            answer.close()
        self._answers.clear()
        super().clear()


def _origin(url: str) -> str:
    """Scheme, host and port of a URL, and nothing else of it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or _PORTS.get(parts.scheme, 0)}"
