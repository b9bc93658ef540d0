"""Sends HTTP requests at a constant rate, whatever comes back, and writes down how each one ended.

`python -m sandbox.stories.load --url … --rate 50 --out FILE --expect v1=<marker> --expect v2=<marker>`

Open loop: the next request never waits for an answer. Every second one opens a connection of its own, the
others use kept ones. Nothing is ever tried again. One JSON line a request as it ends;
`sandbox.stories.load_report` reads them. It ends after --seconds, or on SIGTERM, once every answer is
in or 2 s have passed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import h11

from sandbox.ground.processes import spawn
from sandbox.services.elb.wire import Wire

TIMEOUT = 2.0  # seconds; no complete answer by then is a failure
BODY_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Aim:
    """Where requests go and what is expected there: version → what its pages contain."""

    host: str
    port: int
    path: str
    host_header: str
    expect: Mapping[str, str]

    def version(self, body: bytes) -> str | None:
        """The version whose marker a body holds."""
        text = body.decode("utf-8", "replace")
        return next((version for version, marker in self.expect.items() if marker in text), None)


@dataclass(slots=True)
class _Connection:
    wire: Wire
    reader: asyncio.StreamReader


class Load:
    """One run: what is on its way, the kept connections, the file."""

    def __init__(self, aim: Aim, out: TextIOWrapper) -> None:
        self._aim = aim
        self._out = out
        self._kept: deque[_Connection] = deque()
        self._on_their_way: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Begin no more requests."""
        self._stopping.set()

    async def run(self, rate: float, seconds: float | None) -> None:
        """Begin a request every 1/rate seconds; return when the last one has ended."""
        start = time.monotonic()
        number = 0
        while not self._stopping.is_set() and (seconds is None or number / rate < seconds):
            due = start + number / rate
            await self._wait(due - time.monotonic())
            if self._stopping.is_set():
                break
            task = asyncio.create_task(self._request(number, due))
            self._on_their_way.add(task)
            task.add_done_callback(self._on_their_way.discard)
            number += 1
        if self._on_their_way:
            await asyncio.wait(self._on_their_way)

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            with_limit = asyncio.wait_for(self._stopping.wait(), seconds)
            await asyncio.gather(with_limit, return_exceptions=True)

    async def _request(self, number: int, due: float) -> None:
        new = number % 2 == 0
        begun, at = time.monotonic(), time.time()
        facts: dict[str, Any] = {"status": None, "version": None, "error": ""}
        try:
            async with asyncio.timeout(TIMEOUT):
                facts |= await self._exchange(new)
        except TimeoutError:
            facts["error"] = "timeout"
        except (OSError, h11.ProtocolError, ValueError) as fault:
            facts["error"] = f"{type(fault).__name__}: {fault}"
        self._write(
            {
                "number": number,
                "at": round(at, 4),
                "late_ms": round((begun - due) * 1000, 2),
                "ms": round((time.monotonic() - begun) * 1000, 2),
                "connection": "new" if new else "kept",
                **facts,
            }
        )

    async def _exchange(self, new: bool) -> dict[str, Any]:
        """One request and its whole answer."""
        connection = await self._open() if new else await self._reused()
        whole = False
        try:
            status, body = await self._ask(connection.wire, close=new)
            whole = True
        finally:
            http = connection.wire.http
            if whole and not new and http.our_state is h11.DONE and http.their_state is h11.DONE:
                http.start_next_cycle()
                self._kept.append(connection)
            else:
                connection.wire.close()
        return {"status": status, "version": self._aim.version(body)}

    async def _ask(self, wire: Wire, *, close: bool) -> tuple[int, bytes]:
        headers = [("host", self._aim.host_header), ("user-agent", "ecs-gitops-load")]
        if close:
            headers.append(("connection", "close"))
        await wire.send(
            h11.Request(method="GET", target=self._aim.path, headers=headers), h11.EndOfMessage()
        )
        head = await wire.receive()
        if not isinstance(head, h11.Response):
            raise ConnectionAbortedError("the connection was closed instead of an answer")
        return head.status_code, await wire.body(BODY_LIMIT)

    async def _open(self) -> _Connection:
        reader, writer = await asyncio.open_connection(self._aim.host, self._aim.port)
        return _Connection(Wire(h11.CLIENT, reader, writer), reader)

    async def _reused(self) -> _Connection:
        """The connection that was idle longest and is still open, as any client would; else one to keep."""
        while self._kept:
            connection = self._kept.popleft()
            if not connection.reader.at_eof():
                return connection
            connection.wire.close()
        return await self._open()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._out.write(json.dumps(line) + "\n")
        self._out.flush()


def start(url: str, out: Path, *, rate: float, expect: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a generator that runs until it is told to end (`stop`), or its parent is gone."""
    expected = [word for pair in expect.items() for word in ("--expect", "=".join(pair))]
    options = ["--url", url, "--rate", str(rate), "--out", str(out), "--with-parent", *expected]
    return spawn("sandbox.stories.load", *options)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a generator; when this returns, every request it began is in its file."""
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    if process.returncode != 0:
        raise RuntimeError(f"cannot trust the load: its generator ended with {process.returncode}")


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stories.load", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--host", default="", help="Host header, where it is not the URL's")
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second")
    parser.add_argument("--seconds", type=float, help="without it: until SIGTERM")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--expect", action="append", required=True, metavar="VERSION=MARKER")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin does")
    return parser.parse_args(words)


def aim_of(options: argparse.Namespace) -> Aim:
    """Where the command line aims."""
    url = urlsplit(options.url)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    expect = dict(cast("list[tuple[str, str]]", [word.split("=", 1) for word in options.expect]))
    return Aim(url.hostname or "127.0.0.1", url.port or 80, path, options.host or url.netloc, expect)


async def main(words: Sequence[str]) -> None:
    """Run as the command line says."""
    options = arguments(words)
    loop = asyncio.get_running_loop()
    with options.out.open("w", encoding="utf-8") as out:
        load = Load(aim_of(options), out)
        loop.add_signal_handler(signal.SIGTERM, load.stop)
        loop.add_signal_handler(signal.SIGINT, load.stop)
        if options.with_parent:
            loop.add_reader(sys.stdin, _stop_once, loop, load)
        await load.run(options.rate, options.seconds)


def _stop_once(loop: asyncio.AbstractEventLoop, load: Load) -> None:
    loop.remove_reader(sys.stdin)
    load.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
