"""Any function killed after any of its calls, and then nothing else: one deployment, the right end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.front.who import Principal
from sandbox.front.wsgi import Request
from sandbox.wires.inline import Killed
from tests.scenarios.stage import Stage, a_manifest, a_stage


class Assassin:
    """Counts the calls of one function, and kills it right after the one that is due, once."""

    def __init__(self, stage: Stage, function: str) -> None:
        self._role = f"{stage.stack}-{function}Role"
        self._stage = stage
        self.calls: list[str] = []
        self.due = 0
        stage.world.faults.then = self._heard

    def arm(self, call: int) -> None:
        """Kill after so many calls from now on; 0 never."""
        self.calls, self.due = [], call

    def _heard(self, principal: Principal, action: str, _request: Request) -> None:
        if not principal.name.startswith(self._role):
            return
        self.calls.append(action)
        if len(self.calls) == self.due:
            raise Killed


def kills(stage: Stage) -> int:
    """How many invocations came to no good end."""
    ended = [entry.detail for entry in stage.world.journal if entry.kind == "lambda.ended"]
    return sum(bool(detail["error"]) for detail in ended)


@contextmanager
def a_running_service(**parameters: str) -> Iterator[Stage]:
    with a_stage(**parameters) as stage:
        stage.push({"nginx": a_manifest("nginx:0")})
        stage.until_rolled_out("nginx", "nginx:0")
        yield stage


@pytest.mark.parametrize("function", ["ConfigPush", "Reconciler"])
def test_a_push_to_a_running_service_is_rolled_out_once(function: str) -> None:
    with a_running_service() as stage:
        assassin = Assassin(stage, function)
        stage.an_ordinary_push_works(image="nginx:undisturbed")
        calls = list(assassin.calls)
        for call in range(1, len(calls) + 1):
            assassin.arm(call)
            stage.an_ordinary_push_works(image=f"nginx:{call}")
            assert kills(stage) == call
        assert len(stage.calls("ecs:RegisterTaskDefinition")) == len(calls) + 2
        assert stage.quarantine("nginx") == ()


@pytest.mark.parametrize("function", ["ConfigPush", "Reconciler"])
def test_a_new_service_is_created_once(function: str) -> None:
    with a_running_service() as stage:
        assassin = Assassin(stage, function)
        stage.an_ordinary_push_works("web", family="web")
        calls, create = list(assassin.calls), "ecs:CreateService"
        # later turns of the reconciler are those of any rollout
        last = calls.index(create) + 2 if create in calls else len(calls)
        for call in range(1, last + 1):
            assassin.arm(call)
            stage.an_ordinary_push_works(f"web-{call}", family=f"web-{call}")
            assert kills(stage) == call
        assert len(stage.calls("ecs:RegisterTaskDefinition")) == last + 2


def test_an_event_whose_taker_is_killed_is_taken_later_or_not_needed() -> None:
    with a_running_service() as stage:
        assassin = Assassin(stage, "RolloutEvents")
        stage.an_ordinary_push_works(image="nginx:undisturbed")
        calls = list(assassin.calls)
        for call in range(1, len(calls) + 1):
            assassin.arm(call)
            stage.an_ordinary_push_works(image=f"nginx:{call}")
            assert kills(stage) == call


def test_a_sweep_that_is_killed_is_made_good_by_the_next() -> None:
    with a_running_service(FullSweepInterval="60") as stage:
        stage.lose_pushes()
        assassin = Assassin(stage, "Sweeper")
        stage.an_ordinary_push_works(image="nginx:undisturbed")
        calls = list(assassin.calls)
        for call in range(1, len(calls) + 1):
            assassin.arm(call)
            stage.an_ordinary_push_works(image=f"nginx:{call}")
            assert kills(stage) == call
