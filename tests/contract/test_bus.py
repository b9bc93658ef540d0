"""EventBridge rules and their targets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.wires.permits import permits
from tests.contract.little_stack import LittleStack, little_stack

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q.fifo"
RULE = "arn:aws:events:us-east-1:123456789012:rule/r"
FAILS = "def handler(event, context):\n    raise ValueError('no')\n"


def emit(stack: LittleStack, source: str = "test.push", **detail: Any) -> dict[str, Any]:
    return stack.world.wires.bus.emit(source, "Something Happened", detail, ["arn:aws:x:::y"])


def test_an_event_reaches_a_fifo_queue_in_the_group_its_target_names(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        event = emit(stack, number=1)
        stack.world.advance(1)
        (record,) = stack.events()[0]["Records"]
    assert json.loads(record["body"]) == event
    assert record["attributes"]["MessageGroupId"] == "main"
    assert event["time"] == "2026-11-23T03:45:00Z"


def test_an_event_invokes_a_function_with_the_event_itself(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        event = emit(stack, "test.watch", number=1)
        stack.world.advance(1)
        assert stack.events("Watcher") == [event]
        assert stack.events("Worker") == []


def test_put_events_by_a_client_takes_the_same_way(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        stack.world.client("events").put_events(
            Entries=[{"Source": "test.watch", "DetailType": "t", "Detail": '{"a": 1}'}]
        )
        stack.world.advance(1)
        (event,) = stack.events("Watcher")
    assert (event["detail"], event["time"]) == ({"a": 1}, "2026-11-23T03:45:00Z")


def test_a_disabled_rule_delivers_nothing(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        for rule in stack.world.client("events").list_rules()["Rules"]:
            stack.world.client("events").disable_rule(Name=rule["Name"])
        emit(stack)
        emit(stack, "test.watch")
        stack.world.advance(120)
        assert (stack.events(), stack.events("Watcher")) == ([], [])


@pytest.mark.parametrize("broken", ["policy", "deduplication"])
def test_what_a_queue_does_not_take_is_lost_and_said_so(tmp_path: Path, broken: str):
    with little_stack(tmp_path) as stack:
        change = {"Policy": ""} if broken == "policy" else {"ContentBasedDeduplication": "false"}
        stack.world.client("sqs").set_queue_attributes(QueueUrl=stack.outputs["Work"], Attributes=change)
        emit(stack)
        stack.world.advance(5)
        assert stack.events() == []
        (refused,) = [entry for entry in stack.world.journal if entry.kind == "event.refused"]
    assert broken in refused.detail["why"]


def test_a_function_without_a_permission_is_not_invoked(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        client = stack.world.client("lambda")
        policy = json.loads(client.get_policy(FunctionName=stack.outputs["Watcher"])["Policy"])
        for statement in policy["Statement"]:
            client.remove_permission(FunctionName=stack.outputs["Watcher"], StatementId=statement["Sid"])
        emit(stack, "test.watch")
        stack.world.advance(5)
        assert stack.events("Watcher") == []


def test_what_a_target_refuses_goes_to_its_dead_letters(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        events, sqs = stack.world.client("events"), stack.world.client("sqs")
        rule = events.put_rule(Name="nowhere", EventPattern='{"source": ["test.nowhere"]}')["RuleArn"]
        lost = sqs.get_queue_attributes(QueueUrl=stack.outputs["Lost"], AttributeNames=["QueueArn"])
        arn = lost["Attributes"]["QueueArn"]
        statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*"}
        policy = {"Statement": [{**statement, "Resource": arn}]}
        sqs.set_queue_attributes(QueueUrl=stack.outputs["Lost"], Attributes={"Policy": json.dumps(policy)})
        target = {"Id": "1", "Arn": f"{QUEUE}", "SqsParameters": {"MessageGroupId": "g"}}
        events.put_targets(Rule="nowhere", Targets=[{**target, "DeadLetterConfig": {"Arn": arn}}])
        event = emit(stack, "test.nowhere")
        stack.world.advance(1)
        found = sqs.receive_message(QueueUrl=stack.outputs["Lost"], MessageAttributeNames=["All"])[
            "Messages"
        ][0]
    assert json.loads(found["Body"]) == event
    assert {name: value["StringValue"] for name, value in found["MessageAttributes"].items()} == {
        "RULE_ARN": rule,
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": "NO_RESOURCE",
        "ERROR_MESSAGE": "the queue does not exist",
    }


@pytest.mark.parametrize(
    ("how", "body"),
    [
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail.name"}, "x"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"n": "$.detail.name", "r": "$.resources"},
                    "InputTemplate": '{"name": <n>, "quoted": "<n>", "all": <r>}',
                }
            },
            {"name": "x", "quoted": "x", "all": ["arn:aws:x:::y"]},
        ),
    ],
)
def test_a_target_is_sent_what_its_input_says(tmp_path: Path, how: dict[str, Any], body: Any):
    with little_stack(tmp_path) as stack:
        events = stack.world.client("events")
        (name,) = [
            r["Name"] for r in events.list_rules()["Rules"] if "test.push" in r.get("EventPattern", "")
        ]
        target = {"Id": "work", "Arn": stack.outputs["WorkArn"], "SqsParameters": {"MessageGroupId": "g"}}
        events.put_targets(Rule=name, Targets=[{**target, **how}])
        emit(stack, name="x")
        stack.world.advance(1)
        (record,) = stack.events()[0]["Records"]
    assert json.loads(record["body"]) == body


def test_a_kind_of_target_that_is_not_delivered_to_is_refused(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        events = stack.world.client("events")
        events.put_rule(Name="r", EventPattern='{"source": ["x"]}')
        with pytest.raises(ClientError, match="The sandbox does not deliver events to arn:aws:states"):
            events.put_targets(
                Rule="r", Targets=[{"Id": "1", "Arn": "arn:aws:states:us-east-1:1:stateMachine:s"}]
            )


STATEMENT = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
    "Condition": {"ArnEquals": {"aws:SourceArn": RULE}},
}


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({}, True),
        ({"Action": ["sqs:Send*"]}, True),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}, True),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:*:*:rule/*"}}}, True),
        ({"Principal": {"Service": "sns.amazonaws.com"}}, False),
        ({"Action": "sqs:ReceiveMessage"}, False),
        ({"Resource": QUEUE + "x"}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": RULE + "x"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
    ],
)
def test_a_resource_policy_lets_a_rule_in_or_not(change: dict[str, Any], allowed: bool):
    policy = {"Statement": [{**STATEMENT, **change}]}
    assert permits(policy, "events.amazonaws.com", "sqs:SendMessage", QUEUE, RULE) is allowed


def test_a_deny_wins_over_an_allow():
    policy = {"Statement": [STATEMENT, {**STATEMENT, "Effect": "Deny"}]}
    assert not permits(policy, "events.amazonaws.com", "sqs:SendMessage", QUEUE, RULE)


def test_a_failing_function_is_tried_twice_more_and_then_the_event_is_a_dead_letter(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        (stack.folder / "watcher" / "app.py").write_text(FAILS)
        event = emit(stack, "test.watch")
        starts = []
        for _ in range(200):
            stack.world.advance(1)
            tried = [e for e in stack.events("Watcher") if e["source"] == "test.watch"]
            if len(tried) > len(starts):
                starts.append(round(stack.world.timeline.now - 1795405500))
        bodies = [json.loads(body) for body in stack.waiting("Lost")]
    assert starts == [1, 61, 181]
    assert event in bodies
