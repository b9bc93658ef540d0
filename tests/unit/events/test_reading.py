"""Whatever anybody sends is one of ours or is told to be none: nothing else ever comes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.events.trail import changed_outside
from ecs_gitops.events.triggers import look_at, rollout_wake, stopped_task, timed_wake, to_body, wake
from ecs_gitops.model.errors import UnreadableError
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Verb

GOOD = Wake(ServiceKey("prod", "web"), Cause("Push", "1", "c", "why"), Verb.PAUSE, "", 60, "why", ("c",), 3)
LOOK = {"schema": 1, "source": "main", "cause": {"kind": "Push", "id": "1"}}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just("x" * 9999),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
TASK = {
    "id": "e",
    "detail-type": "ECS Task State Change",
    "time": "2026-11-28T00:00:00Z",
    "detail": {
        "lastStatus": "STOPPED",
        "group": "service:web",
        "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/prod",
        "taskArn": "t",
        "taskDefinitionArn": "d",
        "startedBy": "ecs-svc/1",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "why",
        "stoppedAt": "2026-11-28T00:00:00Z",
        "containers": [{"name": "web", "exitCode": 1, "reason": "", "image": "web:1"}],
    },
}
ACTION = {
    "id": "e",
    "detail-type": "ECS Service Action",
    "resources": ["arn:aws:ecs:us-east-1:123456789012:service/prod/web"],
    "detail": {"eventName": "SERVICE_TASK_PLACEMENT_FAILURE", "reason": "why"},
}
CALL = {
    "id": "e",
    "source": "aws.ecs",
    "detail-type": "AWS API Call via CloudTrail",
    "detail": {
        "eventName": "UpdateService",
        "userIdentity": {"arn": "arn:aws:sts::1:assumed-role/a/b", "sessionContext": {"sessionIssuer": {}}},
        "requestParameters": {"service": "web", "cluster": "prod"},
        "responseElements": {"service": {}},
    },
}


def a_record(body: str) -> dict[str, Any]:
    return {"messageId": "m", "body": body, "attributes": {"MessageGroupId": "prod/web", "SenderId": "A"}}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a document."""
    inside = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(each for name, one in inside for each in places(one, (*path, name)))]


def with_other(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """The document with something else at one place."""
    if not path:
        return other
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = with_other(value[path[0]], path[1:], other)
    return copied


def spoilt(document: Any) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda path, other: with_other(document, path, other), st.sampled_from(places(document)), ANYTHING
    )


@given(spoilt(json.loads(to_body(GOOD))))
def test_a_message_with_anything_in_one_place_is_a_wake_or_none_of_ours(body: Any) -> None:
    for read in (wake, timed_wake):
        try:
            found = read(a_record(json.dumps(body)))
        except UnreadableError as error:
            assert str(error).startswith("cannot read message m: ")  # noqa: PT017
        else:
            again = to_body(found)
            assert len(again) < 30_000
            assert "\ud800" not in again.encode().decode()


@given(spoilt(LOOK) | spoilt({**LOOK, "detail-type": "x", "id": "1", "detail": {"commitId": "c"}}))
def test_a_message_about_a_source_is_one_or_none_of_ours(body: Any) -> None:
    try:
        found = look_at(a_record(json.dumps(body)))
    except UnreadableError:
        return
    assert len(to_body(found)) < 10_000


@given(spoilt(TASK) | spoilt(ACTION) | spoilt(CALL))
def test_an_event_with_anything_in_one_place_is_understood_or_told(event: Any) -> None:
    if not isinstance(event, dict):
        return  # Lambda hands over what EventBridge sends: an object
    for read in (stopped_task, rollout_wake, lambda one: changed_outside(one, "ours")):
        try:
            found = read(event)
        except UnreadableError as error:
            assert str(error).startswith("cannot read event ")  # noqa: PT017
        else:
            assert found is None or str(found.key)


def test_what_is_whole_is_understood() -> None:
    """The control of all that may be refused above."""
    assert wake(a_record(to_body(GOOD))) == Wake(
        GOOD.key, GOOD.cause, Verb.PAUSE, "A", 60, "why", ("c",), 3
    )
    assert timed_wake(a_record(to_body(GOOD))).hops == 3
    assert look_at(a_record(json.dumps(LOOK))).source == "main"
    assert stopped_task(TASK) is not None
    assert rollout_wake(ACTION) is not None
    assert changed_outside(CALL, "ours") is not None


@pytest.mark.parametrize(
    "key", ["prod", "prod/", "/web", "prod/web/x", "prod/we b", "prod/w\n", f"prod/{'w' * 256}"]
)
def test_a_key_that_ecs_would_not_take_names_no_service(key: str) -> None:
    with pytest.raises(ValueError, match="expected cluster/service"):
        ServiceKey.parse(key)
