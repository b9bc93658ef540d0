"""A role's policies as single grants, there and back, and what a call could not do without."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.front.grants import Grant, deciding, documents, grants_of, narrowed
from sandbox.front.iam import Call

QUEUE, OTHER = "arn:aws:sqs:us-east-1:123456789012:one", "arn:aws:sqs:us-east-1:123456789012:other"
PASS = {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]}}


def a_policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def a_statement(sid: str, action: object, resource: object, **more: object) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource, **more}


def a_grant(action: str = "sqs:SendMessage", resource: str = QUEUE, **more: Any) -> Grant:
    return Grant("Role", "Work/Send", action, resource, **more)


def test_each_action_on_each_resource_for_each_value_of_a_condition_is_a_grant() -> None:
    policy = a_policy(
        a_statement("Send", ["sqs:SendMessage", "sqs:DeleteMessage"], [QUEUE, OTHER]),
        a_statement("Pass", "iam:PassRole", "arn:aws:iam::123456789012:role/tasks", Condition=PASS),
    )
    found = grants_of("Role", {"Work": policy})
    assert [(each.statement, each.action, each.resource, each.when) for each in found] == [
        ("Work/Send", "sqs:SendMessage", QUEUE, ()),
        ("Work/Send", "sqs:SendMessage", OTHER, ()),
        ("Work/Send", "sqs:DeleteMessage", QUEUE, ()),
        ("Work/Send", "sqs:DeleteMessage", OTHER, ()),
        *(
            ("Work/Pass", "iam:PassRole", "arn:aws:iam::123456789012:role/tasks", (when,))
            for when in (
                ("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"),
                ("StringEquals", "iam:PassedToService", "ecs.amazonaws.com"),
            )
        ),
    ]


def test_grants_written_as_policies_again_allow_the_same() -> None:
    policy = a_policy(
        a_statement("Send", ["sqs:SendMessage", "sqs:DeleteMessage"], [QUEUE, OTHER]),
        a_statement("Pass", "iam:PassRole", "*", Condition=PASS),
    )
    found = grants_of("Role", {"Work": policy})
    again = grants_of("Role", documents(found))
    assert [(each.action, each.resource, each.when) for each in again] == [
        (each.action, each.resource, each.when) for each in found
    ]
    assert len({each.statement for each in again}) == len(found)


@pytest.mark.parametrize(
    "stated",
    [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
        a_statement("Never", "sqs:SendMessage", "*", Effect="Deny"),
        a_statement("Most", "sqs:SendMessage", "*", NotResource=QUEUE),
    ],
)
def test_what_is_no_plain_allow_with_a_name_is_not_read_as_grants(stated: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no plain Allow with a Sid"):
        grants_of("Role", {"Work": a_policy(stated)})


def test_a_grant_decides_where_nothing_else_allows_the_same() -> None:
    one, other, all_of_them = a_grant(), a_grant(resource=OTHER), a_grant(resource=f"{QUEUE[:-3]}*")
    both = Call("sqs:SendMessage", (QUEUE, OTHER))
    assert deciding([one, other], both) == {one, other}
    assert deciding([one, all_of_them], both) == {all_of_them}
    assert deciding([one, all_of_them], Call("sqs:SendMessage", (QUEUE,))) == set()
    assert deciding([one], Call("SQS:sendmessage", (QUEUE,))) == {one}
    assert deciding([one], Call("sqs:DeleteMessage", (QUEUE,))) == set()


def test_a_condition_decides_by_the_value_that_holds() -> None:
    grants = [
        a_grant("iam:PassRole", "*", when=(("StringEquals", "iam:PassedToService", to),))
        for to in ("ecs-tasks.amazonaws.com", "ecs.amazonaws.com")
    ]
    call = Call("iam:PassRole", ("role",), {"iam:passedtoservice": ("ecs.amazonaws.com",)})
    assert deciding(grants, call) == {grants[1]}


@pytest.mark.parametrize(
    ("resource", "another"),
    [
        (QUEUE, "arn:aws:sqs:us-east-1:123456789012:another"),
        ("arn:*:ecs:*:*:service/handson/*", "arn:*:ecs:*:*:service/another/*"),
        ("arn:aws:dynamodb:r:1:table/t/index/fleet", "arn:aws:dynamodb:r:1:table/t/index/another"),
        ("arn:aws:ecr:r:1:repository/*", "arn:aws:ecr:r:1:repository/another"),
        ("arn:aws:secretsmanager:r:1:secret:*", "arn:aws:secretsmanager:r:1:secret:another"),
        ("arn:aws:logs:r:1:log-group:group:*", "arn:aws:logs:r:1:log-group:another:*"),
        ("arn:*:ssm:*:*:parameter/shop/*", "arn:*:ssm:*:*:parameter/another/*"),
        ("arn:aws:iam::1:role/tasks", "arn:aws:iam::1:role/another"),
    ],
)
def test_a_narrowed_grant_is_for_another_resource_of_the_same_kind(resource: str, another: str) -> None:
    narrower = narrowed(a_grant(resource=resource))
    assert narrower == a_grant(resource=another)


def test_where_there_is_but_a_star_nothing_is_narrower() -> None:
    assert narrowed(a_grant(resource="*")) is None
