"""The queues: who is to look at which object, because of what, and, for the timers, from when on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice
from math import ceil
from typing import Any, Final

from ecs_gitops.aws.errors import translate
from ecs_gitops.events.triggers import TIMER, group_of, to_body
from ecs_gitops.model.errors import RetryableError
from ecs_gitops.model.messages import Cause, LookAt, Wake
from ecs_gitops.model.names import ServiceKey

_BATCH = 10

LONGEST: Final = 900
"""Seconds by which SQS delays a message at most."""

AT_ONCE: Final = 20
A_SECOND: Final = 8
"""Services woken together, and those woken each second after that: a turn may look at its service's
deployments by two calls, of which ECS takes 50 and then 20 a second, and a fifth is left to others."""


class _Batches:
    """One queue that is sent to, ten messages a request."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def _send(self, envelopes: Iterable[tuple[Wake | LookAt, Mapping[str, Any]]]) -> None:
        """Messages, each with what SQS is told of it."""
        waiting = iter(envelopes)
        while batch := list(islice(waiting, _BATCH)):
            entries = [{"Id": str(at), **envelope} for at, (_, envelope) in enumerate(batch)]
            with translate(f"cannot wake {len(batch)} objects"):
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            for failed in answer.get("Failed", ()):
                which = _object(batch[int(failed["Id"])][0])
                raise RetryableError(f"cannot wake {which}: {failed.get('Message', failed['Code'])}")


class Queue(_Batches):
    """A FIFO queue of messages about services, or about sources; the group is the object.

    later: where all but the first of many messages wait, so that not everybody is looked at in one moment.
    """

    def __init__(self, client: Any, url: str, later: Timers | None = None) -> None:
        super().__init__(client, url)
        self._later = later

    def send(self, message: Wake | LookAt) -> None:
        """Sent again for the same cause within five minutes, a message counts once."""
        with translate(f"cannot wake {_object(message)}"):
            self._client.send_message(QueueUrl=self._url, **_envelope(message))

    def send_many(self, messages: Iterable[Wake | LookAt]) -> None:
        """The same, ten a request."""
        waiting = list(messages)
        at_once = len(waiting) if self._later is None else AT_ONCE
        self._send((each, _envelope(each)) for each in waiting[:at_once])
        if self._later is not None:
            self._later.spread(waiting[at_once:])

    def retry_after(self, receipt_handle: str, seconds: int) -> None:
        """Show a message that was taken again after `seconds`."""
        with translate("cannot put a message off"):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )


class Timers(_Batches):
    """A standard queue of messages for the services queue, each shown when its time has come.

    A FIFO queue delays all of its messages or none. What comes twice counts once in the services queue;
    what comes sooner than it is due, since SQS delays no longer, is set again by whoever finds that out.
    """

    def set(self, key: ServiceKey, at: float, now: float, hops: int = 0) -> None:
        """Have a service looked at `at` that moment, or a little later; in fifteen minutes at most."""
        seconds = min(LONGEST, max(0, ceil(round(at - now, 3))))
        wake = Wake(key, Cause(TIMER, f"timer:{now + seconds:.3f}"), hops=hops)
        with translate(f"cannot set a timer for {key}"):
            self._client.send_message(QueueUrl=self._url, MessageBody=to_body(wake), DelaySeconds=seconds)

    def spread(self, messages: Iterable[Wake | LookAt]) -> None:
        """Pass messages on, so many a second."""
        envelopes = [
            (each, {"MessageBody": to_body(each), "DelaySeconds": min(LONGEST, 1 + at // A_SECOND)})
            for at, each in enumerate(messages)
        ]
        self._send(envelopes)


def _envelope(message: Wake | LookAt) -> dict[str, str]:
    return {
        "MessageBody": to_body(message),
        "MessageGroupId": group_of(_object(message)),
        "MessageDeduplicationId": _hash(f"{message.cause.id}\n{_object(message)}"),
    }


def _object(message: Wake | LookAt) -> str:
    return str(message.key) if isinstance(message, Wake) else message.source


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
