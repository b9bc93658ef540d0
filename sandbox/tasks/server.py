"""A container's process: serves an image's files over real HTTP, as nginx would.

The standard library alone, and little of it, so that it starts in well under 100 ms. Its first line on
stdout is `{"<container port>": <real port>, …}`. SIGTERM ends it once the requests at hand are answered;
until then it keeps idle connections open, so that nobody's next request meets one being closed. It ends
when stdin does.
"""

from __future__ import annotations

import json
import os
import posixpath
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from sandbox.tasks.nginx import STATUS, Answer, EmergencyError, Site, error, media_type, read_sites

CONFIGURATION = "etc/nginx/conf.d"
LIMIT = 64 * 1024


def main(root: str) -> None:
    """Serve the file system below `root`."""
    try:
        sites = read_sites(_configuration(root))
    except EmergencyError as emergency:
        sys.stderr.write(f"nginx: [emerg] {emergency}\n")
        sys.exit(1)
    # A handler's signal is lost when it comes just before pause(); one that is blocked waits for sigwait().
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    server = Server(root)
    ports = {port: server.listen(site) for site in reversed(sites) for port in site.ports}
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.sigwait({signal.SIGTERM})
    server.stop()
    threading.Event().wait()  # the thread that gives the last answer ends the process


class Server:
    """Listening sockets with one thread each, and one per connection."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._sockets: list[socket.socket] = []
        self._busy = 0
        self._stopping = False
        self._turn = threading.Lock()

    def listen(self, site: Site) -> int:
        """Serve a site at a port the system gives; returns it."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._sockets.append(listening)
        threading.Thread(target=self._accept, args=(listening, site), daemon=True).start()
        port: int = listening.getsockname()[1]
        return port

    def stop(self) -> None:
        """Take no new connection; end with the last answer."""
        for listening in self._sockets:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)  # wakes a thread in accept(), which close() does not
            listening.close()
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        with self._turn:
            self._stopping = True
            if self._busy == 0:
                os._exit(0)

    def _accept(self, listening: socket.socket, site: Site) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return  # told to stop
            threading.Thread(target=self._converse, args=(connection, site), daemon=True).start()

    def _converse(self, connection: socket.socket, site: Site) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            try:
                buffer = b""
                while (request := _read_head(connection, buffer)) is not None:
                    head, buffer = request
                    if not self._answer(connection, site, head):
                        return
            except OSError:
                return  # the other side went away

    def _answer(self, connection: socket.socket, site: Site, head: str) -> bool:
        """Answer one request; True when the connection is to be kept."""
        with self._turn:
            self._busy += 1
        try:
            method, path, keep = _parse(head)
            answer = error(400) if not path else self._made(site, method, path)
            connection.sendall(_framed(answer, method, keep and answer.status != 400))
            return keep and answer.status not in (400, 405)  # a body we did not read may follow
        finally:
            with self._turn:
                self._busy -= 1
                if self._stopping and self._busy == 0:
                    os._exit(0)

    def _made(self, site: Site, method: str, path: str) -> Answer:
        """What nginx answers: a file, a folder's index, 403 for a folder without one, 404."""
        place = site.location(path)
        if place.answer is not None:
            status, text = place.answer
            if status in (301, 302):
                return Answer(status, error(status).body, headers={"Location": text})
            return Answer(status, text.encode(), "text/plain") if text else error(status)
        if method not in ("GET", "HEAD"):
            return error(405)
        inside = posixpath.join(place.root, path.lstrip("/"))
        file = os.path.join(self._root, inside.lstrip("/"))  # noqa: PTH118 - pathlib costs 10 ms to import
        if os.path.isdir(file):  # noqa: PTH112
            if not path.endswith("/"):
                return Answer(301, error(301).body, headers={"Location": path + "/"})
            found = (self._file(file + name) for name in place.index)
            return next((answer for answer in found if answer), error(403))
        return self._file(file) or error(404)

    def _file(self, path: str) -> Answer | None:
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                return Answer(200, file.read(), media_type(path))
        except OSError:
            return None


def _read_head(connection: socket.socket, buffer: bytes) -> tuple[str, bytes] | None:
    """The next request's head and what was read past it; None at the end of the connection."""
    while b"\r\n\r\n" not in buffer:
        received = connection.recv(LIMIT)
        if not received or len(buffer) > LIMIT:
            return None
        buffer += received
    head, _, rest = buffer.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


def _parse(head: str) -> tuple[str, str, bool]:
    """A request's head → method, path ("" when it is bad), whether the connection is kept."""
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[1].startswith("/"):
        return "GET", "", False
    headers = {
        name.lower(): value.strip().lower() for name, _, value in (it.partition(":") for it in lines)
    }
    connection = headers.get("connection", "close" if words[2] == "HTTP/1.0" else "")
    path = posixpath.normpath(words[1].partition("?")[0])
    slash = "/" if words[1].partition("?")[0].endswith("/") and path != "/" else ""
    return words[0], "/" + path.lstrip("/") + slash, "close" not in connection


def _framed(answer: Answer, method: str, keep: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {STATUS.get(answer.status, '')}",
        "Server: nginx",
        f"Content-Type: {answer.type}",
        f"Content-Length: {len(answer.body)}",
        f"Connection: {'keep-alive' if keep else 'close'}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if method == "HEAD" else answer.body)


def _configuration(root: str) -> dict[str, str]:
    folder = f"{root}/{CONFIGURATION}"
    names = [name for name in os.listdir(folder) if name.endswith(".conf")]  # noqa: PTH208
    texts = {}
    for name in names:
        with open(f"{folder}/{name}", encoding="utf-8") as file:  # noqa: PTH123
            texts[f"/{CONFIGURATION}/{name}"] = file.read()
    return texts


def _end_with_parent() -> NoReturn:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
