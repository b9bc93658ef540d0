"""Every sample event says where to look, and never more than that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecs_gitops.events import triggers
from ecs_gitops.model.live import StoppedContainer, StoppedTask
from ecs_gitops.model.messages import Cause, LookAt, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Verb

EVENTS = Path(__file__).parents[3] / "events"
ORDERS = ServiceKey("prod", "orders-api")

SOURCE_EVENTS = {
    "codecommit-reference-updated-push": "7f0103f1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7",
    "codecommit-reference-created": "26a8f2a1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7",
    "codecommit-reference-deleted": "",
}
ECS_EVENTS = {
    "ecs-deployment-completed": triggers.DEPLOYMENT_CHANGED,
    "ecs-deployment-failed": triggers.DEPLOYMENT_CHANGED,
    "ecs-deployment-in-progress": triggers.DEPLOYMENT_STARTED,
    "ecs-deployment-rollback-in-progress": triggers.DEPLOYMENT_CHANGED,
    "ecs-service-steady-state": triggers.STEADY_STATE,
    "ecs-service-desired-count-updated": None,
    "ecs-service-task-configuration-failure": triggers.PLACEMENT_FAILED,
    "ecs-service-task-placement-failure-ec2": triggers.PLACEMENT_FAILED,
    "ecs-service-task-placement-failure-fargate": triggers.PLACEMENT_FAILED,
    "ecs-service-task-start-impaired": triggers.PLACEMENT_FAILED,
    "ecs-task-running": None,
    "ecs-task-stopped-essential-exit": triggers.TASK_FAILED,
    "ecs-task-stopped-failed-to-start": triggers.TASK_FAILED,
}
TRAIL_EVENTS = {
    "cloudtrail-ecs-updateservice": "UpdateService by assumed-role/Admin/alice",
    "cloudtrail-ecs-updateservice-by-autoscaling": None,
}
"""Tried in test_trail."""
OF_OTHERS = {"ecr-image-push"}
"""What the sandbox's services send and no rule of ours takes yet."""
ENVELOPE = "sqs-fifo-lambda-batch"


def event(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return read


def record(body: str, group: str = "prod/orders-api", **attributes: str) -> dict[str, Any]:
    """A record as Lambda hands it over, from the sample, with another body."""
    (sample,) = event(ENVELOPE)["Records"]
    return {
        **sample,
        "body": body,
        "attributes": {**sample["attributes"], "MessageGroupId": group, **attributes},
    }


def test_every_sample_is_used():
    used = {*SOURCE_EVENTS, *ECS_EVENTS, *TRAIL_EVENTS, *OF_OTHERS, ENVELOPE}
    assert {path.stem for path in EVENTS.iterdir()} == used


@pytest.mark.parametrize("name", SOURCE_EVENTS)
def test_a_source_event_says_which_source_moved(name: str):
    sample = event(name)
    seen = triggers.look_at(record(json.dumps(sample), group="main"))
    assert seen == LookAt("main", Cause("Push", sample["id"], SOURCE_EVENTS[name]))


@pytest.mark.parametrize("name", ECS_EVENTS)
def test_an_ecs_event_says_which_service_to_look_at_if_any(name: str):
    sample, kind = event(name), ECS_EVENTS[name]
    found = triggers.rollout_wake(sample)
    if kind is None:
        assert found is None
        return
    assert found is not None
    assert (found.key, found.cause.kind, found.cause.id) == (ORDERS, kind, sample["id"])
    assert (found.request, found.sender) == (None, "")


@pytest.mark.parametrize("name", SOURCE_EVENTS)
def test_other_events_wake_no_service(name: str):
    assert triggers.rollout_wake(event(name)) is None
    assert triggers.stopped_task(event(name)) is None


def test_a_stopped_tasks_facts_are_kept_whole():
    found = triggers.stopped_task(event("ecs-task-stopped-essential-exit"))
    assert found == StoppedTask(
        key=ORDERS,
        task_arn="arn:aws:ecs:us-east-1:123456789012:task/prod/c13b4cb40f1f4fe4a2971f76ae5a47ad",
        task_definition_arn="arn:aws:ecs:us-east-1:123456789012:task-definition/orders-api:27",
        deployment_id="ecs-svc/6216346761948112104",
        stop_code="EssentialContainerExited",
        stopped_reason="Essential container in task exited",
        containers=(
            StoppedContainer(
                name="app",
                exit_code=137,
                reason="OutOfMemoryError: Container killed due to memory usage",
                image="REGISTRY_HOST/team/orders-api:1.4.2",
            ),
        ),
        stopped_at=1795405760.0,
    )


def test_a_container_that_never_ran_has_no_exit_code():
    found = triggers.stopped_task(event("ecs-task-stopped-failed-to-start"))
    assert found is not None
    assert [container.exit_code for container in found.containers] == [None]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"lastStatus": "RUNNING"}, "it still runs"),
        ({"group": "family:orders-api"}, "no service started it"),
        ({"group": ""}, "it says nothing of its group"),
    ],
)
def test_a_task_that_is_none_of_a_services_stopped_ones_is_let_go(change: dict[str, str], why: str):
    sample = event("ecs-task-stopped-essential-exit")
    assert triggers.stopped_task({**sample, "detail": {**sample["detail"], **change}}) is None, why


