"""Builds a world, inline or served: the only wiring of the sandbox, and all that it changes in moto."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import moto.codecommit.models
import moto.codecommit.urls
from botocore.config import Config
from botocore.loaders import Loader
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox import faults
from sandbox.codecommit import api as codecommit
from sandbox.codecommit.repositories import Place, RefChange, Repositories, Repository
from sandbox.codecommit.server import GitServer
from sandbox.front.people import ADMIN, Credentials, admin, find
from sandbox.front.server import Door, Front, allow
from sandbox.front.serving import Server
from sandbox.front.transport import Transport
from sandbox.journal import JournalEntry
from sandbox.timeline import Entry, Timeline
from sandbox.turns import ByHand, Driven
from sandbox.wires.bus import Bus
from sandbox.wires.inline import InlineRunner
from sandbox.wires.invoke import Invoker
from sandbox.wires.mappings import Mappings
from sandbox.wires.parts import Parts
from sandbox.wires.queues import Queues

ACCOUNT = "123456789012"
REGION = "us-east-1"
START = 1795405500.0
"""2026-11-23T03:45:00Z: an inline world always begins then."""
INLINE_HOST = f"git-codecommit.{REGION}.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a world's tasks run (simulated, process), and whether its functions come from the build."""

    tasks: str
    built: bool = False


class World:
    """One AWS account and Region that lives, as whoever runs it sees it."""

    def __init__(self, turns: ByHand | Driven, url: str, resources: ExitStack, kind: Kind) -> None:
        self.turns = turns
        self.timeline = turns.timeline
        self.lock = turns.lock
        self.url = url
        self._endpoint = None if isinstance(turns, ByHand) else url
        self.journal: list[JournalEntry] = []
        self._resources = resources
        self._kind = kind
        folder = resources.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-"))
        self.repositories = Repositories(Path(folder), self._ref_changed)
        resources.callback(self.repositories.close)
        self.front = Front(self._door(), admin(ACCOUNT))
        self._wire()

    @classmethod
    @contextmanager
    def inline(cls, *, seed: int = 0, tasks: str = "simulated") -> Iterator[World]:
        """A world inside this thread: no socket, time stands until `advance` or `until` moves it."""
        with ExitStack() as resources:
            _empty(resources, seed)
            turns = resources.enter_context(ByHand(Timeline(START)))
            world = cls(turns, f"https://{INLINE_HOST}", resources, Kind(tasks))
            resources.enter_context(Transport(world.front, INLINE_HOST))
            yield world

    @classmethod
    @contextmanager
    def served(
        cls, *, speed: float = 1.0, port: int = 0, tasks: str = "process", built: bool = False
    ) -> Iterator[World]:
        """A world on a port of this machine, its clock `speed` times as fast as the real one."""
        with ExitStack() as resources:
            _empty(resources, 0)
            turns = Driven(Timeline(time.time()), speed)
            server = Server(lambda environ, start: world.front(environ, start), port)
            world = cls(turns, server.url, resources, Kind(tasks, built))
            resources.enter_context(turns)
            resources.enter_context(server)
            yield world

    def _wire(self) -> None:
        backend = codecommit.backend(self.repositories, self.clone_url)
        self._swap(moto.codecommit.models.codecommit_backends, "backend", backend)
        self._route(moto.codecommit.urls, "{0}/$", codecommit.SandboxCodeCommitResponse)
        parts = self._parts()
        queues = Queues(parts)
        self.invoker = Invoker(parts, queues, self._runner(parts))
        self.bus = Bus(parts, queues, self.invoker)
        self.mappings = Mappings(parts, queues, self.invoker)
        for part in (queues, self.bus):
            for replacement in part.replacements():
                self._swap(*replacement)

    def _parts(self) -> Parts:
        return Parts(
            self.timeline,
            ACCOUNT,
            REGION,
            run=self.turns.run,
            lock=self.lock,
            journal=self.record,
            endpoint=self._endpoint,
            sender=lambda: self.front.caller.id,
        )

    def _runner(self, parts: Parts) -> Any:
        runner = InlineRunner(parts)
        self._resources.callback(runner.close)
        return runner

    def _door(self) -> Door:
        return Door(
            turn=self.turn,
            find=partial(find, account=ACCOUNT),
            authorize=allow,
            fault=faults.none,
            record=self.record,
            aws=DomainDispatcherApplication(create_backend_app),
            git=GitServer(self.repositories),
        )

    def _swap(self, target: Any, name: str, value: Any) -> None:
        """Replace an attribute of moto's until the world closes. Raises AttributeError if it has none."""
        self._resources.callback(setattr, target, name, getattr(target, name))
        setattr(target, name, value)

    def _route(self, urls: Any, pattern: str, response: Any) -> None:
        """Answer a service's path by our own response class until the world closes."""
        self._resources.callback(urls.url_paths.__setitem__, pattern, urls.url_paths[pattern])
        urls.url_paths[pattern] = response.dispatch

    # Time

    def turn(self) -> AbstractContextManager[None]:
        """The world to oneself, at its own time: one request or one action of the timeline."""
        return self.turns.turn()

    def defer(self, seconds: float, action: Callable[[], None]) -> Entry:
        """Have something done later; harmless from any thread."""
        with self.turn():
            return self.timeline.after(seconds, action)

    def advance(self, seconds: float) -> None:
        """Let so many seconds of the world pass, and all that is due in them happen."""
        self.turns.advance(seconds)

    def until(self, predicate: Callable[[], Any], limit: float, what: str = "") -> None:
        """Let things happen until the predicate is true.

        Raises TimeoutError after `limit` seconds of the world (served: and not within a minute of ours).
        """
        if not self.turns.until(predicate, limit):
            raise TimeoutError(self._stuck(what or "it", limit))

    def _stuck(self, what: str, limit: float) -> str:
        waiting = ", ".join(
            f"{entry.name or '?'} at {entry.due:.1f}" for entry in self.timeline.waiting()[:5]
        )
        last = "\n  ".join(str(entry) for entry in self.journal[-15:])
        return (
            f"{what} did not happen within {limit:g} s of the world;"
            f" due next: {waiting or 'nothing'}; last:\n  {last}"
        )

    # What people do

    def client(self, service: str, *, credentials: Credentials = ADMIN) -> Any:
        """A boto3 client of this world; the admin's unless told otherwise."""
        return _client(service, credentials, self._endpoint)

    def repository(self, name: str) -> Repository:
        """A repository of this world, made when there is none."""
        if not self.repositories.has(name):
            self.client("codecommit").create_repository(repositoryName=name)
        place = Place(self.turn, lambda: self.timeline.now, f"arn:aws:iam::{ACCOUNT}:root")
        return Repository(name, self.clone_url(name), self.repositories, place)

    def clone_url(self, name: str) -> str:
        """Where a repository is fetched from and pushed to."""
        return f"{self.url}/v1/repos/{name}"

    def record(self, kind: str, detail: Mapping[str, Any]) -> None:
        """Write down what happened."""
        self.journal.append(JournalEntry(self.timeline.now, kind, detail))

    def emit(self, source: str, detail_type: str, detail: Mapping[str, Any], resources: list[str]) -> None:
        """An event of an AWS service, to the default bus."""
        self.bus.emit(source, detail_type, detail, resources)

    def _ref_changed(self, change: RefChange) -> None:
        backend = moto.codecommit.models.codecommit_backends[ACCOUNT][REGION]
        metadata = backend.get_repository(change.repository)
        detail = codecommit.event_detail(change, metadata["repositoryId"])
        self.emit("aws.codecommit", "CodeCommit Repository State Change", detail, [metadata["Arn"]])


