"""A batch from a real queue: one look for each object, and nothing lost when a look fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ecs_gitops.aws.sqs import Queue
from ecs_gitops.model.errors import RetryableError, SourceError
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.sweep.groups import work_by_group
from sandbox.world.world import World

WEB, AUTH = ServiceKey("prod", "web"), ServiceKey("prod", "auth")


@dataclass(slots=True)
class Line:
    """A FIFO queue, and what was looked at."""

    world: World
    url: str
    looked: list[list[str]] = field(default_factory=list)
    trouble: Exception | None = None
    strange: str = ""

    @property
    def queue(self) -> Queue:
        """As the controller speaks to it."""
        return Queue(self.world.client("sqs"), self.url)

    def send(self, *wakes: tuple[ServiceKey, str]) -> None:
        """Wake services, each for a cause."""
        self.queue.send_many(Wake(key, Cause("Push", cause)) for key, cause in wakes)

    def take(self) -> list[dict[str, Any]]:
        """Waiting messages as Lambda's event source hands them over."""
        answer = self.world.client("sqs").receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        return [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            for message in answer.get("Messages", [])
        ]

    def look(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The work: it fails for one service, if there is trouble; a strange cause is none of ours."""
        self.looked.append([record["attributes"]["MessageGroupId"] for record in records])
        if self.trouble and str(WEB) in self.looked[-1]:
            raise self.trouble
        return [each for each in records if f'"id":"{self.strange}"' in each["body"]]

    def answer(self, taken: list[dict[str, Any]]) -> set[str]:
        """Work through a batch: the messages that are to come again."""
        answer = work_by_group(taken, lambda: self.queue, self.look, logging.getLogger("test"))  # type: ignore[arg-type]
        return {each["itemIdentifier"] for each in answer["batchItemFailures"]}

    def work_through(self) -> list[bool]:
        """Which of the waiting messages were handled, in their order."""
        taken = self.take()
        again = self.answer(taken)
        return [record["messageId"] not in again for record in taken]


@contextmanager
def a_line(trouble: Exception | None = None) -> Iterator[Line]:
    with World.inline() as world:
        attributes = {"FifoQueue": "true", "VisibilityTimeout": "60"}
        made = world.client("sqs").create_queue(QueueName="services.fifo", Attributes=attributes)
        yield Line(world, made["QueueUrl"], trouble=trouble)


def test_all_waiting_messages_of_an_object_are_one_look():
    with a_line() as line:
        line.send((WEB, "1"), (AUTH, "1"), (WEB, "2"), (WEB, "3"))
        assert line.work_through() == [True] * 4
    assert sorted(line.looked) == [["prod/auth"], ["prod/web"] * 3]


def test_a_cause_that_is_told_twice_counts_once():
    with a_line() as line:
        line.send((WEB, "1"), (AUTH, "1"))
        line.send((WEB, "1"), (WEB, "2"))
        assert len(line.take()) == 3


def test_what_may_pass_comes_back_when_it_asked_to():
    with a_line(RetryableError("slow down", retry_after=20)) as line:
        line.send((WEB, "1"), (AUTH, "1"))
        assert line.work_through() == [False, True]
        line.world.advance(19)
        assert line.take() == []
        line.world.advance(2)
        assert [record["attributes"]["MessageGroupId"] for record in line.take()] == ["prod/web"]


def test_a_bug_fails_its_group_alone():
    with a_line(ZeroDivisionError()) as line:
        line.send((WEB, "1"), (AUTH, "1"))
        assert line.work_through() == [False, True]


def test_what_a_person_must_mend_is_told_and_acknowledged(caplog: pytest.LogCaptureFixture):
    with a_line(SourceError("cannot read the source: the credential was refused")) as line:
        line.send((WEB, "1"), (WEB, "2"))
        assert line.work_through() == [True, True]
    assert [record.message for record in caplog.records] == [
        "cannot read the source: the credential was refused"
    ]


def test_a_group_that_fails_comes_back_whole_and_the_others_are_done():
    with a_line(RetryableError("slow down")) as line:
        line.send((WEB, "1"), (AUTH, "1"), (WEB, "2"))
        taken = line.take()
        again = line.answer(taken)
    expected = {each["messageId"] for each in taken if each["attributes"]["MessageGroupId"] == "prod/web"}
    assert again == expected
    assert (len(expected), len(line.looked)) == (2, 2)


def test_a_batch_that_is_done_asks_for_nothing_back():
    with a_line() as line:
        line.send((WEB, "1"), (AUTH, "1"))
        assert line.answer(line.take()) == set()


def test_what_is_none_of_ours_comes_again_at_once_and_the_others_of_its_group_are_done():
    with a_line() as line:
        line.strange = "2"
        line.send((WEB, "1"), (AUTH, "1"), (WEB, "2"), (WEB, "3"))
        taken = line.take()
        again = line.answer(taken)
        for record in taken:
            if record["messageId"] not in again:
                line.world.client("sqs").delete_message(
                    QueueUrl=line.url, ReceiptHandle=record["receiptHandle"]
                )
        (back,) = line.take()
        assert again == {back["messageId"]}
        assert '"id":"2"' in back["body"]
