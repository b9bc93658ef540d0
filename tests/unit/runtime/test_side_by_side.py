"""What does not depend on one another is under way at the same time, or strictly one after another."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest

from ecs_gitops.aws.cloudformation import Stacks
from ecs_gitops.runtime.side_by_side import Beside

LIMIT = 60


def fail() -> None:
    raise LookupError("nobody knows")


def test_calls_beside_one_another_are_under_way_at_the_same_time() -> None:
    both = Barrier(2)
    beside = Beside(2)
    first, second = (beside.start(lambda: both.wait(LIMIT)) for _ in range(2))
    assert sorted([first(), second()]) == [0, 1]


def test_one_at_a_time_nothing_runs_before_it_is_asked_for() -> None:
    """The control: an order that a seed decides, as an inline world needs it."""
    done: list[str] = []
    answer = Beside(1).start(lambda: done.append("beside") or "answer")
    done.append("what goes on")
    assert [answer(), answer(), *done] == ["answer", "answer", "what goes on", "beside"]


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_is_told_to_whoever_asks(at_once: int) -> None:
    asked, never_asked = Beside(at_once).start(fail), Beside(at_once).start(fail)
    with pytest.raises(LookupError, match="nobody knows"):
        asked()
    assert callable(never_asked)


class Stack:
    """CloudFormation that counts requests, and holds each until another comes beside it."""

    def __init__(self) -> None:
        self.requests = 0
        self._together = Barrier(2)

    def describe_stacks(self, **asked: str) -> object:
        """One stack with two outputs."""
        self.requests += 1
        with suppress(BrokenBarrierError):
            self._together.wait(0.2)
        return {"Stacks": [{"Outputs": [{"OutputKey": name, "OutputValue": "it"} for name in "AB"]}]}


def test_outputs_of_one_stack_are_one_request_whoever_asks() -> None:
    client, beside = Stack(), Beside(2)
    stacks = Stacks(client)
    asked = [beside.start(lambda n=name: stacks.output(f"web.{n}")) for name in "AB"]
    assert ([answer() for answer in asked], client.requests) == (["it", "it"], 1)
