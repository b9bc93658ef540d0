"""SQS FIFO queues, where moto differs from AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.world.world import World


class Queue:
    """One queue of a world, as its clients use it."""

    def __init__(self, world: World, name: str, **attributes: str) -> None:
        self.world = world
        self.sqs = world.client("sqs")
        self.url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def send(self, body: str, group: str = "g", id: str | None = None) -> dict[str, Any]:
        """Send one message to a FIFO queue."""
        return self.sqs.send_message(
            QueueUrl=self.url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=id or body
        )

    def receive(self, count: int = 10) -> list[dict[str, Any]]:
        """Receive up to so many messages."""
        asked = {"MaxNumberOfMessages": count, "MessageSystemAttributeNames": ["All"]}
        return self.sqs.receive_message(QueueUrl=self.url, **asked).get("Messages", [])

    def bodies(self) -> list[str]:
        """Receive, bodies only."""
        return [message["Body"] for message in self.receive()]

    def delete(self, message: dict[str, Any]) -> None:
        """Delete a received message."""
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def hide(self, message: dict[str, Any], seconds: int) -> None:
        """Change a received message's visibility timeout."""
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )


@pytest.fixture
def world() -> Iterator[World]:
    with World.inline() as world:
        yield world


def fifo(world: World, name: str = "q", **attributes: str) -> Queue:
    return Queue(world, f"{name}.fifo", FifoQueue="true", **attributes)


def test_a_deduplication_id_is_swallowed_for_five_minutes_even_after_delete(world: World):
    queue = fifo(world)
    first = queue.send("one", id="x")
    queue.delete(queue.receive()[0])
    again = queue.send("two", id="x")
    assert queue.bodies() == []
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    world.advance(299)
    queue.send("three", id="x")
    assert queue.bodies() == []
    world.advance(1)
    queue.send("four", id="x")
    assert queue.bodies() == ["four"]


def test_equal_bodies_are_one_message_where_the_queue_says_so(world: World):
    queue = fifo(world, ContentBasedDeduplication="true")
    for _ in range(2):
        queue.sqs.send_message(QueueUrl=queue.url, MessageBody="same", MessageGroupId="g")
    assert queue.bodies() == ["same"]


def test_an_id_counts_for_its_group_alone_where_the_queue_says_so(world: World):
    queue = fifo(world, DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    queue.send("1", group="a", id="x")
    queue.send("2", group="b", id="x")
    queue.send("3", group="a", id="x")
    assert queue.bodies() == ["1", "2"]


def test_a_group_is_blocked_while_any_message_of_it_is_in_flight(world: World):
    queue = fifo(world)
    for body in ("1", "2", "3"):
        queue.send(body)
    first, second = queue.receive(2)
    assert queue.bodies() == []
    queue.delete(first)
    queue.hide(second, 0)
    assert queue.bodies() == ["2", "3"]


def test_a_message_is_visible_again_when_its_timeout_ends_and_not_before(world: World):
    queue = fifo(world, VisibilityTimeout="30")
    queue.send("1")
    queue.receive()
    world.advance(29.9)
    assert queue.bodies() == []
    world.advance(0.1)
    (message,) = queue.receive()
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_receipt_handle_of_a_fifo_queue_expires_with_the_visibility_timeout(world: World):
    queue = fifo(world, VisibilityTimeout="30")
    queue.send("1")
    (message,) = queue.receive()
    world.advance(31)
    with pytest.raises(ClientError, match="The receipt handle has expired"):
        queue.delete(message)
    (again,) = queue.receive()
    with pytest.raises(ClientError, match="The receipt handle has expired"):
        queue.hide(message, 60)
    queue.delete(again)


def test_a_standard_queue_takes_a_late_delete(world: World):
    queue = Queue(world, "standard")
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="1")
    (message,) = queue.receive()
    world.advance(31)
    queue.delete(message)
    assert queue.bodies() == []


def test_a_delayed_message_of_a_standard_queue_comes_when_its_delay_ends(world: World):
    queue = Queue(world, "standard")
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="1", DelaySeconds=60)
    world.advance(59)
    assert queue.bodies() == []
    world.advance(1)
    assert queue.bodies() == ["1"]


def test_a_message_is_gone_after_the_retention_period(world: World):
    queue = fifo(world, MessageRetentionPeriod="60")
    queue.send("old")
    world.advance(59)
    queue.send("young")
    world.advance(1)
    assert queue.bodies() == ["young"]


def with_dead_letters(world: World, number: int, receives: int) -> tuple[Queue, Queue]:
    dead = fifo(world, f"dead{number}")
    arn = f"arn:aws:sqs:us-east-1:123456789012:dead{number}.fifo"
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": {receives}}}'
    return fifo(world, f"q{number}", VisibilityTimeout="10", RedrivePolicy=policy), dead


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(st.sampled_from("abc"), min_size=1, max_size=9), receives=st.integers(1, 3))
def test_dead_letters_keep_the_order_of_each_group(world: World, sent: list[str], receives: int):
    number = len(world.client("sqs").list_queues().get("QueueUrls", []))
    queue, dead = with_dead_letters(world, number, receives)
    for place, group in enumerate(sent):
        queue.send(f"{group}{place}", group=group)
    for _ in range(receives + 1):
        assert dead.bodies() == []
        queue.receive()
        world.advance(10)
    assert queue.bodies() == []
    found = dead.bodies()
    for group in "abc":
        assert [body for body in found if body[0] == group] == [
            f"{group}{place}" for place, one in enumerate(sent) if one == group
        ]
