"""One HTTP/1.1 connection, from either side: h11's events over asyncio's streams."""

from __future__ import annotations

import asyncio

import h11

CHUNK = 64 * 1024


class Wire:
    """A connection whose bytes h11 understands. Raises h11.ProtocolError and OSError as they come."""

    def __init__(
        self,
        role: type[h11.CLIENT | h11.SERVER],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.http = h11.Connection(role)
        self._reader = reader
        self._writer = writer

    async def receive(self) -> h11.Event | type[h11.PAUSED]:
        """The next event."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            if self.http.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[]))
            self.http.receive_data(await self._reader.read(CHUNK))
        return event  # type: ignore[return-value]  # NEED_DATA is dealt with

    async def send(self, *events: h11.Event) -> None:
        """Send events in one go."""
        self._writer.write(b"".join(self.http.send(event) or b"" for event in events))
        await self._writer.drain()

    async def body(self, limit: int) -> bytes:
        """The rest of the message at hand. Raises ValueError when it is longer than `limit` bytes."""
        parts: list[bytes] = []
        while isinstance(event := await self.receive(), h11.Data):
            parts.append(bytes(event.data))
            if (limit := limit - len(event.data)) < 0:
                raise ValueError("cannot forward request: its body is too long")
        return b"".join(parts)

    def abort(self) -> None:
        """Drop the connection, so that the other side sees that it is cut short."""
        self._writer.transport.abort()

    def close(self) -> None:
        """Close it in order."""
        self._writer.close()
