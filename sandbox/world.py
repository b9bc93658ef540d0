"""Builds a world, inline or served: the only wiring of the sandbox, and all that it changes in moto."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import moto.codecommit.models
import moto.codecommit.urls
import time_machine
from botocore.config import Config
from botocore.loaders import Loader
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox import faults
from sandbox.codecommit import api as codecommit
from sandbox.codecommit.repositories import RefChange, Repositories, Repository
from sandbox.codecommit.server import GitServer
from sandbox.front.people import ADMIN, Credentials, find
from sandbox.front.server import Door, Front, allow
from sandbox.front.transport import Transport
from sandbox.journal import JournalEntry
from sandbox.timeline import Entry, Timeline

ACCOUNT = "123456789012"
REGION = "us-east-1"
START = 1795405500.0
"""2026-11-23T03:45:00Z: an inline world always begins then."""
INLINE_HOST = f"git-codecommit.{REGION}.amazonaws.com"


class World:
    """One AWS account and Region that lives, as whoever runs it sees it."""

    def __init__(self, timeline: Timeline, url: str, resources: ExitStack) -> None:
        self.timeline = timeline
        self.url = url
        self.lock = threading.RLock()
        self.journal: list[JournalEntry] = []
        self._resources = resources
        folder = resources.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-"))
        self.repositories = Repositories(Path(folder), self._ref_changed)
        resources.callback(self.repositories.close)
        self._clients: dict[tuple[str, Credentials], Any] = {}
        self.front = Front(self._door())
        self._wire()

    @classmethod
    @contextmanager
    def inline(cls, *, seed: int = 0, tasks: str = "simulated") -> Iterator[World]:
        """A world inside this thread: no socket, time stands until `advance` or `until` moves it."""
        with ExitStack() as resources:
            _empty(resources, seed)
            clock = resources.enter_context(time_machine.travel(START, tick=False))
            world = cls(Timeline(START), f"https://{INLINE_HOST}", resources)
            world._clock = clock
            resources.enter_context(Transport(world.front, INLINE_HOST))
            yield world

    _clock: Any = None

    def _wire(self) -> None:
        backend = codecommit.backend(self.repositories, self.clone_url)
        self._swap(moto.codecommit.models.codecommit_backends, "backend", backend)
        self._route(moto.codecommit.urls, "{0}/$", codecommit.SandboxCodeCommitResponse)

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
        """Replace an attribute of moto's until the world closes. Raises AttributeError if it is not there."""
        self._resources.callback(setattr, target, name, getattr(target, name))
        setattr(target, name, value)

    def _route(self, urls: Any, pattern: str, response: Any) -> None:
        """Answer a service's path by our own response class until the world closes."""
        self._resources.callback(urls.url_paths.__setitem__, pattern, urls.url_paths[pattern])
        urls.url_paths[pattern] = response.dispatch

    # Time

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The world to oneself, at its own time: one request or one action of the timeline."""
        with self.lock, time_machine.travel(self.timeline.now, tick=False):
            yield

    def defer(self, seconds: float, action: Callable[[], None]) -> Entry:
        """Have something done later; harmless from any thread."""
        with self.lock:
            return self.timeline.after(seconds, action)

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass, and all that is due in them happen."""
        end = self.timeline.now + seconds
        while (due := self.timeline.next_due()) is not None and due <= end:
            self._step()
        self._stand(end)

    def until(self, predicate: Callable[[], Any], limit: float, what: str = "") -> None:
        """Let things happen until the predicate is true. Raises TimeoutError after `limit` world seconds."""
        end = self.timeline.now + limit
        while not predicate():
            due = self.timeline.next_due()
            if due is None or due > end:
                raise TimeoutError(self._stuck(what or "it", limit))
            self._step()

    def _step(self) -> None:
        self._stand(self.timeline.next_due() or 0.0)
        with self.turn():
            self.timeline.run_next()

    def _stand(self, moment: float) -> None:
        self.timeline.reach(moment)
        self._clock.move_to(self.timeline.now)

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
        key = (service, credentials)
        if key not in self._clients:
            session = boto3.Session(
                aws_access_key_id=credentials.access_key,
                aws_secret_access_key=credentials.secret_key,
                aws_session_token=credentials.token,
                region_name=REGION,
            )
            self._clients[key] = session.client(service, config=Config(retries={"total_max_attempts": 1}))
        return self._clients[key]

    def repository(self, name: str) -> Repository:
        """A repository of this world, made when there is none."""
        if not self.repositories.has(name):
            self.client("codecommit").create_repository(repositoryName=name)
        return Repository(
            name,
            self.clone_url(name),
            self.repositories,
            lambda: self.timeline.now,
            f"arn:aws:iam::{ACCOUNT}:root",
        )

    def clone_url(self, name: str) -> str:
        """Where a repository is fetched from and pushed to."""
        return f"{self.url}/v1/repos/{name}"

    def record(self, kind: str, detail: Mapping[str, Any]) -> None:
        """Write down what happened."""
        self.journal.append(JournalEntry(self.timeline.now, kind, detail))

    def emit(self, source: str, detail_type: str, detail: Mapping[str, Any], resources: list[str]) -> None:
        """An event of an AWS service, to the default bus."""
        self.record("event", {"source": source, "detail-type": detail_type, "detail": detail})

    def _ref_changed(self, change: RefChange) -> None:
        backend = moto.codecommit.models.codecommit_backends[ACCOUNT][REGION]
        metadata = backend.get_repository(change.repository)
        detail = codecommit.event_detail(change, metadata["repositoryId"])
        self.emit("aws.codecommit", "CodeCommit Repository State Change", detail, [metadata["Arn"]])


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