@lru_cache(maxsize=256)
def _client(service: str, credentials: Credentials, endpoint: str | None) -> Any:
    # Kept beyond a world: a client has no state but its credentials, and costs 10 ms to make.
    config = Config(
        proxies={},
        retries={"total_max_attempts": 1},
        ignore_configured_endpoint_urls=True,
        read_timeout=1000,
    )
    return _session(credentials, endpoint).client(service, config=config, endpoint_url=endpoint)


@lru_cache(maxsize=32)
def _session(credentials: Credentials, _endpoint: str | None) -> boto3.Session:
    """A session that knows nothing of the user's profiles; `_endpoint` only tells worlds apart."""
    nothing = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    variables = {"profile": nothing, "config_file": nowhere, "credentials_file": nowhere}
    return boto3.Session(
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        region_name=REGION,
        botocore_session=botocore.session.Session(session_vars=variables),
    )


def _empty(resources: ExitStack, seed: int) -> None:
    """Nothing of an earlier world is left in moto, and nothing of this one will be."""
    _reset(seed)
    resources.callback(_reset, seed)
    # One loader for all sessions of the process: each would parse the same models again, 0.2 s a function.
    resources.callback(setattr, botocore.session, "create_loader", botocore.session.create_loader)
    botocore.session.create_loader = lambda _=None: _models()
    resources.callback(setattr, boto3, "DEFAULT_SESSION", boto3.DEFAULT_SESSION)
    boto3.DEFAULT_SESSION = None


def _reset(seed: int) -> None:
    BackendDict.reset()
    reset_model_data()
    mock_random.seed(seed)


@cache
def _models() -> Loader:
    return Loader()
