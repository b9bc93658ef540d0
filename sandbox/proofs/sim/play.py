"""Plays one story in an inline world with the real template, and brings back what can be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ecs_gitops.model.actions import Action, Hold
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Attempt, HistoryEntry, Record
from ecs_gitops.model.settings import Settings
from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.plan.decide import plan
from ecs_gitops.runtime.bootstrap import Controller, build
from sandbox.ground.journal import JournalEntry
from sandbox.ground.processes import ROOT
from sandbox.proofs.sim.author import tell
from sandbox.proofs.sim.people import People
from sandbox.proofs.sim.story import CLUSTER, ROLE, Story
from sandbox.wires.parts import Replacement
from sandbox.world.world import REGION, START, World

STACK = "ecs-gitops"
SETTINGS = {"Mode": "apply", "Clusters": CLUSTER, "FullSweepInterval": "300", "PassableRoleArns": ROLE}
QUIET = 270.0
"""Seconds after the faults in which all must come right: the latest event comes 240 s late."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the controller says of one service when all is over, and what ECS does."""

    record: Record
    attempts: tuple[Attempt, ...]
    history: tuple[HistoryEntry, ...]
    actions: tuple[Action, ...]
    live: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    """A story's end. heads: the branch's, and the one the controller has taken in.

    images: of every revision, by ARN. dead: messages in dead-letter queues.
    """

    story: Story
    journal: Sequence[JournalEntry]
    told: Mapping[str, Told]
    images: Mapping[str, str]
    heads: tuple[str | None, str | None]
    dead: int
    faults: Counter[str]


def play(seed: int, swaps: Sequence[Replacement] = ()) -> Played:
    """Play the story of a seed. swaps: what of the controller is replaced meanwhile, to see it caught."""
    story = tell(seed, START)
    with World.inline(seed=seed, faults=story.plan) as world, _swapped(swaps):
        people = People(world, story)
        people.begin()
        world.deploy(ROOT / "template.yaml", STACK, {"SourceUrl": people.repository.url, **SETTINGS})
        for step in story.steps:
            world.advance(START + step.at - world.timeline.now)
            people.do(step)
        world.advance(story.plan.until - world.timeline.now + QUIET)
        return _end(world, story, people)


@contextmanager
def _swapped(swaps: Sequence[Replacement]) -> Iterator[None]:
    kept = [swap._replace(value=getattr(swap.owner, swap.name)) for swap in swaps]
    for swap in swaps:
        setattr(swap.owner, swap.name, swap.value)
    try:
        yield
    finally:
        for swap in kept:
            setattr(swap.owner, swap.name, swap.value)


def _end(world: World, story: Story, people: People) -> Played:
    """What is left when all is quiet."""
    controller = _controller(world)
    source = controller.table.source(controller.settings.source_id)
    queues = world.wires.queues.backend().queues.items()
    return Played(
        story=story,
        journal=world.journal,
        told={each.name: _told(controller, ServiceKey(CLUSTER, each.name)) for each in story.services},
        images={
            arn: each.document["containerDefinitions"][0]["image"]
            for arn, each in world.ecs.definitions.items()
        },
        heads=(people.repository.head(), source.head),
        dead=sum(len(queue._messages) for name, queue in queues if "DeadLetters" in name),
        faults=+world.faults.happened,
    )


def _controller(world: World) -> Controller:
    """The controller's own parts with the admin's rights, set as the reconciler is."""
    stack = world.client("cloudformation")
    found = stack.describe_stack_resource(StackName=STACK, LogicalResourceId="ReconcilerFunction")
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    stated = world.client("lambda").get_function_configuration(FunctionName=name)
    variables = {**stated["Environment"]["Variables"], "AWS_REGION": REGION, "REQUESTS_AT_ONCE": "1"}
    return build(Settings.from_env(variables), _Session(world), lambda: world.timeline.now)


@dataclass(frozen=True, slots=True)
class _Session:
    """The world's own clients, which need not be made for each story."""

    world: World

    def create_client(self, service: str, **_: object) -> Any:
        return self.world.client(service)


def _told(controller: Controller, key: ServiceKey) -> Told:
    desired, record = controller.table.get(key)
    live = controller.ecs.live(key, deployments=False)
    install, now = controller.settings.install, controller.clock()
    live = replace(live, scalable=controller.scaling.is_scalable(key))
    attempts = {each.id: each for each in controller.table.attempts(key, 100)}
    attempts |= {each.id: each for each in (record.replaced, record.attempt) if each is not None}
    waits = Hold(Reason.WAITING_FOR, "") if record.waiting_for else None
    actions = plan(desired, live, record, install=install, now=now, waits=waits)
    history = tuple(controller.table.history(key, 100)[::-1])
    return Told(record, tuple(attempts.values()), history, tuple(actions), live.service or {})
