"""Functions run inline: their environment, role, errors and logs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.world.world import World
from tests.contract.little_stack import LittleStack, little_stack, write_functions

SHOWS = """
import os, time
import boto3
calls = []

def handler(event, context):
    print("working on", event)
    calls.append(1)
    who = boto3.client("sts").get_caller_identity()["Arn"]
    return {
        "event": event,
        "calls": len(calls),
        "who": who,
        "now": time.time(),
        "greeting": os.environ["GREETING"],
        "home": os.environ.get("HOME"),
        "left": context.get_remaining_time_in_millis(),
        "name": context.function_name,
    }
"""
FAILS = """
class OddError(Exception):
    pass

def handler(event, context):
    print("about to fail")
    raise OddError("no such luck")
"""


def invoke(stack: LittleStack, event: Any, **more: str) -> tuple[Any, str]:
    """A synchronous invocation: payload and function error."""
    answer = stack.world.client("lambda").invoke(
        FunctionName=stack.outputs["Worker"], Payload=json.dumps(event), **more
    )
    text = answer["Payload"].read()
    return json.loads(text) if text else None, answer.get("FunctionError", "")


def test_a_function_runs_under_its_role_with_its_environment_and_the_worlds_time(tmp_path: Path):
    with little_stack(tmp_path, SHOWS) as stack:
        stack.world.advance(1000.5)
        payload, error = invoke(stack, {"a": 1})
    name = stack.outputs["Worker"]
    assert error == ""
    assert payload["who"].startswith("arn:aws:sts::123456789012:assumed-role/little-WorkerRole")
    assert payload["who"].endswith(f"/{name}")
    assert (payload["event"], payload["greeting"], payload["name"]) == ({"a": 1}, "hello", name)
    assert (payload["now"], payload["left"], payload["home"]) == (1795406500.5, 10000, None)


def test_a_function_stays_loaded_until_its_configuration_changes(tmp_path: Path):
    with little_stack(tmp_path, SHOWS) as stack:
        assert [invoke(stack, {})[0]["calls"] for _ in range(3)] == [1, 2, 3]
        stack.deploy(Greeting="hi")
        payload, _ = invoke(stack, {})
        assert (payload["calls"], payload["greeting"]) == (1, "hi")


def test_two_worlds_share_nothing(tmp_path: Path):
    for _ in range(2):
        with little_stack(tmp_path, SHOWS) as stack:
            assert invoke(stack, {})[0]["calls"] == 1


def test_our_own_environment_is_put_back(tmp_path: Path):
    before = dict(os.environ)
    with little_stack(tmp_path, FAILS) as stack:
        invoke(stack, {})
    assert dict(os.environ) == before


def test_an_error_is_reported_as_lambda_reports_it(tmp_path: Path):
    with little_stack(tmp_path, FAILS) as stack:
        payload, error = invoke(stack, {})
    assert error == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("OddError", "no such luck")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import nothing_of_that_name\n", "ModuleNotFoundError"),
        ("def handler(event, context):\n    return object()\n", "Runtime.MarshalError"),
        ("x = 1\n", "AttributeError"),
    ],
)
def test_a_function_that_cannot_run_says_why(tmp_path: Path, code: str, kind: str):
    with little_stack(tmp_path, code) as stack:
        payload, error = invoke(stack, {})
    assert (payload["errorType"], error) == (kind, "Unhandled")


def test_what_a_function_prints_is_in_its_log_group(tmp_path: Path):
    with little_stack(tmp_path, SHOWS) as stack:
        invoke(stack, {"n": 7})
        logs = stack.world.client("logs").filter_log_events(
            logGroupName=f"/aws/lambda/{stack.outputs['Worker']}"
        )["events"]
    lines = [line["message"] for line in logs]
    assert [line.split(" ")[0] for line in lines] == ["START", "working", "END"]
    assert lines[1] == "working on {'n': 7}"


def test_an_asynchronous_invocation_answers_at_once_and_runs(tmp_path: Path):
    with little_stack(tmp_path, SHOWS) as stack:
        assert invoke(stack, {"n": 1}, InvocationType="Event") == (None, "")
        assert stack.ended() == []
        stack.world.advance(1)
        assert [json.loads(e["payload"])["event"] for e in stack.ended()] == [{"n": 1}]


def test_a_dry_run_runs_nothing(tmp_path: Path):
    with little_stack(tmp_path, SHOWS) as stack:
        assert invoke(stack, {}, InvocationType="DryRun") == (None, "")
        assert stack.ended() == []


def test_a_function_may_invoke_another(tmp_path: Path):
    calls = """
import boto3, json

def handler(event, context):
    answer = boto3.client("lambda").invoke(FunctionName=event["name"], Payload="{}")
    return json.loads(answer["Payload"].read())
"""
    write_functions(tmp_path, calls, "def handler(event, context):\n    print('inner')\n    return 42\n")
    with World.inline() as world:
        stack = LittleStack(world, tmp_path)
        stack.deploy()
        iam = world.client("iam")
        (role,) = [r["RoleName"] for r in iam.list_roles()["Roles"] if "WorkerRole" in r["RoleName"]]
        statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=role, PolicyName="invoke", PolicyDocument=document)
        assert invoke(stack, {"name": stack.outputs["Watcher"]}) == (42, "")
        assert stack.ended("Watcher")[0]["logs"] == "inner\n"
