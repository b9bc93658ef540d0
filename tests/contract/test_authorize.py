"""Roles as IAM keeps them, requests as boto3 sends them: who may pass the door, and what a refusal says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.front.people import Credentials, assume
from sandbox.front.policies import guard
from sandbox.front.server import Verdict
from sandbox.front.who import Principal, scope_of
from sandbox.front.wsgi import Request
from sandbox.world.world import World
from tests.contract.wire import EXECUTION_ROLE, SERVICE, on_the_wire

ACCOUNT = "123456789012"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/state"
ROLL_OUT = {"Sid": "RollOut", "Effect": "Allow", "Action": "ecs:UpdateService", "Resource": SERVICE}
READ = {"Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
RECONCILER = Principal(
    "role",
    "reconciler",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/reconciler/session",
    f"arn:aws:iam::{ACCOUNT}:role/reconciler",
)
ADMIN = Principal("admin", "admin", f"arn:aws:iam::{ACCOUNT}:root")


def a_document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def update(cluster: str = "handson", **more: Any) -> Request:
    return on_the_wire("ecs", "update_service", cluster=cluster, service="nginx", **more)


def ask(request: Request, principal: Principal = RECONCILER) -> Verdict:
    scope = scope_of(request)
    assert scope is not None
    return guard(ACCOUNT, "us-east-1")(principal, scope, request)


ROLL = update()
SCALE = update(desiredCount=2)
ELSEWHERE = update("prod")
WITH_REVISION = update(taskDefinition="nginx-task")
WHO_AM_I = on_the_wire("sts", "get_caller_identity")
TOKEN = on_the_wire("ecr", "get_authorization_token")


@pytest.fixture
def iam() -> Iterator[Any]:
    with mock_aws():
        yield an_iam()


@pytest.fixture
def iam_with_managed_policies() -> Iterator[Any]:
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        yield an_iam()


def an_iam() -> Any:
    """A client, and one role that may nothing yet."""
    client = boto3.client("iam", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.create_role(RoleName="reconciler", AssumeRolePolicyDocument=a_document(TRUST))
    return client


def grant(iam: Any, statement: Any, name: str = "deploy") -> None:
    iam.put_role_policy(RoleName="reconciler", PolicyName=name, PolicyDocument=a_document(statement))


def test_a_role_passes_by_the_statement_of_its_policy(iam: Any):
    grant(iam, ROLL_OUT)
    assert ask(ROLL) == Verdict(True, "ecs:UpdateService", "deploy/RollOut", "")


def test_a_role_without_the_right_is_refused_in_the_words_of_aws(iam: Any):
    grant(iam, ROLL_OUT)
    assert ask(ELSEWHERE) == Verdict(
        False,
        "ecs:UpdateService",
        "",
        "User: arn:aws:sts::123456789012:assumed-role/reconciler/session is not authorized to perform: "
        "ecs:UpdateService on resource: arn:aws:ecs:us-east-1:123456789012:service/prod/nginx "
        "because no identity-based policy allows the ecs:UpdateService action",
    )


def test_a_policy_that_changes_is_obeyed_at_the_next_request(iam: Any):
    grant(iam, ROLL_OUT)
    before = ask(ROLL).allowed
    grant(iam, READ)
    between = ask(ROLL).allowed
    iam.delete_role_policy(RoleName="reconciler", PolicyName="deploy")
    iam.delete_role(RoleName="reconciler")
    assert (before, between, ask(ROLL).allowed) == (True, False, False)


def test_managed_policies_count_those_of_aws_and_our_own(iam_with_managed_policies: Any):
    iam = iam_with_managed_policies
    refused = ask(TOKEN).allowed
    iam.attach_role_policy(RoleName="reconciler", PolicyArn=MANAGED)
    assert (refused, ask(TOKEN).statement) == (False, "AmazonECSTaskExecutionRolePolicy/#0")
    own = iam.create_policy(PolicyName="own", PolicyDocument=a_document(ROLL_OUT))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="reconciler", PolicyArn=own)
    assert ask(ROLL).statement == "own/RollOut"


def test_a_boundary_takes_away_what_it_does_not_allow(iam: Any):
    grant(iam, ROLL_OUT)
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=a_document(READ))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="reconciler", PermissionsBoundary=limit)
    assert ask(ROLL).message.endswith("because no permissions boundary allows the ecs:UpdateService action")
    iam.delete_role_permissions_boundary(RoleName="reconciler")
    assert ask(ROLL).allowed


def test_using_a_task_definition_needs_the_right_to_pass_its_roles(iam: Any):
    grant(iam, ROLL_OUT)
    ecs = boto3.client("ecs", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    ecs.register_task_definition(
        family="nginx-task",
        executionRoleArn=EXECUTION_ROLE,
        containerDefinitions=[{"name": "nginx", "image": "nginx", "memory": 128}],
    )
    refused = ask(WITH_REVISION)
    assert refused.message == (
        f"User: {RECONCILER.arn} is not authorized to perform: iam:PassRole on resource: {EXECUTION_ROLE} "
        "because no identity-based policy allows the iam:PassRole action"
    )
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": EXECUTION_ROLE}
    to_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    grant(iam, {**passing, "Condition": to_tasks}, name="pass")
    assert ask(WITH_REVISION) == Verdict(True, "ecs:UpdateService", "deploy/RollOut", "")
    assert ask(SCALE).allowed  # passes no role, needed none


def test_the_administrator_and_the_question_who_am_i_need_no_policy(iam: Any):
    assert [ask(ROLL, ADMIN).allowed, ask(WHO_AM_I).allowed, ask(ROLL).allowed] == [True, True, False]


def test_a_user_has_the_policies_of_its_groups(iam: Any):
    iam.create_user(UserName="alice")
    alice = Principal("user", "alice", f"arn:aws:iam::{ACCOUNT}:user/alice")
    refused = ask(ROLL, alice).allowed
    iam.create_group(GroupName="deployers")
    iam.put_group_policy(GroupName="deployers", PolicyName="deploy", PolicyDocument=a_document(ROLL_OUT))
    iam.add_user_to_group(GroupName="deployers", UserName="alice")
    assert (refused, ask(ROLL, alice).allowed) == (False, True)


def a_session(world: World, statement: dict[str, Any]) -> Credentials:
    world.client("iam").create_role(RoleName="reconciler", AssumeRolePolicyDocument=a_document(TRUST))
    grant(world.client("iam"), statement)
    return assume(RECONCILER.role_arn, "session", account=ACCOUNT, region="us-east-1")


def test_the_door_of_a_world_refuses_a_session_and_names_the_statement_that_let_one_pass():
    statement = {"Sid": "State", "Effect": "Allow", "Action": "dynamodb:DescribeTable", "Resource": TABLE}
    with World.inline() as world:
        session = a_session(world, statement)
        for name in ("state", "other"):
            world.client("dynamodb").create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        client = world.client("dynamodb", credentials=session)
        assert client.describe_table(TableName="state")["Table"]["TableName"] == "state"
        with pytest.raises(ClientError) as refused:
            client.describe_table(TableName="other")
        asked = [one.detail for one in world.journal if one.kind == "request"][-2:]
    assert refused.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": (
            f"User: {RECONCILER.arn} is not authorized to perform: dynamodb:DescribeTable "
            f"on resource: {TABLE.replace('state', 'other')} "
            "because no identity-based policy allows the dynamodb:DescribeTable action"
        ),
    }
    assert [(one["allowed"], one["statement"]) for one in asked] == [(True, "deploy/State"), (False, "")]


def test_the_door_of_a_world_knows_the_roles_of_a_task_definition():
    with World.inline() as world:
        session = a_session(world, ROLL_OUT)
        world.client("ecs").create_cluster(clusterName="handson")
        world.client("ecs").register_task_definition(
            family="nginx-task",
            executionRoleArn=EXECUTION_ROLE,
            containerDefinitions=[{"name": "nginx", "image": "nginx", "memory": 128}],
        )
        with pytest.raises(ClientError, match=f"iam:PassRole on resource: {EXECUTION_ROLE}"):
            world.client("ecs", credentials=session).update_service(
                cluster="handson", service="nginx", taskDefinition="nginx-task"
            )
