"""What reaches a function → who is to look at what: EventBridge events and queue messages. Pure.

An event says where to look, never what to do. Fields are read leniently: AWS may add some at any time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from ecs_gitops.events.reading import NAME, document, items, name, reading, sentence, whole, within
from ecs_gitops.model.desired import Document
from ecs_gitops.model.errors import UnreadableError
from ecs_gitops.model.live import StoppedContainer, StoppedTask
from ecs_gitops.model.messages import Cause, Delivery, LookAt, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Verb
from ecs_gitops.store.records import to_json

SqsRecord = Document
"""One SQS record as Lambda's event source hands it over."""

DEPLOYMENT_STARTED = "DeploymentStarted"
DEPLOYMENT_CHANGED = "DeploymentChanged"
TASK_FAILED = "TaskFailed"
STEADY_STATE = "SteadyState"
PLACEMENT_FAILED = "PlacementFailed"
TIMER = "Timer"

_FAILED_STOP_CODES = ("TaskFailedToStart", "EssentialContainerExited")
_FIRST = "ApproximateFirstReceiveTimestamp"
LONGEST_PAUSE: Final = 366 * 24 * 3600
"""Seconds that a pause may be asked for: whoever wants it for longer wants another mode."""
_NEVER_MESSAGES = ("SERVICE_DESIRED_COUNT_UPDATED",)


def to_body(message: Wake | LookAt) -> str:
    """A message as it travels."""
    hops = {"hops": message.hops} if message.hops else {}
    if isinstance(message, LookAt):
        stated = {"schema": 1, "source": message.source, "cause": message.cause}
        return to_json({**stated, **hops})
    body: dict[str, object] = {
        **hops,
        "schema": 1,
        "key": str(message.key),
        "cause": message.cause,
        "request": message.request,
    }
    if message.request is Verb.PAUSE:
        body |= {"seconds": message.seconds, "reason": message.reason}
    if message.passed:
        body |= {"passed": message.passed}
    return to_json(body)


def wake(record: SqsRecord) -> Wake:
    """A record of the services queue. The sender of a request is who SQS says it was.

    Raises UnreadableError when the body is none of our messages, or asks in another service's turn.
    """
    found = _wake(record)
    if group(record) != group_of(str(found.key)):
        raise UnreadableError(f"cannot read {_name(record)}: {found.key} is not its group's service")
    return replace(found, sender=record["attributes"].get("SenderId", "") if found.request else "")


def timed_wake(record: SqsRecord) -> Wake:
    """A record of the timer queue; it never carries a request, for nobody would know who asked.

    Raises UnreadableError when the body is none of our messages.
    """
    found = _wake(record)
    return Wake(found.key, found.cause, passed=found.passed, hops=found.hops)


def group_of(name: str) -> str:
    """The message group of an object: its name, cut to SQS's 128 characters where it is longer."""
    if len(name) <= 128:
        return name
    return f"{name[:95]}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def group(record: SqsRecord) -> str:
    """The message group of an SQS record."""
    return str(record["attributes"]["MessageGroupId"])


def delivery(records: Iterable[SqsRecord]) -> Delivery:
    """How often SQS handed out the oldest of these records, and since when."""
    told = [each["attributes"] for each in records]
    times = [int(each.get("ApproximateReceiveCount", 1)) for each in told]
    first = [float(each[_FIRST]) for each in told if _FIRST in each]
    return Delivery(max(times, default=1), min(first) / 1000 if first else None)


def look_at(record: SqsRecord) -> LookAt:
    """A record of the sources queue: our own message, or an event that EventBridge put there as it is.

    Raises UnreadableError when it is neither.
    """
    with reading(_name(record)):
        body = document(record["body"])
        if "detail-type" not in body:
            return LookAt(name(body, "source"), _cause(within(body["cause"])), _hops(body))
        detail = within(body.get("detail"))
        return LookAt(group(record), Cause("Push", name(body, "id"), name(detail, "commitId", "")))


