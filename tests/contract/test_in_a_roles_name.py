"""What Lambda does in the name of a function's role: asked of the role, and refused where that lacks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.front.iam import Call
from sandbox.front.who import Principal
from tests.contract.little_stack import NOTHING, LittleStack, little_stack

FAILS = 'def handler(event, context):\n    raise ValueError("no")\n'
POLLING = ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
LOGGING = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


def role_of(stack: LittleStack, function: str) -> str:
    configured = stack.world.client("lambda").get_function_configuration(
        FunctionName=stack.outputs[function]
    )
    return str(configured["Role"].rpartition("/")[2])


def deny(stack: LittleStack, function: str, *actions: str) -> None:
    """Let a function's role lack actions, whatever its policies allow; none gives all of them back."""
    iam, role = stack.world.client("iam"), role_of(stack, function)
    if not actions:
        iam.delete_role_policy(RoleName=role, PolicyName="not")
        return
    never = {"Effect": "Deny", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [never]})
    iam.put_role_policy(RoleName=role, PolicyName="not", PolicyDocument=document)


@contextmanager
def a_stack_without(folder: Path, *actions: str, watcher: str = NOTHING) -> Iterator[LittleStack]:
    with little_stack(folder, watcher=watcher) as stack:
        for function in ("Worker", "Watcher"):
            deny(stack, function, *actions)
        yield stack


def refused(stack: LittleStack) -> list[str]:
    """Each action that a role was refused, once, in order."""
    asked = [entry.detail for entry in stack.world.journal if entry.kind == "request"]
    return list(dict.fromkeys(detail["action"] for detail in asked if not detail["allowed"]))


def lines(stack: LittleStack, function: str = "Worker") -> list[str]:
    logs = stack.world.client("logs")
    group = f"/aws/lambda/{stack.outputs[function]}"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    return [each["message"] for each in logs.filter_log_events(logGroupName=group)["events"]]


@pytest.mark.parametrize("action", POLLING[:2])
def test_a_queue_that_may_not_be_polled_waits_until_it_may(tmp_path: Path, action: str):
    with a_stack_without(tmp_path, action) as stack:
        stack.send("a", "1")
        stack.world.advance(50)
        assert (stack.batches(), refused(stack)) == ([], [action])
        deny(stack, "Worker")
        stack.world.advance(25)
        assert stack.batches() == [["1"]]


def test_a_message_that_may_not_be_deleted_comes_back_up_to_the_dead_letters(tmp_path: Path):
    with a_stack_without(tmp_path, "sqs:DeleteMessage") as stack:
        stack.send("a", "1")
        stack.world.advance(100)
        assert (stack.batches(), refused(stack)) == ([["1"]] * 3, ["sqs:DeleteMessage"])
        assert stack.waiting("Dead") == ["1"]


@pytest.mark.parametrize("action", LOGGING)
def test_what_may_not_be_logged_is_lost_and_the_function_runs_all_the_same(tmp_path: Path, action: str):
    with a_stack_without(tmp_path, action) as stack:
        stack.send("a", "1")
        stack.world.advance(1)
        assert [each["error"] for each in stack.ended()] == [""]
        assert (lines(stack), refused(stack)) == ([], [action])
        deny(stack, "Worker")
        stack.send("a", "2")
        stack.world.advance(1)
        assert len(lines(stack)) == 2


def test_an_event_that_may_not_be_kept_is_lost(tmp_path: Path):
    with a_stack_without(tmp_path, "sqs:SendMessage", watcher=FAILS) as stack:
        stack.world.client("lambda").invoke(
            FunctionName=stack.outputs["Watcher"], InvocationType="Event", Payload="{}"
        )
        stack.world.advance(200)
        assert stack.waiting("Lost") == []
        assert refused(stack) == ["sqs:SendMessage"]
        assert "lambda.dead_letter_lost" in {entry.kind for entry in stack.world.journal}


def test_whoever_watches_the_door_hears_of_functions_and_of_aws_apart(tmp_path: Path):
    calls = "import boto3\n\ndef handler(event, context):\n    boto3.client('dynamodb').list_tables()\n"
    heard: list[tuple[bool, str]] = []

    def watch(principal: Principal, call: Call) -> None:
        if principal.kind == "role":
            heard.append((principal.arn == principal.role_arn, call.action))

    with little_stack(tmp_path, calls) as stack:
        stack.world.guard.watchers.append(watch)
        stack.send("a", "1")
        stack.world.advance(1)
    by_aws = [action for is_aws, action in heard if is_aws]
    assert by_aws[:2] == POLLING[:2]
    assert by_aws[2:] == LOGGING  # the function failed: nothing was deleted
    assert [action for is_aws, action in heard if not is_aws] == ["dynamodb:ListTables"]


def test_the_arn_of_a_log_group_stands_for_its_streams_too(tmp_path: Path):
    template: dict[str, Any] = {
        "Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Logs", "Arn"]}}, "Name": {"Value": {"Ref": "Logs"}}},
    }
    with little_stack(tmp_path) as stack:
        cloudformation = stack.world.client("cloudformation")
        cloudformation.create_stack(StackName="logs", TemplateBody=json.dumps(template))
        (made,) = cloudformation.describe_stacks(StackName="logs")["Stacks"]
    said = {each["OutputKey"]: each["OutputValue"] for each in made["Outputs"]}
    assert said["Arn"] == f"arn:aws:logs:us-east-1:123456789012:log-group:{said['Name']}:*"
