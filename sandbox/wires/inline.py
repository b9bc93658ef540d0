"""Functions run in this very process, one at a time, while the world's time stands still: for tests."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import boto3

from sandbox.wires import lineage
from sandbox.wires.invoke import Answer, Done, Function, Request, environment
from sandbox.wires.parts import Parts
from sandbox.wires.worker import Context, Handler, Tap, answer, described, failure

ENVIRONMENT_SECONDS = 6 * 3600  # half the life of a role's credentials
ONE_THREAD = {"REQUESTS_AT_ONCE": "1"}  # so that a seed decides the order of all that happens


class Killed(BaseException):  # no error: nothing may catch it
    """Raised in the middle of a function to end it there, as `kill -9` of its process does."""


class _Output:
    """Where functions print. One for the process: loggers keep the stream they were made with."""

    def __init__(self) -> None:
        self._buffers: list[io.StringIO] = []
        self.stream = Tap(self._write)

    @contextlib.contextmanager
    def captured(self) -> Iterator[io.StringIO]:
        buffer = io.StringIO()
        self._buffers.append(buffer)
        try:
            with contextlib.redirect_stdout(self.stream), contextlib.redirect_stderr(self.stream):
                yield buffer
        finally:
            self._buffers.remove(buffer)

    def _write(self, text: str) -> None:
        if self._buffers:
            self._buffers[-1].write(text)


_OUTPUT = _Output()


@dataclass
class _Environment:
    """One loaded function: its variables, its handler, its own default boto3 session."""

    revision: str
    made_at: float
    variables: dict[str, str]
    handler: Handler | None = None
    session: boto3.Session | None = None


class InlineRunner:
    """Keeps one execution environment per function; a timeout cannot be enforced here."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._environments: dict[str, _Environment] = {}
        self._modules: list[str] = []

    def __call__(self, function: Function, request: Request, done: Done) -> None:
        """Run to the end, then call `done`."""
        found = self._environment(function)
        with _OUTPUT.captured() as output, _world_of(found):
            payload, failed = self._call(function, request, found)
        done(Answer(payload, "Unhandled" if failed else "", output.getvalue()))

    def kill(self, _role_arn: str) -> None:
        """End the function that runs at this moment, from within."""
        raise Killed

    def close(self) -> None:
        """Forget every loaded function."""
        for name in self._modules:
            sys.modules.pop(name, None)
        self._environments.clear()

    def _environment(self, function: Function) -> _Environment:
        found = self._environments.get(function.name)
        now = self._parts.now()
        if (
            found is None
            or found.revision != function.revision
            or now - found.made_at > ENVIRONMENT_SECONDS
        ):
            variables = {**environment(self._parts, function), **ONE_THREAD}
            found = _Environment(function.revision, now, variables)
            self._environments[function.name] = found
        return found

    def _call(self, function: Function, request: Request, found: _Environment) -> tuple[str, bool]:
        try:
            found.handler = found.handler or self._load(function)
        except Exception as error:
            self._environments.pop(function.name)
            return failure(error, request.id), True
        context = Context(
            function_name=function.name,
            invoked_function_arn=function.arn,
            memory_limit_in_mb=function.memory,
            aws_request_id=request.id,
            log_group_name=function.log_group,
            log_stream_name="sandbox",
            deadline=request.at + function.timeout,
        )
        os.environ[lineage.VARIABLE] = lineage.trace(request.chain)
        try:
            return answer(found.handler, json.loads(request.event), context)
        except Killed:
            self._environments.pop(function.name)
            text = f"RequestId: {request.id} Error: Runtime exited with error: signal: killed"
            return described("Runtime.ExitError", text, request.id), True

    def _load(self, function: Function) -> Handler:
        module_name, _, handler_name = function.handler.rpartition(".")
        name = f"sandbox_function_{id(self)}_{len(self._modules)}"
        path = function.code / f"{module_name.replace('.', '/')}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"Unable to import module '{module_name}'")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        self._modules.append(name)
        spec.loader.exec_module(module)
        return getattr(module, handler_name)


@contextlib.contextmanager
def _world_of(found: _Environment) -> Iterator[None]:
    """The function's variables and default session, in place of this process's own."""
    variables, session = dict(os.environ), boto3.DEFAULT_SESSION
    os.environ.clear()
    os.environ.update(found.variables)
    boto3.DEFAULT_SESSION = found.session
    try:
        yield
    finally:
        found.session, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, session
        os.environ.clear()
        os.environ.update(variables)