def stopped_task(event: Document) -> StoppedTask | None:
    """The facts of a service's stopped task, or None when the event is about something else.

    Raises UnreadableError when it is about one, and lacks what must be known of it.
    """
    with reading(_event(event)):
        detail = within(event.get("detail"))
        if event.get("detail-type") != "ECS Task State Change" or detail.get("lastStatus") != "STOPPED":
            return None
        kind, _, service = str(detail.get("group", "")).partition(":")
        if kind != "service" or not service:
            return None
        return StoppedTask(
            key=ServiceKey.parse(f"{_last(name(detail, 'clusterArn'))}/{service}"),
            task_arn=name(detail, "taskArn"),
            task_definition_arn=name(detail, "taskDefinitionArn"),
            deployment_id=name(detail, "startedBy", ""),
            stop_code=name(detail, "stopCode", ""),
            stopped_reason=sentence(detail, "stoppedReason"),
            containers=tuple(_container(within(each)) for each in items(detail.get("containers"))),
            stopped_at=_seconds(detail.get("stoppedAt") or event["time"]),
        )


def rollout_wake(event: Document) -> Wake | None:
    """Whom an ECS event asks to look at, or None when it tells nothing that matters."""
    task = stopped_task(event)
    if task is not None:
        if task.stop_code not in _FAILED_STOP_CODES:
            return None
        with reading(_event(event)):
            return Wake(task.key, Cause(TASK_FAILED, name(event, "id"), detail=task.stopped_reason))
    if event.get("detail-type") not in ("ECS Deployment State Change", "ECS Service Action"):
        return None
    with reading(_event(event)):
        detail = within(event.get("detail"))
        reason = sentence(detail, "reason")
        kind = _kind(name(detail, "eventName", ""), reason)
        key = _service(items(event.get("resources")))
        if kind is None or key is None:
            return None
        return Wake(key, Cause(kind, name(event, "id"), detail=reason))


def _wake(record: SqsRecord) -> Wake:
    with reading(_name(record)):
        body = document(record["body"])
        return Wake(
            key=ServiceKey.parse(name(body, "key")),
            cause=_cause(within(body["cause"])),
            request=Verb(body["request"]) if body.get("request") else None,
            seconds=whole(body, "seconds", LONGEST_PAUSE),
            reason=sentence(body, "reason"),
            passed=tuple(name({"commit": each}, "commit") for each in items(body.get("passed"))[:100]),
            hops=_hops(body),
        )


def _hops(body: Document) -> int:
    return whole(body, "hops", 1000)


def _name(record: SqsRecord) -> str:
    queue = str(record.get("eventSourceARN", "")).rpartition(":")[2]
    where = f" of queue {queue}" if queue else ""
    return f"message {record['messageId']}{where}"


def _event(event: Document) -> str:
    return f"event {str(event.get('id'))[:NAME]} ({str(event.get('detail-type'))[:NAME]})"


def _kind(name: str, reason: str) -> str | None:
    if name == "SERVICE_DEPLOYMENT_IN_PROGRESS" and "rolling back" not in reason:
        return DEPLOYMENT_STARTED
    if name.startswith("SERVICE_DEPLOYMENT_"):
        return DEPLOYMENT_CHANGED
    if name == "SERVICE_STEADY_STATE":
        return STEADY_STATE
    return None if name in _NEVER_MESSAGES or not name.startswith("SERVICE_") else PLACEMENT_FAILED


def _service(resources: Iterable[object]) -> ServiceKey | None:
    """`…:service/<cluster>/<name>`; the old short ARN names no cluster and is not understood."""
    for arn in resources:
        parts = str(arn).rpartition(":")[2].split("/")
        if parts[0] == "service" and len(parts) == 3:
            return ServiceKey.parse(f"{parts[1]}/{parts[2]}")
    return None


def _container(data: Document) -> StoppedContainer:
    code = data.get("exitCode")
    return StoppedContainer(
        name(data, "name"),
        code if type(code) is int and abs(code) < 2**31 else None,
        sentence(data, "reason"),
        sentence(data, "image"),
    )


def _cause(data: Document) -> Cause:
    return Cause(name(data, "kind"), name(data, "id"), name(data, "commit", ""), sentence(data, "detail"))


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
