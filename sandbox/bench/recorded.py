"""`python -m sandbox.bench.recorded`: answers AWS requests with recorded bytes, and does nothing else.

Standard input: one line of JSON, operation → body; standard output: the port, once it listens. It ends
when its input ends.
"""

from __future__ import annotations

import json
import socketserver
import sys
import threading
from collections.abc import Mapping

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: %d\r\n\r\n"


class Recorded(socketserver.ThreadingTCPServer):
    """One thread a connection; each request is answered by its operation's name."""

    daemon_threads = True

    def __init__(self, answers: Mapping[bytes, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answers = answers

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class Conversation(socketserver.StreamRequestHandler):
    """Requests of one connection, until it ends."""

    server: Recorded

    def handle(self) -> None:
        while head := self._head():
            self.rfile.read(int(head.get(b"content-length", b"0")))
            body = self.server.answers[head[b"x-amz-target"]]
            self.wfile.write(HEAD % len(body) + body)

    def _head(self) -> dict[bytes, bytes]:
        if not self.rfile.readline():
            return {}
        lines = iter(self.rfile.readline, b"\r\n")
        pairs = (line.partition(b":") for line in lines if line)
        return {name.lower(): value.strip() for name, _, value in pairs}


def main() -> None:
    """Serve until standard input ends."""
    stated = json.loads(sys.stdin.readline())
    answers = {name.encode(): body.encode() for name, body in stated.items()}
    with Recorded(answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
