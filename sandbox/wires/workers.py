"""Functions run in warm worker processes that hold nothing but the function: for served worlds."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from sandbox.wires import lineage
from sandbox.wires.invoke import Answer, Done, Function, Request, environment
from sandbox.wires.parts import Parts
from sandbox.wires.worker import described

SCRIPT = Path(__file__).with_name("worker.py")
ENVIRONMENT_SECONDS = 6 * 3600  # of the world: half the life of a role's credentials
START_SECONDS = 120  # of ours: beyond any honest import on a busy machine
TAIL_BYTES = 4096


class Workers:
    """A pool per function: an idle worker is taken, else one is started, as Lambda does.

    Timeouts count in real seconds, for that is what a function's own work takes, whatever the world's
    speed. A worker that dies fails its invocation; the next one gets a new worker.
    """

    def __init__(self, parts: Parts, python: Sequence[str]) -> None:
        self._parts = parts
        self._python = tuple(python)
        self._lock = threading.Lock()
        self._idle: dict[str, list[_Worker]] = {}
        self._all: set[_Worker] = set()
        self._closed = False

    def __call__(self, function: Function, request: Request, done: Done) -> None:
        """Run beside the world; `done` is called in it."""
        worker = self._take(function)

        def talk() -> None:
            answer = worker.ask(function, request)
            self._give_back(worker)
            if not self._closed:
                self._parts.run(lambda: done(answer))

        self._parts.spawn(talk)

    def pids(self) -> dict[str, list[int]]:
        """Process ids of the living workers, by function."""
        with self._lock:
            found: dict[str, list[int]] = {}
            for worker in self._all:
                if worker.alive():
                    found.setdefault(worker.name, []).append(worker.process.pid)
            return found

    def kill(self, role_arn: str) -> None:
        """Kill the workers that are at work in a role's name."""
        with self._lock:
            idle = {worker for workers in self._idle.values() for worker in workers}
            for worker in self._all - idle:
                if worker.role == role_arn:
                    worker.process.kill()

    def close(self) -> None:
        """End every worker at once."""
        self._closed = True
        with self._lock:
            workers, self._all = list(self._all), set()
            self._idle.clear()
        for worker in workers:
            worker.end()

    def _take(self, function: Function) -> _Worker:
        with self._lock:
            idle = self._idle.setdefault(function.name, [])
            while idle:
                worker = idle.pop()
                if worker.alive() and worker.fits(function, self._parts.now()):
                    return worker
                self._drop(worker)
            variables = environment(self._parts, function)
            worker = _Worker(self._python, function, variables, self._parts.now())
            self._all.add(worker)
            return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if worker.alive() and not self._closed:
                self._idle.setdefault(worker.name, []).append(worker)
            else:
                self._drop(worker)

    def _drop(self, worker: _Worker) -> None:
        self._all.discard(worker)
        worker.end()


class _Worker:
    """One process, and the conversation with it: a line of JSON each way, logs in between."""

    def __init__(
        self, python: Sequence[str], function: Function, variables: dict[str, str], now: float
    ) -> None:
        self.name = function.name
        self.role = function.role
        self._revision = function.revision
        self._made_at = now
        self._ready = False
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(
            [*python, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=function.code,
            env=variables,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # a ctrl-C is the world's to handle; the end of input ends the worker
        )
        paths = [function.code, *(layer / "python" for layer in function.layers), *function.layers]
        self._first = {
            "paths": [str(path) for path in paths if path.is_dir()],
            "handler": function.handler,
        }

    def alive(self) -> bool:
        """The process has not ended."""
        return self.process.poll() is None

    def fits(self, function: Function, now: float) -> bool:
        """It holds this very function, and its credentials are good for long enough."""
        return self._revision == function.revision and now - self._made_at < ENVIRONMENT_SECONDS

    def ask(self, function: Function, request: Request) -> Answer:
        """Have one event handled. Blocks; a function that takes too long is killed."""
        logs: list[str] = []
        try:
            if not self._ready:
                started = self._exchange(self._first, START_SECONDS, logs)
                self._ready = bool(started.get("ready"))
                if not self._ready:
                    self.end()
                    return Answer(started["payload"], "Unhandled", "".join(logs))
            reply = self._exchange(_message(function, request), function.timeout, logs)
        except _EndedError as ended:
            text = f"RequestId: {request.id} Error: {ended}"
            logs.append(self._tail())
            return Answer(described(ended.kind, text, request.id), "Unhandled", "".join(logs))
        return Answer(reply["payload"], "Unhandled" if reply["failed"] else "", "".join(logs))

    def end(self) -> None:
        """Kill the process and wait for it."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self._errors):
            if stream:
                _shut(stream)

    def _exchange(self, message: dict[str, Any], seconds: float, logs: list[str]) -> dict[str, Any]:
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            return self._converse(message, logs)
        except (OSError, ValueError) as error:
            raise _EndedError(self._how_it_ended()) from error
        except _EndedError as ended:
            if not late.is_set():
                raise
            text = f"Task timed out after {seconds:.2f} seconds"
            raise _EndedError(text, "Sandbox.Timedout") from ended
        finally:
            timer.cancel()

    def _converse(self, message: dict[str, Any], logs: list[str]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            reply: dict[str, Any] = json.loads(line)
            if "log" not in reply:
                return reply
            logs.append(reply["log"])
        raise _EndedError(self._how_it_ended())

    def _how_it_ended(self) -> str:
        code = self.process.wait()
        how = {-9: "signal: killed", -15: "signal: terminated"}.get(code, f"exit status {code}")
        return f"Runtime exited with error: {how}"

    def _tail(self) -> str:
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        return self._errors.read()[-TAIL_BYTES:].decode("utf-8", "replace")


class _EndedError(Exception):
    """The process is gone, and how."""

    def __init__(self, text: str, kind: str = "Runtime.ExitError") -> None:
        super().__init__(text)
        self.kind = kind


def _message(function: Function, request: Request) -> dict[str, Any]:
    context = {
        "function_name": function.name,
        "invoked_function_arn": function.arn,
        "memory_limit_in_mb": function.memory,
        "aws_request_id": request.id,
        "log_group_name": function.log_group,
        "log_stream_name": "sandbox",
    }
    return {
        "event": request.event,
        "now": request.at,
        "seconds": function.timeout,
        "context": context,
        "environment": {lineage.VARIABLE: lineage.trace(request.chain)},
    }


def _shut(stream: IO[Any]) -> None:
    try:
        stream.close()
    except OSError:  # what was still to be written has no reader any more
        return
