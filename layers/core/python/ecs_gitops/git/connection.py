"""One conversation with a Git host: its connections, and what went wrong in it by who must act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import urllib3
from dulwich.client import HTTPUnauthorized, Urllib3HttpGitClient
from dulwich.errors import GitProtocolError, NotGitRepository

from ecs_gitops.git.credentials import Credentials
from ecs_gitops.model.errors import RetryableError, SourceError


@contextmanager
def connected(url: str, credentials: Credentials | None) -> Iterator[Urllib3HttpGitClient]:
    """A client for one conversation; sorts what can go wrong in it by who must act.

    No message holds a credential.
    """
    user, password = credentials() if credentials else (None, None)
    try:
        with _Connections() as pool:
            yield Urllib3HttpGitClient(
                url,
                pool_manager=pool,
                username=user,
                password=password,
                quiet=True,
            )
    except HTTPUnauthorized as error:
        raise SourceError(f"cannot read {url}: the credential was refused") from error
    except NotGitRepository as error:
        raise SourceError(f"cannot read {url}: no Git repository is there") from error
    except GitProtocolError as error:
        if "unexpected http resp 403" in str(error):
            raise SourceError(f"cannot read {url}: access is denied") from error
        raise RetryableError(f"cannot read {url}: {error}") from error


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
