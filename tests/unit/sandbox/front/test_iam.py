"""The evaluator of the sandbox's door against what IAM's documentation says of each element."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.front.conditions import holds, like
from sandbox.front.iam import Decision, Policy, decide, parse_policy

SERVICE = "arn:aws:ecs:us-east-1:123456789012:service/handson/nginx"
ROLE = "arn:aws:iam::123456789012:role/ecsHandsOnTaskExecutionRole"


def a_policy(*statements: dict[str, Any], name: str = "deploy", boundary: bool = False) -> Policy:
    return parse_policy(name, json.dumps({"Statement": list(statements)}), boundary=boundary)


def allow(action: Any = "ecs:UpdateService", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "ecs:UpdateService", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def ask(*policies: Policy, action: str = "ecs:UpdateService", **context: str) -> Decision:
    return decide(policies, action, [SERVICE], {key: (value,) for key, value in context.items()})


def test_nothing_is_allowed_without_a_policy_that_allows_it():
    reason = "because no identity-based policy allows the ecs:UpdateService action"
    assert ask() == Decision(False, "ecs:UpdateService", SERVICE, "", reason)


def test_a_refusal_is_said_in_the_words_of_aws():
    caller = "arn:aws:sts::123456789012:assumed-role/reconciler/session"
    assert ask().message(caller) == (
        "User: arn:aws:sts::123456789012:assumed-role/reconciler/session is not authorized to perform: "
        "ecs:UpdateService on resource: arn:aws:ecs:us-east-1:123456789012:service/handson/nginx "
        "because no identity-based policy allows the ecs:UpdateService action"
    )


def test_the_statement_that_allowed_is_named_by_policy_and_sid_or_position():
    named = a_policy(allow("ecs:ListServices"), allow(Sid="RollOut"))
    unnamed = a_policy(allow("ecs:ListServices"), allow())
    assert [ask(named).statement, ask(unnamed).statement] == ["deploy/RollOut", "deploy/#1"]


def test_an_explicit_deny_wins_over_any_allow():
    decision = ask(a_policy(allow(), deny(Sid="Never")))
    assert (decision.allowed, decision.statement) == (False, "deploy/Never")
    assert decision.reason == "with an explicit deny in an identity-based policy"


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("ecs:UpdateService", True),
        ("ECS:updateservice", True),
        ("ecs:Update*", True),
        ("ecs:UpdateServic?", True),
        ("ecs:*", True),
        ("*", True),
        ("ecs:UpdateServicePrimaryTaskSet", False),
        ("ecs:Describe*", False),
        (["ecs:ListServices", "ecs:UpdateService"], True),
    ],
)
def test_actions_match_with_wildcards_and_without_regard_to_case(action: Any, allowed: bool):
    assert ask(a_policy(allow(action))).allowed is allowed


def test_not_action_covers_everything_else():
    policy = a_policy({"Effect": "Allow", "NotAction": ["iam:*", "ecs:Delete*"], "Resource": "*"})
    answers = [
        ask(policy, action=one).allowed for one in ("ecs:UpdateService", "ecs:DeleteService", "iam:GetRole")
    ]
    assert answers == [True, False, False]


def test_not_resource_covers_every_other_resource():
    policy = a_policy(
        {"Effect": "Allow", "Action": "ecs:*", "NotResource": "arn:aws:ecs:*:*:service/prod/*"}
    )
    prod = "arn:aws:ecs:us-east-1:123456789012:service/prod/api"
    assert [decide([policy], "ecs:UpdateService", [one], {}).allowed for one in (SERVICE, prod)] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (SERVICE, True),
        ("*", True),
        ("arn:aws:ecs:*:*:service/handson/*", True),
        ("arn:aws:ecs:us-east-1:123456789012:service/*", True),
        ("arn:aws:ecs", True),  # an incomplete ARN is completed with *
        ("arn:aws:ecs:eu-west-1:123456789012:service/handson/*", False),
        ("arn:aws:ecs:us-east-1:210987654321:service/handson/*", False),
        ("arn:aws:ecs:us-east-1:123456789012:service/prod/*", False),
        ("arn:aws:ecs:*:service/handson/nginx", False),  # a * stays within its part
        ("arn:aws:ecs:us-east-1:123456789012:SERVICE/handson/nginx", False),
    ],
)
def test_resources_match_part_by_part(pattern: str, matches: bool):
    assert ask(a_policy(allow(resource=pattern))).allowed is matches


OF_TEAM = "arn:aws:ecs:*:*:service/${aws:PrincipalTag/team}/*"


def test_a_variable_in_a_resource_is_filled_in_from_the_request():
    policy = a_policy(allow(resource=OF_TEAM))
    assert ask(policy, **{"aws:principaltag/team": "handson"}).allowed
    assert not ask(policy, **{"aws:principaltag/team": "prod"}).allowed


def test_a_resource_with_a_variable_that_the_request_lacks_matches_nothing():
    assert not ask(a_policy(allow(resource=OF_TEAM))).allowed
    assert not ask(a_policy(allow(resource="${aws:PrincipalTag/team}"))).allowed
    assert ask(a_policy(allow(), deny(resource=OF_TEAM))).allowed
    assert ask(a_policy(allow(resource=[OF_TEAM, SERVICE]))).allowed
    assert ask(a_policy({"Effect": "Allow", "Action": "*", "NotResource": OF_TEAM})).allowed


def test_every_resource_of_a_call_must_be_allowed():
    policy = a_policy(allow("ecs:DescribeServices", SERVICE))
    other = SERVICE.replace("nginx", "shop")
    decision = decide([policy], "ecs:DescribeServices", [SERVICE, other], {})
    assert (decision.allowed, decision.resource) == (False, other)


def test_a_boundary_limits_and_allows_nothing_itself():
    boundary = a_policy(allow("ecs:*"), name="limit", boundary=True)
    narrow = a_policy(allow("ecs:Describe*"), name="limit", boundary=True)
    own = a_policy(allow())
    assert [ask(boundary).allowed, ask(boundary, own).allowed, ask(narrow, own).allowed] == [
        False,
        True,
        False,
    ]
    assert ask(narrow, own).reason == "because no permissions boundary allows the ecs:UpdateService action"
    denying = a_policy(allow("*"), deny(), name="limit", boundary=True)
    assert ask(denying, own).reason == "with an explicit deny in a permissions boundary"


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringEquals": {"k": "a"}}, {"k": ("a",)}, True),
        ({"StringEquals": {"K": ["b", "a"]}}, {"k": ("a",)}, True),
        ({"StringEquals": {"k": "A"}}, {"k": ("a",)}, False),
        ({"StringEquals": {"k": "a*"}}, {"k": ("abc",)}, False),
        ({"StringEquals": {"k": "a"}}, {}, False),
        ({"StringEqualsIgnoreCase": {"k": "A"}}, {"k": ("a",)}, True),
        ({"StringLike": {"k": "a*c"}}, {"k": ("abc",)}, True),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": ("c",)}, True),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": ("b",)}, False),
        ({"StringNotEquals": {"k": "a"}}, {}, True),
        ({"StringNotLike": {"k": "a*"}}, {"k": ("abc",)}, False),
        (
            {"ArnEquals": {"k": "arn:aws:ecs:*:*:cluster/h*"}},
            {"k": ("arn:aws:ecs:r:1:cluster/handson",)},
            True,
        ),
        (
            {"ArnLike": {"k": "arn:aws:ecs:*:*:cluster/p*"}},
            {"k": ("arn:aws:ecs:r:1:cluster/handson",)},
            False,
        ),
        ({"ArnNotLike": {"k": "arn:aws:ecs:*:*:cluster/p*"}}, {"k": ("arn:aws:ecs:r:1:cluster/h",)}, True),
        ({"Bool": {"k": True}}, {"k": ("true",)}, True),
        ({"Bool": {"k": "false"}}, {"k": ("true",)}, False),
        ({"Null": {"k": "true"}}, {}, True),
        ({"Null": {"k": True}}, {"k": ("a",)}, False),
        ({"Null": {"k": "false"}}, {"k": ("a",)}, True),
        ({"NumericLessThanEquals": {"k": 256}}, {"k": ("256",)}, True),
        ({"NumericGreaterThan": {"k": 256}}, {"k": ("256",)}, False),
        ({"StringEqualsIfExists": {"k": "a"}}, {}, True),
        ({"StringEqualsIfExists": {"k": "a"}}, {"k": ("b",)}, False),
        ({"ForAnyValue:StringEquals": {"k": ["a"]}}, {"k": ("a", "b")}, True),
        ({"ForAnyValue:StringEquals": {"k": ["a"]}}, {}, False),
        ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ("a", "b")}, True),
        ({"ForAllValues:StringEquals": {"k": ["a"]}}, {"k": ("a", "b")}, False),
        ({"ForAllValues:StringEquals": {"k": ["a"]}}, {}, True),
        ({"ForAllValues:StringNotEquals": {"k": ["a"]}}, {"k": ("b", "c")}, True),
        ({"ForAnyValue:StringNotEquals": {"k": ["a"]}}, {"k": ("a", "c")}, True),
        ({"StringEquals": {"k": "a", "l": "b"}}, {"k": ("a",), "l": ("c",)}, False),
        ({"StringEquals": {"k": "a"}, "Bool": {"l": "true"}}, {"k": ("a",), "l": ("true",)}, True),
        (
            {"StringEquals": {"k": "${aws:PrincipalAccount}"}},
            {"k": ("1",), "aws:principalaccount": ("1",)},
            True,
        ),
        ({"StringEquals": {"k": "${aws:PrincipalTag/team}"}}, {"k": ("",)}, False),
        ({"StringEquals": {"k": "${aws:PrincipalTag/team, 'all'}"}}, {"k": ("all",)}, True),
        ({"StringLike": {"k": "a${*}c"}}, {"k": ("abc",)}, False),
        ({"StringLike": {"k": "a${*}c"}}, {"k": ("a*c",)}, True),
    ],
)
def test_conditions_hold_as_iam_says(condition: Any, context: Any, expected: bool):
    assert holds(condition, context) is expected


def test_a_condition_operator_that_is_not_judged_refuses_and_says_so():
    decision = ask(a_policy(allow(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})))
    assert (decision.allowed, decision.reason) == (
        False,
        "because the sandbox does not judge the condition operator IpAddress",
    )


def test_pass_role_is_bound_to_the_service_it_is_passed_to():
    policy = a_policy(
        allow(
            "iam:PassRole",
            ROLE,
            Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        )
    )

    def passed(to: str) -> bool:
        return decide([policy], "iam:PassRole", [ROLE], {"iam:passedtoservice": (to,)}).allowed

    assert [passed("ecs-tasks.amazonaws.com"), passed("lambda.amazonaws.com")] == [True, False]


@given(st.text(alphabet="ab*?.[]", max_size=8), st.text(alphabet="ab.[]", max_size=8))
def test_a_pattern_means_what_a_plain_matcher_of_stars_says(glob: str, text: str):
    def matches(pattern: str, rest: str) -> bool:
        if not pattern:
            return not rest
        if pattern[0] == "*":
            return any(matches(pattern[1:], rest[at:]) for at in range(len(rest) + 1))
        return bool(rest) and pattern[0] in ("?", rest[0]) and matches(pattern[1:], rest[1:])

    assert like(glob, text) is matches(glob, text)


_EFFECTS = st.sampled_from([allow, deny])
_PATTERNS = st.sampled_from(
    ["*", SERVICE, "arn:aws:ecs:*:*:service/handson/*", "arn:aws:ecs:*:*:service/prod/*"]
)
_STATEMENTS = st.builds(
    lambda effect, action, resource: effect(action, resource),
    _EFFECTS,
    st.sampled_from(["ecs:UpdateService", "ecs:*", "ecs:Describe*", "*"]),
    _PATTERNS,
)


@given(st.lists(_STATEMENTS, max_size=6), st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order_of_statements(
    statements: list[dict[str, Any]], random: Any
):
    shuffled = random.sample(statements, len(statements))
    assert ask(a_policy(*statements)).allowed is ask(a_policy(*shuffled)).allowed


@given(st.lists(_STATEMENTS, max_size=6), _STATEMENTS)
def test_one_more_deny_never_allows_and_one_more_allow_never_refuses(
    statements: list[Any], one: dict[str, Any]
):
    before, after = ask(a_policy(*statements)).allowed, ask(a_policy(*statements, one)).allowed
    assert after <= before if one["Effect"] == "Deny" else after >= before
