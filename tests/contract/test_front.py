"""The one door: who comes in, what is refused in which words, and that nothing leaves."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.front.denied import refuse
from sandbox.front.people import Credentials, assume
from sandbox.front.server import Verdict
from sandbox.front.transport import OutsideError
from sandbox.front.who import Principal, Scope
from sandbox.front.wsgi import Answer, Request
from sandbox.world.world import ACCOUNT, REGION, START, World

NOBODY = Credentials("AKIANOBODY0000000000", "x")


@pytest.fixture(params=["inline", "served"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with World.inline() if request.param == "inline" else World.served() as world:
        yield world


def requests(world: World) -> list[tuple[str, str, int]]:
    kept = [entry.detail for entry in world.journal if entry.kind == "request"]
    return [(detail["who"], detail["action"], detail["status"]) for detail in kept]


LISTS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Lists", "Effect": "Allow", "Action": "ecs:List*", "Resource": "*"}],
    }
)


def a_session(world: World, role: str) -> Credentials:
    world.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    world.client("iam").put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=LISTS)
    return assume(f"arn:aws:iam::{ACCOUNT}:role/{role}", "reconciler", account=ACCOUNT, region=REGION)


def test_every_request_is_written_down_with_who_sent_it(world: World) -> None:
    reader = a_session(world, "reader")
    world.client("sqs").create_queue(QueueName="a")
    world.client("ecs", credentials=reader).list_clusters()
    with pytest.raises(ClientError, match="AccessDeniedException"):
        world.client("ecs", credentials=reader).create_cluster(clusterName="c")
    kept = [entry.detail for entry in world.journal if entry.kind == "request"][-3:]
    names = ("who", "action", "allowed", "statement", "status")
    assert [tuple(detail[name] for name in names) for detail in kept] == [
        ("admin", "sqs:CreateQueue", True, "", 200),
        ("reader", "ecs:ListClusters", True, "own/Lists", 200),
        ("reader", "ecs:CreateCluster", False, "", 400),
    ]


def test_a_session_is_called_as_aws_calls_it(world: World) -> None:
    caller = world.client("sts", credentials=a_session(world, "reader")).get_caller_identity()
    assert caller["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/reconciler"


def test_an_iam_user_is_known_by_a_key_of_theirs(world: World) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=LISTS)
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    world.client("ecs", credentials=alice).list_clusters()
    assert requests(world)[-1] == ("alice", "ecs:ListClusters", 200)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ecs", "list_clusters", "UnrecognizedClientException"),
        ("sqs", "list_queues", "UnrecognizedClientException"),
        ("cloudformation", "list_stacks", "InvalidClientTokenId"),
    ],
)
def test_a_key_that_nobody_has_is_refused(world: World, service: str, operation: str, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(world.client(service, credentials=NOBODY), operation)()
    assert refused.value.response["Error"]["Code"] == code
    assert requests(world) == []


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ecs", "list_clusters", "AccessDeniedException"),
        ("dynamodb", "list_tables", "AccessDeniedException"),
        ("lambda", "list_functions", "AccessDeniedException"),
        ("events", "list_rules", "AccessDeniedException"),
        ("sqs", "list_queues", "AccessDenied"),
        ("cloudformation", "list_stacks", "AccessDenied"),
        ("iam", "list_roles", "AccessDenied"),
        ("elbv2", "describe_load_balancers", "AccessDenied"),
        ("s3", "list_buckets", "AccessDenied"),
        ("cloudwatch", "list_metrics", "AccessDenied"),
        ("ec2", "describe_vpcs", "UnauthorizedOperation"),
    ],
)
def test_a_refusal_has_the_form_of_its_protocol(
    world: World, service: str, operation: str, code: str
) -> None:
    def deny(principal: Principal, scope: Scope, request: Request) -> Verdict:
        return Verdict(False, f"{scope.service}:x", "", "User: <you> is not authorized")

    world.front.door = replace(world.front.door, authorize=deny)
    with pytest.raises(ClientError) as refused:
        getattr(world.client(service), operation)()
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, "User: <you> is not authorized")


def test_a_fault_answers_instead_of_aws(world: World) -> None:
    def throttled(principal: Principal, action: str, request: Request) -> Answer | None:
        if action != "ecs:ListClusters":
            return None
        return refuse(request, "ecs", "ThrottlingException", "Rate exceeded")

    world.front.door = replace(world.front.door, fault=throttled)
    with pytest.raises(ClientError, match="ThrottlingException"):
        world.client("ecs").list_clusters()
    assert world.client("ecs").list_task_definitions()["taskDefinitionArns"] == []


def test_an_operation_that_the_sandbox_lacks_says_so_at_once(world: World) -> None:
    with pytest.raises(ClientError, match="The sandbox does not know codecommit:GetFile"):
        world.client("codecommit").get_file(repositoryName="a", filePath="b")


def test_what_a_request_states_is_written_down(world: World) -> None:
    world.client("ecs").create_cluster(clusterName="web")
    world.client("iam").create_user(UserName="alice")
    kept = [entry.detail["params"] for entry in world.journal if entry.kind == "request"]
    assert kept[0] == {"clusterName": "web"}
    assert kept[1]["UserName"] == "alice"


def test_a_request_without_a_signature_is_refused(world: World) -> None:
    endpoint = None if world.url.startswith("https") else world.url
    unsigned = Config(signature_version=UNSIGNED)
    client = boto3.Session(region_name=REGION).client("ecs", config=unsigned, endpoint_url=endpoint)
    with pytest.raises(ClientError, match="MissingAuthenticationToken"):
        client.list_clusters()


def test_an_inline_world_reaches_no_other_host() -> None:
    with World.inline() as world:
        with pytest.raises(OutsideError, match=r"cannot send GET to example\.com"):
            urllib3.PoolManager().request("GET", "https://example.com/")
        with pytest.raises(OutsideError, match=r"cannot send POST to 127\.0\.0\.1"):
            boto3.client("ecs", endpoint_url="http://127.0.0.1:1").list_clusters()
        assert world.client("ecs").list_clusters()["clusterArns"] == []


def test_only_one_inline_world_is_open_at_a_time() -> None:
    with World.inline(), pytest.raises(RuntimeError, match="second inline world"), World.inline():
        pass


def test_worlds_one_after_another_share_nothing_and_are_alike() -> None:
    def seen() -> tuple[list[str], str]:
        with World.inline(seed=7) as world:
            before = world.client("ecs").list_clusters()["clusterArns"]
            world.client("ecs").create_cluster(clusterName="web")
            world.client("sqs").create_queue(QueueName="a")
            message = world.client("sqs").send_message(QueueUrl="a", MessageBody="x")
            return before, message["MessageId"]

    assert seen() == seen()
    assert seen()[0] == []


def test_an_inline_world_stands_still_until_it_is_moved() -> None:
    with World.inline() as world:
        assert time.time() == START == world.timeline.now
        world.advance(90)
        assert time.time() == START + 90
        queue = world.client("sqs").create_queue(QueueName="a")["QueueUrl"]
        world.client("sqs").send_message(QueueUrl=queue, MessageBody="x")
        got = world.client("sqs").receive_message(QueueUrl=queue, AttributeNames=["All"])["Messages"]
        assert got[0]["Attributes"]["SentTimestamp"] == str(int((START + 90) * 1000))
    assert time.time() != START + 90


def test_a_wait_that_ends_in_vain_says_what_was_waited_for() -> None:
    with World.inline() as world:
        world.defer(100, lambda: None)
        with pytest.raises(TimeoutError, match="the rollout did not happen within 60 s"):
            world.until(lambda: False, 60, "the rollout")


def test_a_served_world_runs_as_much_faster_as_it_is_told() -> None:
    with World.served(speed=200.0) as world:
        ran: list[float] = []
        begin = world.timeline.now
        world.defer(100, lambda: ran.append(world.timeline.now))
        world.until(lambda: ran, 200, "the action")
        assert 100 <= ran[0] - begin < 150


def test_an_error_in_a_served_world_reaches_whoever_waits_for_it() -> None:
    def broken() -> None:
        raise ValueError("a bug")

    with World.served(speed=100.0) as world:
        world.defer(1, broken)
        with pytest.raises(RuntimeError, match="a part of it failed"):
            world.until(lambda: False, 10, "never")


def test_a_test_cannot_leave_this_machine() -> None:
    with pytest.raises(ConnectionError, match=r"a test tried to reach 192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
