"""Carries boto3's and urllib3's requests of this process to the door, and refuses every other host."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import botocore.endpoint
import urllib3
import urllib3.poolmanager
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError
from botocore.handlers import BUILTIN_HANDLERS

from sandbox.front.server import Front
from sandbox.front.wsgi import Answer, ConnectionLostError, Request, call, to_environ


class OutsideError(ConnectionError):
    """Something of the sandbox's process tried to reach a host that is not the sandbox."""


class _NoTime:
    """botocore's clock while a world is open: between two tries of a client no time passes."""

    def sleep(self, seconds: float) -> None:
        """Time stands: whoever moves it does."""


class Transport:
    """While open, AWS's hosts (and one more) are the application's; one can be open at a time."""

    def __init__(self, front: Front, host: str) -> None:
        self._front = front
        self._host = host
        self._pools: dict[str, Any] = {}

    def __enter__(self) -> Transport:
        if _open:
            raise RuntimeError("cannot open a second inline world: one is open in this process already")
        _register()
        _open.append(self)
        pools = urllib3.poolmanager.pool_classes_by_scheme
        self._pools = dict(pools)
        pools.update(http=_Pool, https=_TlsPool)
        self._time, botocore.endpoint.time = botocore.endpoint.time, _NoTime()
        return self

    def __exit__(self, *_: object) -> None:
        botocore.endpoint.time = self._time
        urllib3.poolmanager.pool_classes_by_scheme.update(self._pools)
        _open.clear()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises OutsideError when the URL's host is neither AWS's nor the sandbox's."""
        place = _place(url)
        if place.host != self._host and not place.host.endswith((".amazonaws.com", ".api.aws")):
            raise OutsideError(
                f"cannot send {method} to {place.host}: the sandbox reaches no host but its own"
            )
        if "X-Amz-Target" in headers and place.is_root:
            named = {name.lower(): value for name, value in headers.items()}
            return self._front.ask(Request(method, place.host, "/", "", named, body))
        return call(self._front, to_environ(method, url, headers, body))


class _Place(NamedTuple):
    host: str
    is_root: bool


@lru_cache(maxsize=256)
def _place(url: str) -> _Place:
    parts = urlsplit(url)
    return _Place(parts.hostname or "", parts.path in ("", "/") and not parts.query)


_open: list[Transport] = []


def _register() -> None:
    # botocore gives its built-in handlers to every session made from now on.
    if not any(handler is _before_send for _, handler, *_ in BUILTIN_HANDLERS):
        BUILTIN_HANDLERS.append(("before-send", _before_send))


def _before_send(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
    if not _open:
        return None
    headers = {name: _text(value) for name, value in request.headers.items()}
    try:
        answer = _open[-1].send(request.method, request.url, headers, _whole(request.body))
    except ConnectionLostError as error:
        raise ConnectionClosedError(endpoint_url=request.url, error=error) from error
    return AWSResponse(request.url, answer.status, HeadersDict(answer.headers), _Raw(answer.body))


class _Raw(io.BytesIO):
    """The body as botocore reads it."""

    def stream(self, amt: int = 65536, **_: Any) -> Any:
        while chunk := self.read(amt):
            yield chunk


def _text(value: str | bytes) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else value


def _whole(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode("utf-8")
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    if hasattr(body, "read"):
        return bytes(body.read())
    return b"".join(body)


Urlopen = Callable[..., urllib3.HTTPResponse]


def _answer(pool: Any, method: str, url: str, body: Any, headers: Any, options: Mapping[str, Any]) -> Any:
    if not _open:
        raise OutsideError(f"cannot send {method} to {pool.host}: the world of this connection is closed")
    default = 443 if pool.scheme == "https" else 80
    place = pool.host if pool.port in (None, default) else f"{pool.host}:{pool.port}"
    sent = {name: _text(value) for name, value in (headers or {}).items()}
    try:
        answer = _open[-1].send(method, f"{pool.scheme}://{place}{url}", sent, _whole(body))
    except ConnectionLostError as error:
        raise urllib3.exceptions.ProtocolError("Connection aborted.", error) from error
    return urllib3.HTTPResponse(
        body=io.BytesIO(answer.body),
        headers=urllib3.HTTPHeaderDict(list(answer.headers)),
        status=answer.status,
        preload_content=options.get("preload_content", True),
        decode_content=options.get("decode_content", True),
        request_method=method,
        request_url=url,
    )


class _Pool(urllib3.HTTPConnectionPool):
    def urlopen(self, method: str, url: str, body: Any = None, headers: Any = None, **kw: Any) -> Any:  # type: ignore[override]
        return _answer(self, method, url, body, headers, kw)


class _TlsPool(urllib3.HTTPSConnectionPool):
    def urlopen(self, method: str, url: str, body: Any = None, headers: Any = None, **kw: Any) -> Any:  # type: ignore[override]
        return _answer(self, method, url, body, headers, kw)
