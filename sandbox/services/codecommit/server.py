"""Git over HTTP at CodeCommit's paths."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import Any

from dulwich.protocol import CAPABILITY_FILTER
from dulwich.server import Backend, UploadPackHandler
from dulwich.web import HTTPGitApplication

from sandbox.front.server import GIT_PATH
from sandbox.front.wsgi import Answer, Environ, StartResponse, call, with_body
from sandbox.services.codecommit.repositories import Repositories


class _UploadPack(UploadPackHandler):
    """Dulwich's own, but it promises no partial clones: git 2.39 cannot read what it sends for them."""

    def capabilities(self) -> list[bytes]:
        return [capability for capability in super().capabilities() if capability != CAPABILITY_FILTER]

    def set_client_capabilities(self, caps: Iterable[bytes]) -> None:
        # git names the capability whenever its user wished for it, promised or not.
        super().set_client_capabilities([cap for cap in caps if cap != CAPABILITY_FILTER])


class _Backend(Backend):
    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    def open_repository(self, path: str | bytes) -> Any:
        text = path.decode() if isinstance(path, bytes) else path  # dulwich does both
        return self._repositories.open(text.rpartition("/")[2])


class GitServer:
    """A WSGI application; it needs whole bodies, and tells the repositories who moved a reference."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories
        self._application = HTTPGitApplication(
            _Backend(repositories), handlers={b"git-upload-pack": _UploadPack}
        )
        self._promised: dict[Any, Answer] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        found = GIT_PATH.match(environ["PATH_INFO"])
        if found is None or not self._repositories.has(found["name"]):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"repository not found"]
        if found["rest"] == "/info/refs":
            return self._advertised(found["name"], environ, start_response)
        with self._repositories.telling(found["name"], environ.get("sandbox.caller", "")):
            # Whole before the references are compared: dulwich answers as a generator does its work.
            return [b"".join(self._application(_plain(environ), start_response))]

    def _advertised(self, name: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """What a repository promises: the same as long as its references stand where they stood."""
        refs = tuple(sorted(self._repositories.open(name).get_refs().items()))
        key = name, environ["QUERY_STRING"], environ.get("HTTP_GIT_PROTOCOL"), refs
        if key not in self._promised:
            self._promised[key] = call(self._application, environ)
        return self._promised[key].give(start_response)


def _plain(environ: Environ) -> Environ:
    if environ.get("HTTP_CONTENT_ENCODING") != "gzip":
        return environ
    body = gzip.decompress(environ["wsgi.input"].read())
    kept = {key: value for key, value in environ.items() if key != "HTTP_CONTENT_ENCODING"}
    return with_body(kept, body)
