"""Plays one story in an inline world with the real template, and brings back what can be judged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ecs_gitops.model.actions import Action
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Attempt, Record
from ecs_gitops.model.settings import Settings
from ecs_gitops.plan.decide import plan
from ecs_gitops.runtime.bootstrap import Controller, build
from sandbox.ground.journal import JournalEntry
from sandbox.ground.processes import ROOT
from sandbox.proofs.sim.story import CLUSTER, QUIET, Service, Step, Story, tell
from sandbox.wires.parts import Replacement
from sandbox.world.world import REGION, START, World

STACK = "ecs-gitops"
SETTINGS = {"Mode": "apply", "Clusters": CLUSTER, "FullSweepInterval": "300"}
DEADLINE = "8m"
FOLDER = f"desired_state/{CLUSTER}"
BREAKER = {"enable": True}


@dataclass(frozen=True, slots=True)
class Told:
    """What the controller says of one service when all is over."""

    record: Record
    attempts: tuple[Attempt, ...]
    actions: tuple[Action, ...]
    live: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    """A story's end. heads: the branch's, and the one the controller has taken in.

    tags: of every revision, by ARN; images: of their containers. dead: messages in dead-letter queues.
    """

    story: Story
    journal: Sequence[JournalEntry]
    told: Mapping[str, Told]
    tags: Mapping[str, Mapping[str, str]]
    images: Mapping[str, str]
    heads: tuple[str | None, str | None]
    dead: int
    faults: Counter[str]


def play(seed: int, swaps: Sequence[Replacement] = ()) -> Played:
    """Play the story of a seed. swaps: what of the controller is replaced meanwhile, to see it caught."""
    story = tell(seed, START)
    with World.inline(seed=seed, faults=story.plan) as world, _swapped(swaps):
        stage = _Stage(world, story)
        stage.begin()
        for step in story.steps:
            world.advance(START + step.at - world.timeline.now)
            stage.do(step)
        world.advance(story.plan.until - world.timeline.now + QUIET)
        return stage.told()


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


class _Stage:
    def __init__(self, world: World, story: Story) -> None:
        self.world = world
        self.story = story
        self.services = {service.name: service for service in story.services}
        self.repository = world.repository("config")
        self.ecs = world.client("ecs")

    def begin(self) -> None:
        """A cluster, the controller, and images of which some are bad."""
        self.ecs.create_cluster(clusterName=CLUSTER)
        parameters = {"SourceUrl": self.repository.url, **SETTINGS}
        self.outputs = self.world.deploy(ROOT / "template.yaml", STACK, parameters)
        self.world.tasks.outcomes.update(self.story.outcomes)

    def do(self, step: Step) -> None:
        """What somebody does; AWS may refuse it, which is theirs to bear."""
        does: dict[str, Callable[[Step], None]] = {
            "push": self._push,
            "broken": self._broken,
            "stop": self._stop,
            "scale": self._scale,
            "older": self._older,
            "setting": self._setting,
        }
        with suppress(ClientError):
            does[step.do](step)

    def _push(self, step: Step) -> None:
        text = manifest(self.services[step.service], step.image, step.count)
        self.repository.push({f"{FOLDER}/{step.service}.yaml": text}, f"{step.service} {step.image}")

    def _broken(self, step: Step) -> None:
        self.repository.push({f"{FOLDER}/{step.service}.yaml": "kind: [Service\n"}, "a slip of the pen")

    def _stop(self, step: Step) -> None:
        listed = self.ecs.list_service_deployments(
            cluster=CLUSTER, service=step.service, status=["PENDING", "IN_PROGRESS"]
        )
        for each in listed["serviceDeployments"]:
            arn = each["serviceDeploymentArn"]
            self.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType=step.how)

    def _scale(self, step: Step) -> None:
        self.ecs.update_service(cluster=CLUSTER, service=step.service, desiredCount=step.count)

    def _older(self, step: Step) -> None:
        found = self.ecs.list_task_definitions(familyPrefix=step.service, sort="DESC")
        running = self.ecs.describe_services(cluster=CLUSTER, services=[step.service])["services"]
        if running and len(found["taskDefinitionArns"]) > 1:
            others = [arn for arn in found["taskDefinitionArns"] if arn != running[0]["taskDefinition"]]
            self.ecs.update_service(cluster=CLUSTER, service=step.service, taskDefinition=others[0])

    def _setting(self, step: Step) -> None:
        breaker = {**BREAKER, "rollback": self.services[step.service].back}
        # Upwards: 150 % of one task leave no room for a second, and its rollout stands for good.
        changed = {"maximumPercent": 300, "deploymentCircuitBreaker": breaker}
        self.ecs.update_service(cluster=CLUSTER, service=step.service, deploymentConfiguration=changed)

    def told(self) -> Played:
        """What is left when all is quiet."""
        controller = self._controller()
        definitions = self.world.ecs.definitions
        return Played(
            story=self.story,
            journal=self.world.journal,
            told={name: _told(controller, ServiceKey(CLUSTER, name)) for name in self.services},
            tags={arn: dict(each.tags) for arn, each in definitions.items()},
            images={
                arn: each.document["containerDefinitions"][0]["image"] for arn, each in definitions.items()
            },
            heads=(self.repository.head(), controller.table.source(controller.settings.source_id).head),
            dead=sum(
                len(queue._messages)
                for name, queue in self.world.wires.queues.backend().queues.items()
                if "DeadLetters" in name
            ),
            faults=+self.world.faults.happened,
        )

    def _controller(self) -> Controller:
        """The controller's own parts with the admin's rights, set as the reconciler is."""
        stack = self.world.client("cloudformation")
        found = stack.describe_stack_resource(StackName=STACK, LogicalResourceId="ReconcilerFunction")
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        stated = self.world.client("lambda").get_function_configuration(FunctionName=name)
        variables = {**stated["Environment"]["Variables"], "AWS_REGION": REGION, "REQUESTS_AT_ONCE": "1"}
        return build(Settings.from_env(variables), _Session(self.world), lambda: self.world.timeline.now)


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
    attempts = {each.id: each for each in controller.table.attempts(key, 100)}
    if record.attempt is not None:
        attempts[record.attempt.id] = record.attempt
    actions = plan(desired, live, record, install=install, now=now)
    return Told(record, tuple(attempts.values()), tuple(actions), live.service or {})


def manifest(service: Service, image: str, count: int) -> str:
    """A service's manifest; JSON is YAML."""
    check = {"command": ["CMD-SHELL", "curl -f localhost"], "interval": 10, "timeout": 2, "retries": 2}
    container = {"name": "main", "image": image, "memory": 64}
    if service.checked:
        container["healthCheck"] = check
    breaker = {**BREAKER, "rollback": service.back}
    stated = {
        "apiVersion": "ecs-gitops/v1",
        "kind": "Service",
        "taskDefinition": {"family": service.name, "containerDefinitions": [container]},
        "service": {
            "desiredCount": count,
            "deploymentConfiguration": {"deploymentCircuitBreaker": breaker},
        },
        "rollout": {"deadline": DEADLINE},
    }
    return json.dumps(stated, indent=1)
