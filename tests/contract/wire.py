"""What boto3 really sends, caught before it leaves, and the calls of IAM that the door reads from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from sandbox.front.iam import Call
from sandbox.front.known import Known, TaskDefinitionFacts
from sandbox.front.protocols import read
from sandbox.front.requests import calls
from sandbox.front.who import scope_of
from sandbox.front.wsgi import Request

R = "us-east-1:123456789012"
TASK_ROLE = "arn:aws:iam::123456789012:role/shop"
EXECUTION_ROLE = "arn:aws:iam::123456789012:role/ecsHandsOnTaskExecutionRole"
HOOK_ROLE = "arn:aws:iam::123456789012:role/hooks"
REVISION = f"arn:aws:ecs:{R}:task-definition/nginx-task:7"
DEPLOYMENT = f"arn:aws:ecs:{R}:service-deployment/handson/nginx/abc"
CLUSTER = f"arn:aws:ecs:{R}:cluster/handson"
SERVICE = f"arn:aws:ecs:{R}:service/handson/nginx"
SECRET = f"arn:aws:secretsmanager:{R}:secret:git-token-AbCdEf"

KNOWN = Known(
    task_definition=lambda named: TaskDefinitionFacts(REVISION, (TASK_ROLE, EXECUTION_ROLE)),
    tags=lambda arn: {"team": "shop"} if arn == SERVICE else {},
    hash_key=lambda table: "pk",
    secret=lambda named: SECRET if named == "git-token" else "",
)


class Sent(Exception):  # noqa: N818 - not an error: how a request leaves botocore before it is sent
    """Carries what botocore would have sent."""


def on_the_wire(service: str, method: str, /, **parameters: Any) -> Request:
    """The request as botocore writes it; nothing leaves the process."""

    with pytest.raises(Sent) as caught:
        getattr(client(service), method)(**parameters)
    return to_request(caught.value.args[0])


@cache
def client(service: str) -> Any:
    def stop(request: AWSPreparedRequest, **_: Any) -> None:
        raise Sent(request)

    session = boto3.Session("AKIDEXAMPLE", "secret", region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    made = session.client(service, config=config)
    made.meta.events.register("before-send", stop)
    return made


def to_request(sent: AWSPreparedRequest) -> Request:
    parts = urlsplit(sent.url)
    text = {name.lower(): _text(value) for name, value in sent.headers.items()}
    body = sent.body.encode() if isinstance(sent.body, str) else bytes(sent.body or b"")
    return Request(sent.method, parts.netloc, unquote(parts.path), parts.query, text, body)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def needed(service: str, method: str, /, **parameters: Any) -> tuple[Call, ...]:
    request = on_the_wire(service, method, **parameters)
    scope = scope_of(request)
    assert scope is not None
    return calls(read(request, scope.service, account="123456789012", region=scope.region), KNOWN)


@dataclass(frozen=True)
class Row:
    """One operation that boto3 is asked for, and the one call that it needs."""

    service: str
    method: str
    parameters: dict[str, Any]
    action: str
    resources: tuple[str, ...] = ("*",)
    context: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.service}.{self.method}"
