"""Forwards one request to one target and the answer back, as an Application Load Balancer does.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from http import HTTPStatus

import h11

from sandbox.services.elb.table import Backend, Fixed
from sandbox.services.elb.wire import Wire

CONNECT_TIMEOUT = 10.0  # seconds of the wall, as ALB's
IDLE_TIMEOUT = 60.0
HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)
Headers = list[tuple[bytes, bytes]]


async def forward(client: Wire, request: h11.Request, body: bytes, backend: Backend, peer: str) -> int:
    """Answer a request from a target → the status. Raises OSError when the client must see a cut answer.

    One connection to the target for each request: a kept one could be closed by the target in the very
    moment of the next request, and a request is never tried twice.
    """
    try:
        target = await _connect(backend)
    except (OSError, TimeoutError):
        return await answer(client, error(502))
    try:
        return await _exchange(client, target, request, body, peer)
    finally:
        target.close()


async def answer(client: Wire, fixed: Fixed, *, close: bool = False) -> int:
    """An answer of the balancer's own."""
    content = fixed.body.encode()
    headers = [
        ("server", "awselb/2.0"),
        ("content-type", fixed.type),
        ("content-length", str(len(content))),
    ]
    if close:
        headers.append(("connection", "close"))
    head = h11.Response(status_code=fixed.status, headers=headers, reason=_reason(fixed.status))
    await client.send(head, *([h11.Data(data=content)] if content else []), h11.EndOfMessage())
    return fixed.status


def error(status: int) -> Fixed:
    """ALB's own page for a status."""
    title = f"{status} {_reason(status).decode()}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return Fixed(status, "text/html", page)


async def _connect(backend: Backend) -> Wire:
    connecting = asyncio.open_connection(backend.host, backend.port)
    reader, writer = await asyncio.wait_for(connecting, CONNECT_TIMEOUT)
    return Wire(h11.CLIENT, reader, writer)


async def _exchange(client: Wire, target: Wire, request: h11.Request, body: bytes, peer: str) -> int:
    """Up to the head of the target's answer a fault is a 502 or 504; after it the client's is cut short."""
    try:
        await target.send(_towards(request, body, peer), *_content(body), h11.EndOfMessage())
        head = await asyncio.wait_for(_head(target), IDLE_TIMEOUT)
    except TimeoutError:
        return await answer(client, error(504))
    except (OSError, h11.ProtocolError):
        return await answer(client, error(502))
    await client.send(
        h11.Response(status_code=head.status_code, headers=_kept(head.headers), reason=head.reason)
    )
    try:
        await _copy(target, client)
    except (TimeoutError, h11.ProtocolError) as fault:
        raise ConnectionAbortedError("the target ended its answer too soon") from fault
    return head.status_code


async def _head(target: Wire) -> h11.Response:
    while isinstance(event := await target.receive(), h11.InformationalResponse):
        pass
    if not isinstance(event, h11.Response):
        raise ConnectionAbortedError("the target closed the connection instead of answering")
    return event


async def _copy(target: Wire, client: Wire) -> None:
    while True:
        event = await asyncio.wait_for(target.receive(), IDLE_TIMEOUT)
        if isinstance(event, h11.EndOfMessage):
            await client.send(h11.EndOfMessage())
            return
        if not isinstance(event, h11.Data):
            raise ConnectionAbortedError("the target closed the connection while answering")
        await client.send(h11.Data(data=bytes(event.data)))


def _towards(request: h11.Request, body: bytes, peer: str) -> h11.Request:
    headers = [pair for pair in _kept(request.headers) if pair[0] not in (b"content-length", b"expect")]
    before = [value for name, value in headers if name == b"x-forwarded-for"]
    headers = [pair for pair in headers if pair[0] not in (b"x-forwarded-for", b"x-forwarded-proto")]
    headers += [
        (b"x-forwarded-for", b", ".join([*before, peer.encode()])),
        (b"x-forwarded-proto", b"http"),
        (b"connection", b"close"),
    ]
    if body or request.method in (b"POST", b"PUT", b"PATCH"):
        headers.append((b"content-length", str(len(body)).encode()))
    return h11.Request(method=request.method, target=request.target, headers=headers)


def _content(body: bytes) -> list[h11.Event]:
    return [h11.Data(data=body)] if body else []


def _kept(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers that are not about one connection alone."""
    pairs = list(headers)
    named = {
        word.strip().lower() for name, value in pairs if name == b"connection" for word in value.split(b",")
    }
    return [(name, value) for name, value in pairs if name not in HOP_BY_HOP and name not in named]


def _reason(status: int) -> bytes:
    reasons = {503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}
    standard = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    return reasons.get(status, standard).encode()
