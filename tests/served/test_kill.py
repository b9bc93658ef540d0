"""`kill -9` of a worker in the middle of its work, and then nothing else: the rollout completes, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.front.who import Principal
from sandbox.front.wsgi import Request
from sandbox.world.world import World
from tests.scenarios.stage import CLUSTER, TEMPLATE, Stage

SPEED = 40.0
"""A message whose worker died comes back after one to three minutes of the world."""


@dataclass
class Assassin:
    """Kills the workers of one function right after one of them had a certain request done, once."""

    stage: Stage
    role: str = ""
    name: str = ""
    action: str = ""
    killed: list[int] = field(default_factory=list)

    def arm(self, function: str, action: str) -> None:
        """Wait for a function to send a request."""
        self.role = self.stage.resource(f"{function}Role")
        self.name = self.stage.resource(f"{function}Function")
        self.action = action

    def heard(self, principal: Principal, action: str, _request: Request) -> None:
        """The door tells of each request that was done, before its sender hears of it."""
        if (principal.name, action) != (self.role, self.action):
            return
        self.action = ""
        for pid in self.stage.world.wires.runner.pids()[self.name]:
            os.kill(pid, signal.SIGKILL)
            self.killed.append(pid)


@contextmanager
def a_served_stage() -> Iterator[tuple[Stage, Assassin]]:
    """Real processes, simulated tasks, an assassin at the door."""
    with World.served(speed=SPEED, tasks="simulated") as world:
        repository = world.repository("config")
        world.client("ecs").create_cluster(clusterName=CLUSTER)
        world.deploy(TEMPLATE, "ecs-gitops", {"SourceUrl": repository.url, "Mode": "apply"})
        stage = Stage(world, repository, "ecs-gitops")
        assassin = Assassin(stage)
        world.faults.then = assassin.heard
        yield stage, assassin


def deaths(stage: Stage) -> int:
    """How many invocations ended because their process was killed."""
    ended = [entry.detail for entry in stage.world.journal if entry.kind == "lambda.ended"]
    return sum("signal: killed" in detail["payload"] for detail in ended)


def test_a_reconciler_killed_after_any_of_its_steps_rolls_out_once() -> None:
    with a_served_stage() as (stage, assassin):
        stage.an_ordinary_push_works(image="nginx:undisturbed")
        for number, action in enumerate(
            ("dynamodb:PutItem", "ecs:RegisterTaskDefinition", "ecs:UpdateService"), start=1
        ):
            assassin.arm("Reconciler", action)
            stage.an_ordinary_push_works(image=f"nginx:{number}")
            assert (len(assassin.killed) >= number, deaths(stage)) == (True, number)
        assassin.arm("Reconciler", "ecs:CreateService")
        stage.an_ordinary_push_works("web", family="web")
        assert deaths(stage) == 4
        # registered beside the storing of the attempt, one a death may be left over; it starts nothing
        assert len(stage.calls("ecs:RegisterTaskDefinition")) in range(5, 5 + 4 + 1)
        stage.an_ordinary_push_works()


def test_an_ingest_killed_in_the_middle_is_made_good() -> None:
    with a_served_stage() as (stage, assassin):
        stage.an_ordinary_push_works(image="nginx:undisturbed")
        for number, action in enumerate(("dynamodb:PutItem", "sqs:SendMessage"), start=1):
            assassin.arm("ConfigPush", action)
            stage.an_ordinary_push_works(image=f"nginx:{number}")
            assert deaths(stage) == number
        assert len(stage.calls("ecs:RegisterTaskDefinition")) == 3
        stage.an_ordinary_push_works()
