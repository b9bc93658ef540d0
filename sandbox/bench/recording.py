"""Turns of a function as they happened in a world, to be played again to a process that just starts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.ground.journal import JournalEntry

if TYPE_CHECKING:
    from sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class Answered:
    """What the door answered, when (the world's seconds), to which access key, about which operation."""

    at: float
    key: str
    operation: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """One turn: its event, the environment, every answer it got by operation, and what it says it did."""

    event: str
    environment: Mapping[str, str]
    answers: Mapping[str, bytes]
    actions: tuple[str, ...]

    @property
    def cause(self) -> str:
        """Why its service was looked at."""
        return str(json.loads(json.loads(self.event)["Records"][0]["body"])["cause"]["kind"])


def recorded(world: World, function: str, answered: Sequence[Answered]) -> list[Recording]:
    """Every turn of the one function whose name holds `function`, in order, as far as the door noted it.

    Its turns must not have overlapped.
    """
    found = []
    for began, ended in _turns(world.journal, function):
        inside = [each for each in answered if began.at <= each.at <= ended.at]
        keys = {each.key for each in inside if each.operation.endswith(".DescribeServices")}
        answers = {each.operation: each.body for each in reversed(inside) if each.key in keys}
        if answers:
            told = told_actions(ended.detail["logs"].splitlines())
            environment = _environment(world, began.detail["function"])
            found.append(Recording(began.detail["event"], environment, answers, told))
    return found


def told_actions(lines: Iterable[str]) -> tuple[str, ...]:
    """What a turn did, from the lines it logged. Raises LookupError when it does not say."""
    for line in lines:
        told: Any = json.loads(line) if line.startswith("{") else {}
        if "actions" in told:
            return tuple(told["actions"])
    raise LookupError("a turn did not tell what it did")


def _turns(journal: Sequence[JournalEntry], function: str) -> Iterator[tuple[JournalEntry, JournalEntry]]:
    """Each start of the function with its end."""
    of_it = [entry for entry in journal if function in entry.detail.get("function", "")]
    ends = {entry.detail["request"]: entry for entry in of_it if entry.kind == "lambda.ended"}
    for entry in of_it:
        if entry.kind == "lambda.started" and entry.detail["request"] in ends:
            yield entry, ends[entry.detail["request"]]


def _environment(world: World, function: str) -> dict[str, str]:
    configured = world.client("lambda").get_function_configuration(FunctionName=function)
    return {name: str(value) for name, value in configured["Environment"]["Variables"].items()}
