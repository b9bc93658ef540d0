"""`python -m sandbox.bench.replay FILE`: sends the bytes recorded for a request, and nothing else.

FILE holds what `Tape.save` wrote. Standard output: the port, once it listens. It ends with its input.
"""

from __future__ import annotations

import pickle
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.front.wsgi import Answer, Application, Environ, Request, StartResponse

    Straight = Callable[[Request], Answer | None]

HEAD = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
Asked = tuple[bytes, bytes, bytes]
"""Of a request: path with query, the AWS operation (b"" for Git), the body."""


@dataclass(slots=True)
class Tape:
    """Whole answers by what was asked."""

    answers: dict[Asked, bytes] = field(default_factory=dict)

    def recording(self, application: Application) -> Application:
        """The same application, all of whose answers are kept."""

        def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            stated: list[tuple[str, dict[str, str]]] = []
            written: list[bytes] = []

            def start(status: str, headers: list[tuple[str, str]], *more: object) -> object:
                stated.append((status, {name.lower(): value for name, value in headers}))
                start_response(status, headers, *more)
                return written.append  # dulwich writes what others give back

            asked = environ["wsgi.input"].read()
            environ["wsgi.input"].seek(0)
            given = b"".join(application(environ, start))
            body = b"".join(written) + given
            status, headers = stated[-1]
            kind = headers.get("content-type", "").encode()
            self.answers[_asked(environ, asked)] = HEAD % (status.encode(), kind, len(body)) + body
            return [body]

        return answer

    def straight(self, answering: Straight) -> Straight:
        """The same for what answers requests without an environment."""

        def answer(request: Request) -> Answer | None:
            given = answering(request)
            if given is not None:
                kind = next(value for name, value in given.headers if name.lower() == "content-type")
                head = HEAD % (str(given.status).encode(), kind.encode(), len(given.body))
                target = request.headers.get("x-amz-target", "")
                self.answers[request.path.encode(), target.encode(), request.body] = head + given.body
            return given

        return answer

    def save(self, path: Path) -> None:
        """Write it where the server finds it."""
        path.write_bytes(pickle.dumps(self.answers))


def _asked(environ: Environ, body: bytes) -> Asked:
    query = environ.get("QUERY_STRING", "")
    path = environ["PATH_INFO"] + (f"?{query}" if query else "")
    return path.encode(), environ.get("HTTP_X_AMZ_TARGET", "").encode(), body


class Replay(socketserver.ThreadingTCPServer):
    """One thread a connection."""

    daemon_threads = True

    def __init__(self, answers: dict[Asked, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answers = answers


class Conversation(socketserver.StreamRequestHandler):
    """Requests of one connection, until it ends."""

    server: Replay
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while line := self.rfile.readline():
            head = self._head()
            body = self.rfile.read(int(head.get(b"content-length", b"0")))
            asked = line.split(b" ")[1], head.get(b"x-amz-target", b""), body
            if asked not in self.server.answers:
                sys.stderr.write(f"nobody ever asked {asked!r}\n")
            self.wfile.write(self.server.answers[asked])

    def _head(self) -> dict[bytes, bytes]:
        pairs = (line.partition(b":") for line in iter(self.rfile.readline, b"\r\n"))
        return {name.lower(): value.strip() for name, _, value in pairs}


def main() -> None:
    """Serve until standard input ends."""
    answers = pickle.loads(Path(sys.argv[1]).read_bytes())
    with Replay(answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