def test_a_task_that_was_told_to_stop_is_remembered_and_wakes_nobody():
    sample = event("ecs-task-stopped-essential-exit")
    told = {**sample, "detail": {**sample["detail"], "stopCode": "ServiceSchedulerInitiated"}}
    assert triggers.stopped_task(told) is not None
    assert triggers.rollout_wake(told) is None


@pytest.mark.parametrize("arn", ["arn:aws:ecs:us-east-1:123456789012:service/orders-api", "nonsense"])
def test_an_arn_without_cluster_is_not_guessed_at(arn: str):
    assert triggers.rollout_wake({**event("ecs-deployment-completed"), "resources": [arn]}) is None


@pytest.mark.parametrize(
    "message",
    [
        Wake(ORDERS, Cause("Push", "c1@7", "c1", "event-1")),
        Wake(ORDERS, Cause("Push", "c3@9", "c3", "event-3"), passed=("c1", "c2")),
        Wake(ORDERS, Cause("Request", "r1"), Verb.RETRY, "AIDAEXAMPLE"),
        Wake(ORDERS, Cause("Request", "r1"), Verb.PAUSE, "AIDAEXAMPLE", 7200, "load test"),
        Wake(ORDERS, Cause("ChangedOutside", "e1", detail="UpdateService by user/bob")),
    ],
)
def test_a_wake_travels_whole(message: Wake):
    assert triggers.wake(record(triggers.to_body(message), SenderId="AIDAEXAMPLE")) == message


def test_a_source_message_travels_whole():
    message = LookAt("main", Cause("HeadMoved", "head:c1", "c1"))
    assert triggers.look_at(record(triggers.to_body(message), group="main")) == message


def test_the_sender_is_who_sqs_says_and_only_of_requests():
    forged = json.loads(triggers.to_body(Wake(ORDERS, Cause("Request", "r1"), Verb.SYNC)))
    forged["sender"] = "root"
    assert triggers.wake(record(json.dumps(forged), SenderId="AIDAEVE")).sender == "AIDAEVE"
    assert triggers.wake(record(triggers.to_body(Wake(ORDERS, Cause("Push", "p1"))))).sender == ""


@pytest.mark.parametrize("body", ['{"key": "web"}', '{"key": "a/b/c", "cause": {}}', "[]", "nonsense"])
def test_what_is_no_message_of_ours_is_an_error(body: str):
    with pytest.raises(ValueError, match="cannot read message 059f36b4"):
        triggers.wake(record(body))


def test_nobody_asks_for_one_service_in_the_turn_of_another():
    body = triggers.to_body(Wake(ServiceKey("prod", "billing"), Cause("Request", "r1"), Verb.SYNC))
    with pytest.raises(ValueError, match="prod/billing is not its group's service"):
        triggers.wake(record(body))


def test_a_long_name_still_has_a_group_of_its_own():
    long, other = f"prod/{'x' * 200}", f"prod/{'x' * 201}"
    assert len(triggers.group_of(long)) == 128
    assert triggers.group_of(long) != triggers.group_of(other)
    assert triggers.group_of("prod/web") == "prod/web"


def test_what_waited_for_its_time_carries_no_request():
    cause = Cause("Timer", "timer:1")
    body = triggers.to_body(Wake(ORDERS, cause, Verb.SYNC, passed=("c1",)))
    assert triggers.timed_wake({"messageId": "m", "body": body}) == Wake(ORDERS, cause, passed=("c1",))
