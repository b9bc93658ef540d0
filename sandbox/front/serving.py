"""The door on a port of this machine: HTTP, one thread a request."""

from __future__ import annotations

import logging
import socket
import threading
from types import TracebackType
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from sandbox.front.wsgi import Application

TRIES = 50


class _Handler(MotoRequestHandler):
    """Says nothing; the journal does."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        # Raised by the application too, when a connection is to break: the client must notice.
        self.close_connection = True

    def log(self, type: str, message: str, *args: Any) -> None:
        logging.getLogger("sandbox.front").log(
            logging.ERROR if type == "error" else logging.DEBUG, message, *args
        )


class Server:
    """Serves an application on 127.0.0.1 while open; port 0 is one the system gives."""

    def __init__(self, application: Application, port: int) -> None:
        self._server = _listen(application, port)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="sandbox-front",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _listen(application: Application, port: int) -> BaseWSGIServer:
    """The wished port, or the next that is free. Raises OSError when none of the next fifty is."""
    for wished in range(port, port + TRIES) if port else [0]:
        if wished == 0 or _free(wished):
            return make_server("127.0.0.1", wished, application, threaded=True, request_handler=_Handler)
    raise OSError(f"cannot listen on 127.0.0.1:{port}: it and the next {TRIES} ports are taken")


def _free(port: int) -> bool:
    # werkzeug ends the process when a port is taken; so we ask first.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
