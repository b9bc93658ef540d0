"""Event source mappings: SQS to Lambda by AWS's rules, driven by what happens and never by polling."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.awslambda.models import lambda_backends

from sandbox.ground.timeline import Entry
from sandbox.wires import lineage
from sandbox.wires.invoke import Answer, Invoker
from sandbox.wires.parts import Parts
from sandbox.wires.queues import Queues, SandboxQueue

RECEIVE_SECONDS = 0.05  # from a message that may be taken to the function's start
DEFAULT_CONCURRENCY = 10
REFUSED_SECONDS = 20.0  # until a queue that may not be looked at is tried again


@dataclass
class _State:
    """What one mapping is doing: batches being handled, and when it looks next."""

    running: int = 0
    next: Entry | None = field(default=None)


class Mappings:
    """Takes batches off queues and hands them to functions; what a function did not mend stays."""

    def __init__(self, parts: Parts, queues: Queues, invoker: Invoker) -> None:
        self._parts = parts
        self._queues = queues
        self._invoker = invoker
        self._states: dict[str, _State] = {}
        queues.listener = self.look

    def look(self, queue_arn: str) -> None:
        """Something changed in a queue: see when its mappings can take a batch."""
        for mapping in self._of(queue_arn):
            self._schedule(mapping)

    def _of(self, queue_arn: str) -> Iterator[Any]:
        backend = lambda_backends[self._parts.account][self._parts.region]
        for mapping in list(backend._event_source_mappings.values()):
            if mapping.event_source_arn == queue_arn and mapping.enabled:
                yield mapping

    def _schedule(self, mapping: Any) -> None:
        state = self._states.setdefault(mapping.uuid, _State())
        queue = self._queues.find(mapping.event_source_arn)
        ready = queue.ready_at() if queue else None
        if ready is None or state.running >= _concurrency(mapping):
            return
        due = max(ready, self._parts.now() + RECEIVE_SECONDS)
        if state.next and not state.next.cancelled and state.next.due <= due:
            return
        if state.next:
            state.next.cancel()
        name = f"batch for {mapping.function_name}"
        state.next = self._parts.timeline.after(due - self._parts.now(), lambda: self._take(mapping), name)

    def _take(self, mapping: Any) -> None:
        state = self._states[mapping.uuid]
        state.next = None
        queue = self._queues.find(mapping.event_source_arn)
        if queue is None or not any(known is mapping for known in self._of(mapping.event_source_arn)):
            return
        if state.running >= _concurrency(mapping):
            return
        if not all(
            self._lets(mapping, queue, action) for action in ("GetQueueAttributes", "ReceiveMessage")
        ):
            self._parts.timeline.after(
                REFUSED_SECONDS, lambda: self._schedule(mapping), "look at a queue again"
            )
            return
        messages = self._queues.backend().receive_message(
            queue.name, mapping.batch_size, 0, queue.visibility_timeout, ["All"]
        )
        if messages and lineage.after(messages) > lineage.LONGEST:
            self._stop(mapping, queue, messages)
        elif messages:
            state.running += 1
            event = json.dumps({"Records": [record(m, queue) for m in messages]})

            def done(answer: Answer) -> None:
                self._settle(mapping, queue, messages, answer)

            source, chain = f"sqs:{queue.name}", lineage.after(messages)
            self._invoker.start(mapping.function_arn, event, done, source=source, chain=chain)
        self._schedule(mapping)

    def _stop(self, mapping: Any, queue: SandboxQueue, messages: list[Any]) -> None:
        """Lambda takes a long chain for a loop: the function is not invoked."""
        detail = {"function": mapping.function_name, "queue": queue.name, "chain": lineage.after(messages)}
        self._parts.journal("lambda.loop", detail)
        taken = {message.id for message in messages}
        for message in [each for each in queue._messages if each.id in taken]:
            self._queues.backend().give_up(queue, message)

    def _settle(self, mapping: Any, queue: SandboxQueue, messages: list[Any], answer: Answer) -> None:
        """Delete what was handled; the rest comes back when its visibility timeout ends."""
        self._states[mapping.uuid].running -= 1
        failed = failures(answer, [m.id for m in messages], mapping.function_response_types or [])
        if failed:
            self._parts.journal("sqs.failed", {"queue": queue.name, "messages": sorted(failed)})
        for message in messages:
            if message.id not in failed and self._lets(mapping, queue, "DeleteMessage"):
                self._delete(queue, message)
        self._schedule(mapping)

    def _lets(self, mapping: Any, queue: SandboxQueue, action: str) -> bool:
        """Lambda polls in the name of the function's role, and asks these three of it."""
        function = self._invoker.find(mapping.function_arn)
        return function is None or self._parts.lets(function.role, f"sqs:{action}", queue.queue_arn)

    def _delete(self, queue: SandboxQueue, message: Any) -> None:
        entry = {"Id": "1", "ReceiptHandle": message.receipt_handle}
        _, refused = self._queues.backend().delete_message_batch(queue.name, [entry])
        if refused:  # it took longer than the visibility timeout: the message is somebody else's now
            self._parts.journal("sqs.not_deleted", {"queue": queue.name, "why": refused[0]["Message"]})


def failures(answer: Answer, ids: list[str], response_types: list[str]) -> set[str]:
    """The message ids that a function did not handle.

    All of them after an error, and, as AWS's guide on partial batch responses says, after an answer
    that names an item badly or one that was not in the batch.
    """
    if answer.error:
        return set(ids)
    if "ReportBatchItemFailures" not in response_types:
        return set()
    body = json.loads(answer.payload)
    if not isinstance(body, Mapping):
        return set(ids) if body is not None else set()
    named: list[Any] = [
        item.get("itemIdentifier") if isinstance(item, Mapping) else None
        for item in body.get("batchItemFailures") or []
    ]
    return set(named) if set(named) <= set(ids) else set(ids)


def record(message: Any, queue: SandboxQueue) -> dict[str, Any]:
    """One record of the event Lambda builds from a message."""
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SequenceNumber": message.sequence_number,
        "MessageGroupId": message.group_id,
        "SenderId": message.sender_id,
        "MessageDeduplicationId": message.deduplication_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {key: value for key, value in attributes.items() if value is not None},
        "messageAttributes": {
            name: _attribute(value) for name, value in message.message_attributes.items()
        },
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.queue_arn,
        "awsRegion": queue.region,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    named = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}
    return {named[key]: value[key] for key in named if key in value}


def _concurrency(mapping: Any) -> int:
    return int((mapping.scaling_config or {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY))
