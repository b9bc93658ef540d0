"""SQS where moto differs: five-minute deduplication, blocked groups, ordered dead letters."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import moto.sqs.models as sqs_models
import moto.sqs.urls as sqs_urls
from moto.sqs.exceptions import InvalidParameterValue, SQSException
from moto.sqs.models import Message, Queue, SQSBackend

from sandbox.wires import lineage
from sandbox.wires.parts import Parts, Replacement

DEDUPLICATION_SECONDS = 300
FIRST_SEQUENCE_NUMBER = 18849496460467696128  # twenty digits, as AWS's


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that was accepted: what a duplicate of it is answered with, and until when."""

    until: float
    id: str
    sequence_number: str | None


class SandboxMessage(Message):
    """A message that is visible again at the very moment its timeout ends.

    chain: place in its chain of the function that sent it, 0 where it was none.
    """

    chain = 0

    @property
    def visible(self) -> bool:
        return bool(sqs_models.unix_time_millis() >= self.visible_at)


class SandboxQueue(Queue):
    """A queue that remembers what it accepted, and calls no function by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.accepted: dict[tuple[str, str], Accepted] = {}
        self.sent = 0
        super().__init__(*args, **kwargs)

    def _set_attributes(self, attributes: dict[str, Any], now: float | None = None) -> None:
        kept = self.attributes.get("Policy") if hasattr(self, "_policy_json") else None
        super()._set_attributes({"Policy": kept, **attributes}, now)

    def add_message(self, message: Message) -> None:
        self._messages.append(message)

    def deduplication_key(
        self, deduplication_id: str | None, group: str, body: str
    ) -> tuple[str, str] | None:
        """What two sends must share to be one message; None when this queue never deduplicates."""
        if not self.fifo_queue:
            return None
        if deduplication_id is None:
            deduplication_id = hashlib.sha256(body.encode()).hexdigest()
        return (group if self.deduplication_scope == "messageGroup" else "", deduplication_id)

    def blocked_groups(self) -> set[str]:
        """Groups with a message in flight: nothing more of them is given out."""
        return (
            {m.group_id for m in self._messages if m.group_id and not m.visible}
            if self.fifo_queue
            else set()
        )

    def ready_at(self) -> float | None:
        """When (epoch seconds) a receive would next find something; None when the queue is empty."""
        if not self._messages:
            return None
        if not self.fifo_queue:
            return min(max(m.visible_at, m.delayed_until) for m in self._messages) / 1000
        groups: dict[str, float] = {}
        for m in self._messages:
            groups[m.group_id] = max(groups.get(m.group_id, 0.0), m.visible_at, m.delayed_until)
        return min(groups.values()) / 1000

    def spent(self, message: Message) -> bool:
        """It was received as often as its redrive policy allows."""
        policy = self.redrive_policy
        return bool(policy) and message.approximate_receive_count >= policy["maxReceiveCount"]

    def bury(self, message: Message) -> None:
        """Move a message to the dead-letter queue, behind those that came before it."""
        self._messages.remove(message)
        if self.dead_letter_queue is not None:
            message.approximate_receive_count = 0
            message.visible_at = 0.0
            self.dead_letter_queue.add_message(message)


class SandboxSqs(SQSBackend):
    """SQS's operations with AWS's FIFO rules; long polls answer at once."""

    _url_module = sqs_urls
    changed: ClassVar[Callable[[str], None]]
    buried: ClassVar[Callable[[Queue, Message], None]]
    sender: ClassVar[Callable[[], str]]
    trace: ClassVar[Callable[[], str]]

    def send_message(
        self,
        queue_name: str,
        message_body: str,
        message_attributes: dict[str, Any] | None = None,
        delay_seconds: int | None = None,
        deduplication_id: str | None = None,
        group_id: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Message:
        queue = self.get_queue(queue_name)
        if int(delay_seconds or 0) < 0:
            why = "DelaySeconds must be >= 0 and <= 900."
            raise InvalidParameterValue(
                f"Value {delay_seconds} for parameter DelaySeconds is invalid. Reason: {why}"
            )
        self._validate_message(queue, message_body, int(delay_seconds or 0), deduplication_id, group_id)
        key = queue.deduplication_key(deduplication_id, group_id or "", message_body)
        now = sqs_models.unix_time()
        first = queue.accepted.get(key) if key else None
        if first and now < first.until:
            return _again(first, message_body, message_attributes)
        message = super().send_message(
            queue_name,
            message_body,
            message_attributes,
            delay_seconds,
            deduplication_id,
            group_id,
            *args,
            **kwargs,
        )
        message.sender_id = type(self).sender()
        message.chain = lineage.chain_of(type(self).trace())
        if key:
            queue.sent += 1
            message.deduplication_id = key[1]
            message.sequence_number = str(FIRST_SEQUENCE_NUMBER + 256 * queue.sent)
            queue.accepted[key] = Accepted(now + DEDUPLICATION_SECONDS, message.id, message.sequence_number)
        type(self).changed(queue.queue_arn)
        return message

    def receive_message(
        self,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        queue = self.get_queue(queue_name)
        blocked = queue.blocked_groups()
        taken: list[Message] = []
        for message in list(queue.messages):
            if len(taken) == count:
                break
            if message.group_id in blocked:
                continue
            if not self.is_message_valid_based_on_retention_period(queue_name, message):
                queue._messages.remove(message)
            elif queue.spent(message):
                self.give_up(queue, message)
            else:
                taken.append(_received(message, visibility_timeout, message_attribute_names or []))
        return taken

    def delete_message(self, queue_name: str, receipt_handle: str) -> None:
        _refuse_expired(self.get_queue(queue_name), receipt_handle)
        super().delete_message(queue_name, receipt_handle)
        type(self).changed(self.get_queue(queue_name).queue_arn)

    def delete_message_batch(
        self, queue_name: str, receipts: list[dict[str, Any]]
    ) -> tuple[list[str], list[dict[str, Any]]]:
        done: list[str] = []
        failed: list[dict[str, Any]] = []
        for entry in receipts:
            try:
                self.delete_message(queue_name, entry["ReceiptHandle"])
                done.append(entry["Id"])
            except SQSException as error:
                code, text = error.code, error.message
                failed.append({"Id": entry["Id"], "SenderFault": True, "Code": code, "Message": text})
        return done, failed

    def change_message_visibility(
        self, queue_name: str, receipt_handle: str, visibility_timeout: int
    ) -> None:
        _refuse_expired(self.get_queue(queue_name), receipt_handle)
        super().change_message_visibility(queue_name, receipt_handle, visibility_timeout)
        type(self).changed(self.get_queue(queue_name).queue_arn)

    def give_up(self, queue: Queue, message: Message) -> None:
        """To the dead letters, however often it was received."""
        queue.bury(message)
        type(self).buried(queue, message)
        if queue.dead_letter_queue is not None:
            type(self).changed(queue.dead_letter_queue.queue_arn)


class Queues:
    """A world's queues: tells who listens when a queue changed, and looks queues up by ARN."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.listener: Callable[[str], None] = nobody

    def find(self, arn: str) -> SandboxQueue | None:
        """The queue of an ARN of this account and Region, if it exists."""
        _, _, service, region, account, name = arn.split(":", 5)
        if (service, region, account) != ("sqs", self._parts.region, self._parts.account):
            return None
        return self.backend().queues.get(name)

    def backend(self) -> SandboxSqs:
        """This account's and Region's SQS."""
        return sqs_models.sqs_backends[self._parts.account][self._parts.region]

    def replacements(self) -> tuple[Replacement, ...]:
        """What a world sets in moto so that its queues behave."""
        hooks = {
            "changed": staticmethod(lambda arn: self.listener(arn)),
            "buried": staticmethod(self._buried),
            "sender": staticmethod(self._parts.sender),
            "trace": staticmethod(self._parts.trace),
        }
        return (
            Replacement(sqs_models, "unix_time", self._parts.now),
            Replacement(sqs_models, "unix_time_millis", lambda: self._parts.now() * 1000),
            Replacement(sqs_models, "Message", SandboxMessage),
            Replacement(sqs_models, "Queue", SandboxQueue),
            Replacement(sqs_models.sqs_backends, "backend", type("WorldSqs", (SandboxSqs,), hooks)),
        )

    def _buried(self, queue: Queue, message: Message) -> None:
        self._parts.journal(
            "sqs.dead_letter", {"queue": queue.name, "group": message.group_id, "body": message.body}
        )


def nobody(_arn: str) -> None:
    """Nobody listens."""


def _again(first: Accepted, body: str, attributes: dict[str, Any] | None) -> Message:
    message = SandboxMessage(first.id, body)
    message.message_attributes = attributes or {}
    message.sequence_number = first.sequence_number
    return message


def _received(message: Message, visibility_timeout: int, names: list[str]) -> Message:
    message.mark_received(visibility_timeout=visibility_timeout)
    given = copy.copy(message)
    sqs_models._filter_message_attributes(given, names)
    return given


def _refuse_expired(queue: SandboxQueue, receipt_handle: str) -> None:
    """A FIFO message that is visible again can be deleted or hidden only by who receives it next."""
    if not queue.fifo_queue:
        return
    for message in queue._messages:
        if message.had_receipt_handle(receipt_handle):
            if message.visible or message.receipt_handle != receipt_handle:
                raise InvalidParameterValue(
                    f"Value {receipt_handle} for parameter ReceiptHandle is invalid. "
                    "Reason: The receipt handle has expired."
                )
            return
