"""The load balancer's process: told its routing on stdin, it forwards real HTTP, and never retries.

`python -m sandbox.services.elb.balancer`. Each line on stdin is a whole new table
(`sandbox.services.elb.table`). Each line on stdout is a fact: `{"listening": [<listener ARN>, <port>]}`, or
`{"idle": [<target key>, <serial>]}`: a draining target, since the table of that serial at the latest, to
which no request is on its way any more. It ends when stdin does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import h11

from sandbox.services.elb.forward import answer, error, forward
from sandbox.services.elb.table import Backend, Fixed, Listener, Table, Turns, parse
from sandbox.services.elb.wire import Wire

HOST = "127.0.0.1"
BODY_LIMIT = 32 * 1024 * 1024
KEEP_ALIVE = 60.0  # seconds of the wall; ALB's idle timeout
PORTS_TRIED = 20
Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Report = Callable[[dict[str, Any]], None]


class Balancer:
    """Listeners and what is on its way through them."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._table = Table()
        self._turns = Turns()
        self._servers: dict[str, asyncio.Server] = {}
        self._on_their_way: Counter[str] = Counter()
        self._told_idle: set[str] = set()

    async def told(self, line: str) -> None:
        """Take over a new table: requests that come from now on follow it."""
        self._table = parse(json.loads(line))
        self._told_idle &= set(self._table.draining())
        await self._open_and_close()
        for key in self._table.draining():
            self._if_idle(key)

    async def _open_and_close(self) -> None:
        for listener in self._table.listeners:
            if listener.arn not in self._servers:
                await self._open(listener)
        for arn in [arn for arn in self._servers if self._table.find(arn) is None]:
            self._servers.pop(arn).close()

    async def _open(self, listener: Listener) -> None:
        arn = listener.arn

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._converse(arn, reader, writer)

        server = await _serve(connected, listener.port)
        self._servers[arn] = server
        self._report({"listening": [arn, server.sockets[0].getsockname()[1]]})

    async def _converse(self, arn: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, kept over as many requests as it likes."""
        client = Wire(h11.SERVER, reader, writer)
        peer = writer.get_extra_info("peername")[0]
        try:
            while await self._request(arn, client, peer):
                client.http.start_next_cycle()
            client.close()
        except (OSError, TimeoutError):
            client.abort()  # whoever waits for the rest of an answer must see that there is none
        except h11.ProtocolError:
            await _refuse(client)

    async def _request(self, arn: str, client: Wire, peer: str) -> bool:
        """Answer the next request; True when the connection can take another."""
        event = await asyncio.wait_for(client.receive(), KEEP_ALIVE)
        if not isinstance(event, h11.Request):
            return False
        try:
            body = await client.body(BODY_LIMIT)
        except ValueError:
            await answer(client, error(413), close=True)
            return False
        await self._answer(arn, client, event, body, peer)
        return client.http.our_state is h11.DONE and client.http.their_state is h11.DONE

    async def _answer(self, arn: str, client: Wire, request: h11.Request, body: bytes, peer: str) -> None:
        """From choosing a target to its last byte that target counts as busy."""
        chosen = self._choose(arn, request)
        if isinstance(chosen, Fixed):
            await answer(client, chosen)
            return
        self._on_their_way[chosen.key] += 1
        try:
            await forward(client, request, body, chosen, peer)
        finally:
            self._on_their_way[chosen.key] -= 1
            self._if_idle(chosen.key)

    def _choose(self, arn: str, request: h11.Request) -> Backend | Fixed:
        listener = self._table.find(arn)
        if listener is None:
            return error(503)
        host = next((value.decode("latin-1") for name, value in request.headers if name == b"host"), "")
        action = listener.action(host, request.target.decode("latin-1"))
        if isinstance(action, Fixed):
            return action
        return self._turns.choose(self._table, action) or error(503)

    def _if_idle(self, key: str) -> None:
        """Say so, once, when a draining target has nothing on its way."""
        if self._on_their_way[key] or key in self._told_idle or key not in self._table.draining():
            return
        self._told_idle.add(key)
        self._report({"idle": [key, self._table.serial]})


async def _serve(connected: Connected, wanted: int) -> asyncio.Server:
    """Listen on the wanted port, or on the next that is free; 0 is whatever the system gives."""
    for port in range(wanted, wanted + PORTS_TRIED if wanted else 1):
        with suppress(OSError):
            return await asyncio.start_server(connected, HOST, port, backlog=1024)
    return await asyncio.start_server(connected, HOST, 0, backlog=1024)


async def _refuse(client: Wire) -> None:
    """A request that is no HTTP."""
    try:
        if client.http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            await answer(client, error(400), close=True)
        client.close()
    except OSError:
        client.abort()


def _report(fact: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Follow stdin until it ends."""
    told = asyncio.StreamReader(limit=16 * 1024 * 1024)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    balancer = Balancer(_report)
    while line := await told.readline():
        await balancer.told(line.decode())
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
