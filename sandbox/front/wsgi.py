"""One HTTP request and one answer as values, on both sides of a WSGI application."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class ConnectionLostError(ConnectionError):
    """A connection broke before its answer came; what was asked may or may not have been done."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came to the door; header names are lower case."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; nothing of the sandbox streams."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def give(self, start_response: StartResponse) -> list[bytes]:
        """Hand it to a WSGI server, with the length the body really has."""
        kept = [(name, value) for name, value in self.headers if name.lower() not in _HOP_BY_HOP]
        line = f"{self.status} {_phrase(self.status)}"
        start_response(line, [*kept, ("Content-Length", str(len(self.body)))])
        return [self.body]


_HOP_BY_HOP = frozenset({"content-length", "transfer-encoding", "connection"})


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def to_environ(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Environ:
    """A WSGI environment for a request that no server has read."""
    parts = urlsplit(url)
    environ: Environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "REQUEST_URI": parts.path + (f"?{parts.query}" if parts.query else ""),
        "RAW_URI": parts.path + (f"?{parts.query}" if parts.query else ""),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc.rpartition("@")[2],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        environ[_key(name)] = value
    environ["HTTP_HOST"] = environ["HTTP_HOST"] or environ["SERVER_NAME"]
    return with_body(environ, body)


@lru_cache(maxsize=4)
def form(body: bytes) -> tuple[tuple[str, str], ...]:
    """The names and values of a form; a template in one is long, and asked for more than once."""
    return tuple(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def environ_of(request: Request) -> Environ:
    """The environment of a request that came without one."""
    query = f"?{request.query}" if request.query else ""
    url = f"https://{request.host}{quote(request.path)}{query}"
    return to_environ(request.method, url, request.headers, request.body)


def _key(header: str) -> str:
    key = header.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def with_body(environ: Environ, body: bytes) -> Environ:
    """The same request with a whole body of known length, whatever way it was sent."""
    kept = {key: value for key, value in environ.items() if key != "HTTP_TRANSFER_ENCODING"}
    return {**kept, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}


def read(environ: Environ) -> Request:
    """The request of a WSGI environment; the body is read to its end (chunked ones too)."""
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")
    if length:
        body = stream.read(int(length))
    else:
        body = stream.read() if environ.get("wsgi.input_terminated") else b""
    headers = {
        key[5:].replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_") and isinstance(value, str)
    }
    if content_type := environ.get("CONTENT_TYPE"):
        headers["content-type"] = content_type
    return Request(
        method=environ["REQUEST_METHOD"],
        host=environ.get("HTTP_HOST", ""),
        path=environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace"),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
    )


def call(application: Application, environ: Environ) -> Answer:
    """What an application answers, whole."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _: Any = None
    ) -> Callable[[bytes], int]:
        started[:] = [(status, headers)]

        def write(data: bytes) -> int:
            written.append(data)
            return len(data)

        return write

    chunks = application(environ, start_response)
    try:
        rest = b"".join(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    status, headers = started[0]
    return Answer(int(status.split(" ", 1)[0]), tuple(headers), b"".join(written) + rest)
