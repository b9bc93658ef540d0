"""What reaches a function → who is to look at what: EventBridge events and queue messages. Pure.

An event says where to look, never what to do. Fields are read leniently: AWS may add some at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ecs_gitops.model.desired import Document
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
_NEVER_MESSAGES = ("SERVICE_DESIRED_COUNT_UPDATED",)


def to_body(message: Wake | LookAt) -> str:
    """A message as it travels."""
    if isinstance(message, LookAt):
        return to_json({"schema": 1, "source": message.source, "cause": message.cause})
    body = {"schema": 1, "key": str(message.key), "cause": message.cause, "request": message.request}
    if message.request is Verb.PAUSE:
        body |= {"seconds": message.seconds, "reason": message.reason}
    if message.passed:
        body |= {"passed": message.passed}
    return to_json(body)


def wake(record: SqsRecord) -> Wake:
    """A record of the services queue. The sender of a request is who SQS says it was.

    Raises ValueError when the body is none of our messages, or asks in another service's turn.
    """
    found = _wake(record)
    if group(record) != group_of(str(found.key)):
        raise ValueError(
            f"cannot take message {record['messageId']}: {found.key} is not its group's service"
        )
    return replace(found, sender=record["attributes"].get("SenderId", "") if found.request else "")


def timed_wake(record: SqsRecord) -> Wake:
    """A record of the timer queue; it never carries a request, for nobody would know who asked.

    Raises ValueError when the body is none of our messages.
    """
    found = _wake(record)
    return Wake(found.key, found.cause, passed=found.passed)


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
    """A record of the sources queue: our own message, or an event that EventBridge put there as it is."""
    body = json.loads(record["body"])
    if "detail-type" not in body:
        return LookAt(str(body["source"]), _cause(body["cause"]))
    detail = body.get("detail", {})
    return LookAt(group(record), Cause("Push", body["id"], detail.get("commitId", "")))


def stopped_task(event: Document) -> StoppedTask | None:
    """The facts of a service's stopped task, or None when the event is about something else."""
    detail = event.get("detail", {})
    kind, _, service = str(detail.get("group", "")).partition(":")
    if event.get("detail-type") != "ECS Task State Change" or detail.get("lastStatus") != "STOPPED":
        return None
    if kind != "service" or not service:
        return None
    return StoppedTask(
        key=ServiceKey(_last(detail["clusterArn"]), service),
        task_arn=detail["taskArn"],
        task_definition_arn=detail["taskDefinitionArn"],
        deployment_id=detail.get("startedBy", ""),
        stop_code=detail.get("stopCode", ""),
        stopped_reason=detail.get("stoppedReason", ""),
        containers=tuple(_container(each) for each in detail.get("containers", ())),
        stopped_at=_seconds(detail.get("stoppedAt") or event["time"]),
    )


def rollout_wake(event: Document) -> Wake | None:
    """Whom an ECS event asks to look at, or None when it tells nothing that matters."""
    task = stopped_task(event)
    if task is not None:
        failed = task.stop_code in _FAILED_STOP_CODES
        return (
            Wake(task.key, Cause(TASK_FAILED, event["id"], detail=task.stopped_reason)) if failed else None
        )
    if event.get("detail-type") not in ("ECS Deployment State Change", "ECS Service Action"):
        return None
    detail = event.get("detail", {})
    kind = _kind(detail.get("eventName", ""), detail.get("reason", ""))
    key = _service(event.get("resources", ()))
    if kind is None or key is None:
        return None
    return Wake(key, Cause(kind, event["id"], detail=detail.get("reason", "")))


def _wake(record: SqsRecord) -> Wake:
    try:
        body = json.loads(record["body"])
        return Wake(
            key=ServiceKey.parse(body["key"]),
            cause=_cause(body["cause"]),
            request=Verb(body["request"]) if body.get("request") else None,
            seconds=int(body.get("seconds", 0)),
            reason=str(body.get("reason", "")),
            passed=tuple(map(str, body.get("passed", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"cannot read message {record['messageId']}: it is none of ours") from error


def _kind(name: str, reason: str) -> str | None:
    if name == "SERVICE_DEPLOYMENT_IN_PROGRESS" and "rolling back" not in reason:
        return DEPLOYMENT_STARTED
    if name.startswith("SERVICE_DEPLOYMENT_"):
        return DEPLOYMENT_CHANGED
    if name == "SERVICE_STEADY_STATE":
        return STEADY_STATE
    return None if name in _NEVER_MESSAGES or not name.startswith("SERVICE_") else PLACEMENT_FAILED


def _service(resources: Iterable[str]) -> ServiceKey | None:
    """`…:service/<cluster>/<name>`; the old short ARN names no cluster and is not understood."""
    for arn in resources:
        parts = arn.rpartition(":")[2].split("/")
        if parts[0] == "service" and len(parts) == 3:
            return ServiceKey(parts[1], parts[2])
    return None


def _container(data: Document) -> StoppedContainer:
    return StoppedContainer(
        data["name"], data.get("exitCode"), data.get("reason", ""), data.get("image", "")
    )


def _cause(data: Document) -> Cause:
    return Cause(data["kind"], data["id"], data.get("commit", ""), data.get("detail", ""))


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
