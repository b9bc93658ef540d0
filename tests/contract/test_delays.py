"""A standard queue before a function: each message at its own time, in batches, failed ones again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from sandbox.wires.mappings import RECEIVE_SECONDS
from sandbox.world.world import START, World
from tests.contract.little_stack import NOTHING, TEMPLATE, LittleStack, write_functions

FAILS_BAD = """
def handler(event, context):
    bad = [each["messageId"] for each in event["Records"] if each["body"].startswith("bad")]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in bad]}
"""
STANDARD = (
    TEMPLATE.replace("      FifoQueue: true\n      ContentBasedDeduplication: true\n", "")
    .replace("    Properties: {FifoQueue: true}\n", "")
    .replace(", SqsParameters: {MessageGroupId: main}", "")
)


@contextmanager
def a_standard_queue(folder: Path, worker: str = NOTHING) -> Iterator[LittleStack]:
    write_functions(folder, worker, template=STANDARD)
    with World.inline() as world:
        stack = LittleStack(world, folder)
        stack.deploy()
        yield stack


def send(stack: LittleStack, **delays: int) -> None:
    """Messages named by their bodies, each with its delay."""
    for body, seconds in delays.items():
        stack.world.client("sqs").send_message(
            QueueUrl=stack.outputs["Work"], MessageBody=body, DelaySeconds=seconds
        )


def taken(stack: LittleStack) -> list[tuple[float, list[str]]]:
    """When each batch was taken, in seconds since the world began, and what it held."""
    name = stack.outputs["Worker"]
    started = [
        entry.at - START
        for entry in stack.world.journal
        if entry.kind == "lambda.started" and entry.detail["function"] == name
    ]
    return [(round(at, 2), bodies) for at, bodies in zip(started, stack.batches(), strict=True)]


def test_a_message_is_taken_when_its_own_time_has_come(tmp_path: Path):
    with a_standard_queue(tmp_path) as stack:
        send(stack, later=20, soon=5, at_once=0)
        stack.world.advance(30)
        assert taken(stack) == [(RECEIVE_SECONDS, ["at_once"]), (5.0, ["soon"]), (20.0, ["later"])]


def test_messages_whose_time_comes_together_are_one_batch_of_at_most_ten(tmp_path: Path):
    with a_standard_queue(tmp_path) as stack:
        send(stack, **{f"m{each}": 7 for each in range(12)})
        stack.world.advance(10)
        assert [len(bodies) for _, bodies in taken(stack)] == [10, 2]


def test_what_failed_comes_again_alone_and_holds_up_nobody(tmp_path: Path):
    with a_standard_queue(tmp_path, FAILS_BAD) as stack:
        send(stack, good=1, bad=1, next=2)
        stack.world.advance(29)
        assert [bodies for _, bodies in taken(stack)] == [["good", "bad"], ["next"]]
        stack.world.advance(100)
        assert [bodies for _, bodies in taken(stack)][2:] == [["bad"], ["bad"]]
        assert stack.waiting("Dead") == ["bad"]


def test_the_same_message_twice_is_two_messages(tmp_path: Path):
    with a_standard_queue(tmp_path) as stack:
        send(stack, same=0)
        send(stack, same=0)
        stack.world.advance(1)
        assert [bodies for _, bodies in taken(stack)] == [["same", "same"]]


@pytest.mark.parametrize("seconds", [-1, 901])
def test_no_message_is_delayed_longer_than_sqs_does(tmp_path: Path, seconds: int):
    with a_standard_queue(tmp_path) as stack, pytest.raises(ClientError, match="DelaySeconds"):
        send(stack, one=seconds)
