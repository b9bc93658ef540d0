"""Builds a world, inline or served: the only wiring of the sandbox, and all that it changes in moto."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import moto.applicationautoscaling.models
import moto.autoscaling.models
import moto.codecommit.models
import moto.codecommit.urls
import moto.ecr.models
import moto.ecs.urls
import moto.elbv2.models

from sandbox.fast import moto_shortcuts
from sandbox.fast.direct import Dispatcher
from sandbox.front.people import ADMIN, Credentials, admin, find
from sandbox.front.policies import guard
from sandbox.front.server import Door, Front
from sandbox.front.serving import Server
from sandbox.front.transport import Transport
from sandbox.ground import variants
from sandbox.ground.journal import JournalEntry
from sandbox.ground.timeline import Entry, Timeline
from sandbox.services.autoscaling.ecs import service_check
from sandbox.services.codecommit import api as codecommit
from sandbox.services.codecommit.repositories import Place, RefChange, Repositories, Repository
from sandbox.services.codecommit.server import GitServer
from sandbox.services.ecr import registry
from sandbox.services.ecs import instances
from sandbox.services.ecs.api.operations import responses
from sandbox.services.ecs.effects import Ecs, Surroundings
from sandbox.services.elb import api as elb
from sandbox.services.elb.process import BalancerProcess
from sandbox.services.elb.routing import routing
from sandbox.services.elb.targets import Targets
from sandbox.stack import install as stack
from sandbox.stack.deploy import deploy
from sandbox.tasks.process import Processes
from sandbox.tasks.simulated import Simulated
from sandbox.wires.inline import InlineRunner
from sandbox.wires.install import Wires
from sandbox.wires.interpreters import for_build, for_source
from sandbox.wires.parts import Parts
from sandbox.wires.workers import Workers
from sandbox.world.clients import Session, client, session
from sandbox.world.clock import ByHand, Driven
from sandbox.world.faults import Faults
from sandbox.world.isolation import blank
from sandbox.world.lookups import Lookups
from sandbox.world.moto_patches import MotoPatches
from sandbox.world.options import Kind

ACCOUNT = "123456789012"
REGION = "us-east-1"
START = 1795405500.0  # 2026-11-23T03:45:00Z: an inline world always begins then
lookups = Lookups(ACCOUNT, REGION)
ROOT = Path(__file__).parents[2]
INLINE_HOST = f"git-codecommit.{REGION}.amazonaws.com"


class World:
    """One AWS account and Region that lives, as whoever runs it sees it."""

    def __init__(self, turns: ByHand | Driven, url: str, resources: ExitStack, kind: Kind) -> None:
        self.turns = turns
        self.timeline = turns.timeline
        self.lock = turns.lock
        self.url = url
        self._endpoint = None if isinstance(turns, ByHand) else url
        self.journal: list[JournalEntry] = []
        self.faults = Faults(turns.timeline, kind.faults, lambda who: self.wires.runner.kill(who.role_arn))
        self._resources = resources
        self._moto = MotoPatches(resources)
        self._kind = kind
        self._folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-")))
        self.repositories = Repositories(self._folder / "repositories", self._ref_changed)
        resources.callback(self.repositories.close)
        self.guard = guard(ACCOUNT, REGION)
        self.front = Front(self._door(), admin(ACCOUNT))
        self._wire()

    @classmethod
    @contextmanager
    def inline(cls, *, seed: int = 0, **kind: Any) -> Iterator[World]:
        """A world inside this thread: no socket, time stands until `advance` or `until` moves it.

        More keywords are those of `Kind`.
        """
        with ExitStack() as resources:
            resources.enter_context(blank(seed))
            turns = resources.enter_context(ByHand(Timeline(START)))
            world = cls(turns, f"https://{INLINE_HOST}", resources, Kind(**kind))
            resources.enter_context(Transport(world.front, INLINE_HOST))
            yield world

    @classmethod
    @contextmanager
    def served(
        cls, *, speed: float = 1.0, port: int = 0, tasks: str = "process", **kind: Any
    ) -> Iterator[World]:
        """A world on a port of this machine, its clock `speed` times as fast as the real one.

        More keywords are those of `Kind`.
        """
        with ExitStack() as resources:
            resources.enter_context(blank(0))
            turns = Driven(Timeline(time.time()), speed)
            server = Server(lambda environ, start: world.front(environ, start), port)
            world = cls(turns, server.url, resources, Kind(tasks, **kind))
            resources.enter_context(turns)
            resources.enter_context(server)
            yield world

    def _wire(self) -> None:
        """Put every part in its place. Who is told of something is made before who tells."""
        self._wire_codecommit()
        self.wires = Wires(self._parts(), self._function_runner)
        self._resources.callback(self.wires.close)
        for each in (
            *moto_shortcuts.replacements(inline=not self._endpoint),
            *stack.replacements(self.wires),
        ):
            self._moto.swap(*each)
        self._wire_images()
        self._wire_targets()
        self._wire_ecs()

    def _wire_codecommit(self) -> None:
        backend = codecommit.backend(self.repositories, self.clone_url)
        self._moto.swap(moto.codecommit.models.codecommit_backends, "backend", backend)
        self._moto.route(moto.codecommit.urls, "{0}/$", codecommit.SandboxCodeCommitResponse)

    def _wire_images(self) -> None:
        self.images = registry.Store(self._folder / "images")
        self._moto.swap(moto.ecr.models.ecr_backends, "backend", registry.extension(self.emit))

    def _wire_targets(self) -> None:
        self.targets = Targets(self.timeline, elb.settings_of)
        extension = elb.extension(self.targets, lambda: self.targets.changed())
        self._moto.swap(moto.elbv2.models.elbv2_backends, "backend", extension)
        if self._kind.tasks != "simulated":
            self.balancer = BalancerProcess(self.turns.run)
            self._resources.callback(self.balancer.close)
            self.targets.changed = self._tell_balancer
            self.targets.let_go = self.balancer.let_go

    def _tell_balancer(self) -> None:
        backend = moto.elbv2.models.elbv2_backends[ACCOUNT][REGION]
        self.balancer.tell(routing(backend, self.targets.registered(), {80: self._kind.site}))

    def _wire_ecs(self) -> None:
        self.tasks: Any = self._task_runner()
        surroundings = Surroundings(
            self.timeline,
            self.emit,
            self.tasks,
            self.targets,
            ACCOUNT,
            REGION,
            instances=lookups.instances,
            digest=lookups.digest,
            target_group=lookups.target_group,
            journal=self.record,
            caller=lambda: self.front.caller.arn,
            drains=self._kind.drains,
        )
        self.ecs = Ecs(surroundings)
        groups = instances.extension(self.ecs.instances_changed)
        self._moto.swap(moto.autoscaling.models.autoscaling_backends, "backend", groups)
        answering = variants.chosen_responses(responses(self.ecs), self._kind.variants)
        self._moto.route(moto.ecs.urls, "{0}/$", answering)
        scaling = moto.applicationautoscaling.models.ApplicationAutoscalingBackend
        self._moto.swap(scaling, "_ecs_service_exists_for_target", service_check(self.ecs.services))

    def _task_runner(self) -> Simulated | Processes:
        if self._kind.tasks == "simulated":
            return Simulated(self.timeline, fate=self.faults.outcome)
        processes = Processes(self.timeline, self.images.resolve, self.turns.run)
        self._resources.callback(processes.close)
        return processes

    def _parts(self) -> Parts:
        return Parts(
            self.timeline,
            ACCOUNT,
            REGION,
            run=self.turns.run,
            spawn=self.turns.spawn,
            lock=self.lock,
            journal=self.record,
            endpoint=self._endpoint,
            sender=lambda: self.front.caller.id,
            trace=lambda: self.front.trace,
            deliveries=variants.delivered(self._kind.variants, self.faults.deliveries),
            may=self.guard.may,
        )

    def _function_runner(self, parts: Parts) -> Any:
        if isinstance(self.turns, ByHand):
            return InlineRunner(parts)
        python = for_build("3.13", ROOT) if self._kind.built else for_source()
        return Workers(parts, python)

    def _door(self) -> Door:
        aws = Dispatcher(frozenset({"ecs"}), ACCOUNT)
        return Door(
            turn=self.turn,
            find=partial(find, account=ACCOUNT),
            authorize=self.guard,
            fault=self.faults.before,
            after=self.faults.after,
            record=self.record,
            aws=aws,
            git=GitServer(self.repositories),
            straight=aws.straight,
        )

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
        waiting = [f"{entry.name or '?'} at {entry.due:.1f}" for entry in self.timeline.waiting()[:5]]
        last = "\n  ".join(str(entry) for entry in self.journal[-15:])
        return (
            f"{what} did not happen within {limit:g} s of the world;"
            f" due next: {', '.join(waiting) or 'nothing'}; last:\n  {last}"
        )

    # What people do

    def client(self, service: str, *, credentials: Credentials = ADMIN) -> Any:
        """A client of this world, as boto3 makes it; the admin's unless told otherwise."""
        return client(service, credentials, REGION, self._endpoint)

    def session(self, *, credentials: Credentials = ADMIN) -> Session:
        """A botocore session all of whose clients speak to this world."""
        return session(credentials, REGION, self._endpoint)

    def repository(self, name: str) -> Repository:
        """A repository of this world, made when there is none."""
        if not self.repositories.has(name):
            self.client("codecommit").create_repository(repositoryName=name)
        place = Place(self.turn, lambda: self.timeline.now, f"arn:aws:iam::{ACCOUNT}:root")
        return Repository(name, self.clone_url(name), self.repositories, place)

    def deploy(self, template: Path, stack_name: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """Create or update a stack from a template's file, as its owner would; its outputs."""
        cloudformation = self.client("cloudformation")
        return deploy(cloudformation, template, stack_name, parameters, account=ACCOUNT, region=REGION)

    def clone_url(self, name: str) -> str:
        """Where a repository is fetched from and pushed to."""
        return f"{self.url}/v1/repos/{name}"

    def record(self, kind: str, detail: Mapping[str, Any]) -> None:
        """Write down what happened."""
        self.journal.append(JournalEntry(self.timeline.now, kind, detail))

    def emit(
        self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]
    ) -> None:
        """An event of an AWS service, to the default bus."""
        self.wires.bus.emit(source, detail_type, detail, resources)

    def _ref_changed(self, change: RefChange) -> None:
        backend = moto.codecommit.models.codecommit_backends[ACCOUNT][REGION]
        metadata = backend.get_repository(change.repository)
        detail = codecommit.event_detail(change, metadata["repositoryId"])
        self.emit("aws.codecommit", "CodeCommit Repository State Change", detail, [metadata["Arn"]])
