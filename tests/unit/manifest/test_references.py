"""References are replaced by what they stand for; every other `${…}` is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import Fault, Path
from ecs_gitops.manifest.read import read
from ecs_gitops.manifest.references import distance, escaped, resolve
from ecs_gitops.model.errors import RefusedError, ThrottledError
from ecs_gitops.model.vocabulary import Reason

ANSWERS = {
    ("aws", "account"): "123456789012",
    ("cfn", "platform.Role"): "arn:aws:iam::123456789012:role/r",
    ("ecr", "web/nginx"): "123456789012.dkr.ecr.us-east-1.amazonaws.com/web/nginx",
    ("ssm", "/web/count"): "3",
    ("ssm", "/web/subnets"): "subnet-1,subnet-2",
    ("secret", "db"): "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf",
}


def look_up(namespace: str, key: str) -> str:
    if (namespace, key) not in ANSWERS:
        raise RefusedError(f"there is no {key}")
    return ANSWERS[namespace, key]


def coerce(section: str, path: Path, text: str) -> Any:
    if path[-1] == "desiredCount":
        return int(text)
    return text.split(",") if path[-1] == "subnets" else text


def resolved(document: dict[str, Any]) -> tuple[Any, list[Fault]]:
    found, faults = resolve(read("a.yaml", json.dumps(document).encode()), look_up, coerce)
    return node.plain(found), faults


def value_of(text: str, **more: Any) -> tuple[Any, list[str]]:
    plain, faults = resolved({"service": {"x": text}, **more})
    return plain["service"]["x"], [fault.message for fault in faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${cfn:platform.Role}", "arn:aws:iam::123456789012:role/r"),
        ("${ecr:web/nginx}:1", "123456789012.dkr.ecr.us-east-1.amazonaws.com/web/nginx:1"),
        ("a ${aws:account} b ${aws:account}", "a 123456789012 b 123456789012"),
        ("${secret:db}:password::", ANSWERS["secret", "db"] + ":password::"),
        ("$${cfn:platform.Role}", "${cfn:platform.Role}"),
        ("$$${aws:account}", "$${aws:account}"),
        ("${HOME}", "${HOME}"),
        ("${PORT:-8080}", "${PORT:-8080}"),
        ("${aws:-none} ${ssm:=x} ${cfn:+y} ${ecr:?z}", "${aws:-none} ${ssm:=x} ${cfn:+y} ${ecr:?z}"),
        ("$(date) $HOME $$ ${", "$(date) $HOME $$ ${"),
        ("${jvm.options:x}", "${jvm.options:x}"),
        ("${context:x}", "${context:x}"),
    ],
)
def test_a_text_is_resolved_or_left_as_it_is(text: str, value: str) -> None:
    assert value_of(text) == (value, [])


@given(st.text("${}:abcfnsm-.x", max_size=30).filter(lambda t: "$${" not in t))
def test_text_without_a_namespace_of_ours_is_never_touched(text: str) -> None:
    value, messages = value_of(text)
    assert value == text or messages or any(f"${{{name}:" in text for name in ("cfn", "ssm"))


@given(
    st.text("${}:abcfnsmtec-.x", max_size=30) | st.sampled_from(["${cfn:a.b}", "$${ssm:x}", "${tfstate:x}"])
)
def test_escaped_text_is_resolved_to_itself(text: str) -> None:
    value, _ = value_of(escaped(text))
    assert value == text


def test_a_reference_that_is_the_whole_value_takes_the_field_s_type() -> None:
    counts = {"desiredCount": "${ssm:/web/count}", "x": "${ssm:/web/count}"}
    assert resolved({"service": {**counts, "subnets": "${ssm:/web/subnets}"}}) == (
        {"service": {"desiredCount": 3, "subnets": ["subnet-1", "subnet-2"], "x": "3"}},
        [],
    )


def test_a_value_that_is_not_of_the_field_s_type_is_a_fault() -> None:
    _, [fault] = resolved({"service": {"desiredCount": "${ssm:/web/subnets}"}})
    assert fault.path == "service.desiredCount"
    assert fault.message.startswith("${ssm:/web/subnets} is 'subnet-1,subnet-2': ")


def test_values_are_texts_numbers_and_references_to_others() -> None:
    values = {"count": 2, "on": True, "image": "${ecr:web/nginx}:7"}
    assert value_of("${value:image}/${value:on}/${value:count}", values=values) == (
        ANSWERS["ecr", "web/nginx"] + ":7/true/2",
        [],
    )
    plain, faults = resolved({"service": {"desiredCount": "${value:count}"}, "values": values})
    assert (plain["service"], faults) == ({"desiredCount": 2}, [])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "cannot resolve ${value:x}: values states no x"),
        (None, "cannot resolve ${value:x}: there are no values; state x under values"),
    ],
)
def test_a_value_that_is_not_stated_is_a_fault(values: Any, message: str) -> None:
    more = {} if values is None else {"values": values}
    assert value_of("${value:x}", **more) == ("${value:x}", [message])


def test_values_cannot_refer_to_values() -> None:
    _, messages = value_of("${value:a}", values={"a": "${value:b}", "b": "1"})
    assert messages == ["cannot resolve ${value:b}: values cannot refer to values"]


def test_what_cannot_be_looked_up_is_unavailable_at_its_place() -> None:
    _, [fault] = resolved({"taskDefinition": {"containerDefinitions": [{"image": "${ecr:other}:1"}]}})
    assert fault == Fault(
        "a.yaml", 1, 47, "taskDefinition.containerDefinitions[0].image",
        "cannot resolve ${ecr:other}: there is no other", reason=Reason.REFERENCE_UNAVAILABLE,
    )  # fmt: skip


def test_a_look_up_that_may_work_in_a_moment_is_not_a_fault() -> None:
    def throttled(namespace: str, key: str) -> str:
        raise ThrottledError("cannot read")

    with pytest.raises(ThrottledError):
        resolve(read("a.yaml", b'service: {x: "${ssm:a}"}'), throttled, coerce)


def test_a_namespace_within_two_letters_of_ours_is_a_warning_and_stays() -> None:
    _, [fault] = resolved({"service": {"x": "${cnf:platform.Role}"}})
    assert fault.warning
    assert (fault.message, fault.suggestion) == (
        "${cnf:platform.Role} is left as it is",
        "${cfn:platform.Role}",
    )


def test_a_namespace_in_capitals_is_a_warning_too() -> None:
    assert value_of("${CFN:platform.Role}") == (
        "${CFN:platform.Role}",
        ["${CFN:platform.Role} is left as it is"],
    )


def test_a_reserved_namespace_is_refused() -> None:
    assert value_of("${tfstate:x}") == (
        "${tfstate:x}",
        ["${tfstate:x}: the namespace tfstate is not supported yet"],
    )


def test_our_own_keys_are_not_resolved() -> None:
    document = {"rollout": {"waitFor": ["${cfn:platform.Role}"]}, "kind": "${aws:account}"}
    assert resolved(document) == (document, [])


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_distance_counts_letters(one: str, other: str) -> None:
    found = distance(one, other)
    assert found == distance(other, one)
    assert (found == 0) == (one == other)
    assert abs(len(one) - len(other)) <= found <= max(len(one), len(other))
