"""One Lambda execution environment: loads a handler and calls it; as a script, a process fed by JSON lines.

Only the standard library is imported here: the process must hold nothing but the function's own code.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Context:
    """What Lambda's Python runtime hands to a handler beside the event."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    deadline: float
    function_version: str = "$LATEST"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        return max(0, int((self.deadline - time.time()) * 1000))


def answer(handler: Handler, event: Any, context: Context) -> tuple[str, bool]:
    """Call a handler: its JSON, or Lambda's description of the error, and whether it was one."""
    try:
        result = handler(event, context)
    except Exception as error:
        traceback.print_exc()
        return failure(error, context.aws_request_id), True
    try:
        return json.dumps(result), False
    except (TypeError, ValueError) as error:
        text = f"Unable to marshal response: {error}"
        return described("Runtime.MarshalError", text, context.aws_request_id), True


def failure(error: BaseException, request_id: str) -> str:
    """An exception as Lambda's Python runtime reports it."""
    trace = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return described(type(error).__name__, str(error), request_id, trace)


def described(kind: str, message: str, request_id: str, trace: list[str] | None = None) -> str:
    """The payload of an invocation that ended in an error."""
    body = {"errorMessage": message, "errorType": kind, "requestId": request_id}
    return json.dumps({**body, "stackTrace": trace or []})


class Tap(io.TextIOBase):
    """A stream that hands on whatever is written."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def write(self, text: str) -> int:
        if text:
            self._write(text)
        return len(text)

    def writable(self) -> bool:
        return True


class Clock:
    """The world's time in this process: moved to at each call, running on by itself.

    Made before the function is loaded: without time-machine (a build brings only its own packages)
    `time.time` is replaced, and code may keep what it found there.
    """

    def __init__(self) -> None:
        self._ahead = 0.0
        self._travel: Any = None
        with contextlib.suppress(ImportError):
            sys.modules.setdefault("pytest", None)  # type: ignore[arg-type]  # time-machine would load all of it
            import time_machine

            self._travel = time_machine.travel
        if self._travel is None:
            self._replace()

    @contextlib.contextmanager
    def at(self, now: float) -> Iterator[None]:
        """Let it be `now` (epoch seconds)."""
        if self._travel:
            with self._travel(now, tick=True):
                yield
            return
        self._ahead += now - time.time()
        yield

    def _replace(self) -> None:
        real, real_ns = time.time, time.time_ns
        time.time = lambda: real() + self._ahead
        time.time_ns = lambda: real_ns() + int(self._ahead * 1e9)


def main() -> None:
    """Answer requests from standard input until it ends; then, or when the parent dies, end at once."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(**message: Any) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    sys.stdout = sys.stderr = Tap(lambda text: send(log=text))
    requests = _requests()
    first = requests.get()
    sys.path[:0] = first["paths"]
    clock = Clock()
    handler = _load(first["handler"], send)
    send(ready=handler is not None)
    while handler:
        request = requests.get()
        os.environ.update(request["environment"])
        with clock.at(request["now"]):
            context = Context(**request["context"], deadline=request["now"] + request["seconds"])
            payload, failed = answer(handler, json.loads(request["event"]), context)
        send(payload=payload, failed=failed)


def _requests() -> queue.SimpleQueue[Any]:
    """Requests as they come in; a thread reads them, so that the end of input ends even a busy process."""
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    lines = os.fdopen(os.dup(0), encoding="utf-8")

    def read() -> None:
        for line in lines:
            requests.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return requests


def _load(name: str, send: Callable[..., None]) -> Handler | None:
    module, _, function = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module.replace("/", ".")), function)
    except Exception as error:
        traceback.print_exc()
        kind = "Runtime.ImportModuleError" if isinstance(error, ImportError) else type(error).__name__
        send(payload=described(kind, f"Unable to import module '{module}': {error}", ""), failed=True)
        return None


if __name__ == "__main__":
    main()
