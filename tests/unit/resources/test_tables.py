"""The tables name every field that matters: what AWS adds is seen here before a user's plan shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from botocore.model import ServiceModel

from ecs_gitops.resources.botocore_models import loader
from ecs_gitops.resources.field import ABSENT, LetGo, Node, Table
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from tests.unit.shaped import Path, places

NOT_STATED = {"service", "forceNewDeployment"}
"""Members of UpdateService that name the service or ask for something to be done."""
WHOLE = {("containerDefinitions",), ("volumes",), ("deploymentConfiguration",)}
"""Sections in which each member has a row of its own."""
TABLES = {"RegisterTaskDefinition": TASK_DEFINITION, "CreateService": SERVICE, "UpdateService": SERVICE}


MODEL = ServiceModel(loader().load_service_model("ecs", "service-2"), "ecs")


def shape_of(operation: str) -> Any:
    return MODEL.operation_model(operation).input_shape


def find(table: Table, path: Path) -> Node | None:
    node = table.tree
    for name in path:
        if name not in node.children:
            return None
        node = node.children[name]
    return node


def without_row(table: Table, shape: Any, ignored: Collection[str] = NOT_STATED) -> Iterator[str]:
    """Fields of the request and of its big sections, and lists at any depth, that no row names."""
    for path, member in places(shape):
        needs_row = len(path) == 1 or path[:-1] in WHOLE or member.type_name == "list"
        if needs_row and path[0] not in ignored and find(table, path) is None:
            yield ".".join(path)


@pytest.mark.parametrize("operation", TABLES)
def test_every_field_of_a_request_has_a_row(operation: str) -> None:
    assert list(without_row(TABLES[operation], shape_of(operation))) == []


def test_a_field_without_a_row_is_seen() -> None:
    """The control: the same check names a field whose row is gone."""
    gone = {"stopTimeout", "desiredCount", "dnsServers"}
    short = Table(
        {place: row for place, row in TASK_DEFINITION.items() if place.rpartition(".")[2] not in gone}
    )
    assert list(without_row(short, shape_of("RegisterTaskDefinition"))) == [
        "containerDefinitions.stopTimeout",
        "containerDefinitions.dnsServers",
    ]


@pytest.mark.parametrize("operation", TABLES)
def test_every_row_is_of_a_field_that_aws_has(operation: str) -> None:
    """A misspelt row would say nothing for ever."""
    known = {path for name in TABLES for path, _ in places(shape_of(name))}
    described = {path for shape in ("TaskDefinition", "Service") for path in described_places(shape)}
    rows = {tuple(place.replace("[]", "").split(".")) for place in TABLES[operation]}
    assert rows - known - described == set()


def described_places(shape: str) -> set[Path]:
    return {path for path, _ in places(MODEL.shape_for(shape))} | {("tags",)}


def test_what_is_let_go_says_what_to_send() -> None:
    """A field that goes back, or waits for a person's word, names the value that takes it away."""
    told = {name: row.when_let_go is not LetGo.KEEP for name, row in SERVICE.items()}
    assert told == {name: row.reset is not ABSENT for name, row in SERVICE.items()}
