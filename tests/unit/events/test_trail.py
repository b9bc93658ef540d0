"""What CloudTrail tells of a call to ECS, and which calls are no drift."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecs_gitops.events.trail import CHANGED_OUTSIDE, changed_outside
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey

EVENTS = Path(__file__).parents[3] / "events"
SAMPLE: dict[str, Any] = json.loads((EVENTS / "cloudtrail-ecs-updateservice.json").read_text())
BY_SCALING: dict[str, Any] = json.loads(
    (EVENTS / "cloudtrail-ecs-updateservice-by-autoscaling.json").read_text()
)
OURS = "arn:aws:iam::123456789012:role/ecs-gitops-ReconcilerRole-1A2B"
ORDERS = ServiceKey("prod", "orders-api")
SERVICE = "arn:aws:ecs:us-east-1:123456789012:service/prod/orders-api"


def call(**detail: Any) -> dict[str, Any]:
    """The sample, different in some members of its detail."""
    return {**SAMPLE, "detail": {**SAMPLE["detail"], **detail}}


def of_role(arn: str) -> dict[str, Any]:
    identity = SAMPLE["detail"]["userIdentity"]
    issuer = {"sessionIssuer": {"type": "Role", "arn": arn}}
    return call(userIdentity={**identity, "sessionContext": issuer})


def test_a_call_by_hand_names_the_service_and_the_caller():
    found = changed_outside(SAMPLE, OURS)
    detail = "UpdateService by assumed-role/Admin/alice"
    assert found == Wake(ORDERS, Cause(CHANGED_OUTSIDE, SAMPLE["id"], detail=detail))


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (of_role(OURS), "it is ours"),
        (BY_SCALING, "Application Auto Scaling owns the count"),
        (call(readOnly=True), "it only reads"),
        (call(errorCode="AccessDenied", responseElements=None), "it failed"),
        (call(requestParameters={"cluster": "prod"}, responseElements=None), "it names no service"),
        ({**SAMPLE, "source": "aws.ec2"}, "it is not about ECS"),
        ({**SAMPLE, "detail-type": "ECS Service Action"}, "no trail tells it"),
    ],
)
def test_what_is_no_drift_wakes_nobody(event: dict[str, Any], why: str):
    assert changed_outside(event, OURS) is None, why


def test_another_role_of_the_account_is_not_ours():
    """The control of "it is ours"; also where nobody told which role is."""
    assert changed_outside(of_role(OURS + "x"), OURS) is not None
    assert changed_outside(of_role(OURS), "") is not None


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({"cluster": "prod", "service": "orders-api"}, None),
        ({"cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/prod", "service": "orders-api"}, None),
        ({"cluster": "prod", "service": SERVICE}, None),
        ({"cluster": "prod", "serviceName": "orders-api"}, {}),
        ({"resourceArn": SERVICE, "tags": []}, None),
        ({"serviceDeploymentArn": SERVICE.replace("service/", "service-deployment/") + "/x1"}, None),
        ({"service": "orders-api"}, {"service": {"serviceArn": SERVICE}}),
    ],
)
def test_the_service_is_found_by_name_or_by_arn(asked: dict[str, Any], answered: Any):
    found = changed_outside(call(requestParameters=asked, responseElements=answered), OURS)
    assert found is not None
    assert found.key == ORDERS


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        ({"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/bob"}, "user/bob"),
        ({"type": "Root", "arn": "arn:aws:iam::123456789012:root"}, "root"),
        (
            {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"},
            "cloudformation.amazonaws.com",
        ),
        ({}, "somebody"),
    ],
)
def test_the_caller_is_named_as_people_know_him(identity: dict[str, Any], who: str):
    found = changed_outside(call(userIdentity=identity), OURS)
    assert found is not None
    assert found.cause.detail == f"UpdateService by {who}"


@pytest.mark.parametrize("event", [{}, {"detail": {}}, {**SAMPLE, "detail": {}}])
def test_an_event_that_lacks_everything_wakes_nobody(event: dict[str, Any]):
    assert changed_outside(event, OURS) is None
