"""Requests against botocore's model: what a field is called, which type it has, what it may hold."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given

from ecs_gitops.resources.finding import Finding
from ecs_gitops.resources.shape import Shapes, load
from tests.unit.builders import a_task_definition
from tests.unit.strategies import SERVICES, TASK_DEFINITIONS

REGISTER = "RegisterTaskDefinition"
CREATE = "CreateService"
PLACED = ("cluster", "serviceName", "taskDefinition")
FIRST = ("containerDefinitions", 0)


@cache
def shapes() -> Shapes:
    return load()


def in_container(**fields: Any) -> dict[str, Any]:
    return {"family": "web", "containerDefinitions": [{"name": "web", **fields}]}


def test_a_good_request_has_no_finding() -> None:
    assert shapes().check(REGISTER, a_task_definition()) == []
    assert shapes().check(CREATE, {"desiredCount": 0}, omit=PLACED) == []


@pytest.mark.parametrize(
    ("document", "finding"),
    [
        (
            in_container(imgae="nginx:1"),
            Finding((*FIRST, "imgae"), "is no field that AWS knows", suggestion="image"),
        ),
        (
            in_container(Image="nginx:1"),
            Finding((*FIRST, "Image"), "is no field that AWS knows", suggestion="image"),
        ),
        (in_container(zzz=1), Finding((*FIRST, "zzz"), "is no field that AWS knows")),
        (in_container(cpu="256"), Finding((*FIRST, "cpu"), "is text ('256')", "a whole number")),
        (in_container(cpu=0.5), Finding((*FIRST, "cpu"), "is a number (0.5)", "a whole number")),
        (in_container(cpu=True), Finding((*FIRST, "cpu"), "is true or false (True)", "a whole number")),
        (
            in_container(essential=1),
            Finding((*FIRST, "essential"), "is a whole number (1)", "true or false"),
        ),
        (in_container(command="serve"), Finding((*FIRST, "command"), "is text ('serve')", "a list")),
        (in_container(command=["a", None]), Finding((*FIRST, "command", 1), "is empty", "text")),
        (in_container(healthCheck=[]), Finding((*FIRST, "healthCheck"), "is a list", "a map")),
        (
            in_container(dockerLabels={"team": 1}),
            Finding((*FIRST, "dockerLabels", "team"), "is a whole number (1)", "text"),
        ),
        (
            in_container(secrets=[{"name": "A"}]),
            Finding((*FIRST, "secrets", 0), "lacks valueFrom", "valueFrom"),
        ),
        ({"family": "web"}, Finding((), "lacks containerDefinitions", "containerDefinitions")),
        (
            {**a_task_definition(), "networkMode": "awsvcp"},
            Finding(
                ("networkMode",),
                "is 'awsvcp', which botocore does not know",
                "one of bridge, host, awsvpc, none",
                "awsvpc",
                warning=True,
            ),
        ),
        (
            {**a_task_definition(), "tags": [{"key": "", "value": "x"}]},
            Finding(("tags", 0, "key"), "is 0 long", "at least 1"),
        ),
        (
            in_container(memory=2**31),
            Finding((*FIRST, "memory"), "is 2147483648", "a whole number of 32 bits"),
        ),
        (
            {**a_task_definition(), "tags": [{"key": "x" * 129}]},
            Finding(("tags", 0, "key"), "is 129 long", "at most 128", warning=True),
        ),
    ],
)
def test_a_fault_is_named_at_its_place(document: Any, finding: Finding) -> None:
    assert shapes().check(REGISTER, document) == [finding]


def test_every_fault_is_found() -> None:
    found = shapes().check(REGISTER, in_container(cpu="1", memory="2", nmae="x"))
    assert [finding.path[-1] for finding in found] == ["cpu", "memory", "nmae"]


def test_a_section_that_is_no_map_is_one_fault() -> None:
    assert shapes().check(CREATE, ["x"], omit=PLACED) == [Finding((), "is a list", "a map")]


def test_what_the_place_of_the_file_says_is_not_stated_again() -> None:
    message = "is not stated here: it follows from the file's place and sections"
    document = {"serviceName": "web", "desiredCount": 1}
    assert shapes().check(CREATE, document, omit=PLACED) == [Finding(("serviceName",), message)]
    assert shapes().check(CREATE, document) == []


def test_a_free_document_holds_anything() -> None:
    hook = {"lifecycleStages": ["POST_SCALE_UP"], "hookDetails": {"any": [1, {"thing": None}]}}
    assert (
        shapes().check(CREATE, {"deploymentConfiguration": {"lifecycleHooks": [hook]}}, omit=PLACED) == []
    )


@given(TASK_DEFINITIONS)
def test_drawn_task_definitions_are_requests(document: dict[str, Any]) -> None:
    """The other tests draw what AWS would be sent, give or take what a container must have."""
    found = shapes().check(REGISTER, document)
    assert [finding for finding in found if not finding.message.startswith("lacks")] == []


@given(SERVICES)
def test_drawn_services_are_requests(document: dict[str, Any]) -> None:
    document.pop("newFieldOfTomorrow", None)
    assert shapes().check(CREATE, document, omit=PLACED) == []


@pytest.mark.parametrize(
    ("operation", "path", "text", "value"),
    [
        (CREATE, ("desiredCount",), "3", 3),
        (CREATE, ("desiredCount",), "0", 0),
        (CREATE, ("enableExecuteCommand",), "true", True),
        (CREATE, ("enableExecuteCommand",), "False", False),
        (CREATE, ("networkConfiguration", "awsvpcConfiguration", "subnets"), "a, b,,c", ["a", "b", "c"]),
        (CREATE, ("networkConfiguration", "awsvpcConfiguration", "subnets", 0), "a,b", "a,b"),
        (CREATE, ("deploymentConfiguration", "linearConfiguration", "stepPercent"), "2.5", 2.5),
        (REGISTER, (*FIRST, "image"), "123", "123"),
        (REGISTER, (*FIRST, "dockerLabels", "build"), "7", "7"),
        (REGISTER, (*FIRST, "portMappings", 0, "containerPort"), "80", 80),
        (REGISTER, ("noSuchField", "x"), "80", "80"),
        (REGISTER, ("family", "deeper"), "80", "80"),
    ],
)
def test_a_whole_reference_takes_the_type_of_its_field(
    operation: str, path: Any, text: str, value: Any
) -> None:
    coerced = shapes().coerce(operation, path, text)
    assert (coerced, type(coerced)) == (value, type(value))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("desiredCount",), "expected a whole number, not 'two'"),
        (("enableExecuteCommand",), "expected true or false, not 'two'"),
        (("networkConfiguration",), "expected a map, not text"),
        (("loadBalancers",), "expected a list, not text"),
    ],
)
def test_text_that_cannot_be_it_is_refused(path: Any, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        shapes().coerce(CREATE, path, "two")


def test_what_aws_described_becomes_a_request() -> None:
    described = {
        "family": "web",
        "revision": 7,
        "taskDefinitionArn": "arn",
        "taskRoleArn": None,
        "containerDefinitions": [{"name": "web", "imgae": "x", "cpu": 0, "command": None, "links": []}],
        "requiresAttributes": [{"name": "x"}],
    }
    stripped, notices = shapes().strip_output_only(described, REGISTER)
    assert stripped == {
        "family": "web",
        "containerDefinitions": [{"name": "web", "imgae": "x", "cpu": 0, "links": []}],
    }
    null, output_only = "is null and was left out", "is only in AWS's answers and was left out"
    assert notices == [
        Finding(("revision",), output_only, warning=True),
        Finding(("taskDefinitionArn",), output_only, warning=True),
        Finding(("taskRoleArn",), null, warning=True),
        Finding((*FIRST, "command"), null, warning=True),
        Finding(("requiresAttributes",), output_only, warning=True),
    ]


def test_a_described_service_becomes_a_request() -> None:
    described = {
        "serviceName": "web",
        "runningCount": 2,
        "platformFamily": "Linux",
        "desiredCount": 2,
        "events": [],
    }
    stripped, notices = shapes().strip_output_only(described, CREATE)
    assert stripped == {"serviceName": "web", "desiredCount": 2}
    assert len(notices) == 3


def test_a_request_is_left_as_it_is() -> None:
    assert shapes().strip_output_only(a_task_definition(), REGISTER) == (a_task_definition(), [])
