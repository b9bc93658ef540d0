"""The fidelity report counts from the tables, and a row that is wrong or left out lowers the count."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecs_gitops.resources.field import Field, Table
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from sandbox.proofs.fidelity import report
from sandbox.proofs.fidelity.ground import Ground
from sandbox.proofs.fidelity.left_out import LEFT_OUT
from sandbox.proofs.fidelity.rows import canonical_rows
from sandbox.proofs.fidelity.shown import Tally
from sandbox.services.ecs.refusals.every import REFUSALS
from sandbox.world.world import World


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with World.inline() as world:
        yield Ground(world)


def test_every_row_of_both_tables_comes_back_as_it_went(ground: Ground) -> None:
    tally = canonical_rows(ground)
    assert tally == Tally(len(TASK_DEFINITION) + len(SERVICE), ())


@pytest.mark.parametrize(
    "place",
    [
        "containerDefinitions[].essential",
        "containerDefinitions[].healthCheck.retries",
        "containerDefinitions[].environment",
        "cpu",
    ],
)
def test_a_row_of_a_task_definition_that_is_wrong_lowers_the_count(ground: Ground, place: str) -> None:
    """The control: one row forgotten, and the count is no longer whole."""
    broken = Table(_around(TASK_DEFINITION, place) | {place: Field()})
    tally = canonical_rows(ground, task=broken, service=Table({}))
    assert tally.held < tally.total
    assert any(miss.startswith(f"taskDefinition.{place}: ") for miss in tally.misses)


def test_a_row_of_a_service_that_is_wrong_lowers_the_count(ground: Ground) -> None:
    place = "networkConfiguration.awsvpcConfiguration.assignPublicIp"
    broken = Table({**_around(SERVICE, place), place: Field()})
    tally = canonical_rows(ground, task=Table({}), service=broken)
    assert any(miss.startswith(f"service.{place}: a plan would change") for miss in tally.misses)


def _around(table: Table, place: str) -> dict[str, Field]:
    """The rows that a request with this place needs; the others would only cost time."""
    top = place.split("[]")[0].split(".")[0]
    return {name: row for name, row in table.items() if name.startswith(top) or "." not in name}


def test_the_report_says_both_counts_and_what_is_left_out_and_why(ground: Ground) -> None:
    said: list[str] = []
    assert report.show(ground, said.append) == 0
    assert [line for line in said if " of " in line and not line.startswith(" ")][:2] == [
        f"refusals: {len(REFUSALS)} of {len(REFUSALS)}",
        f"canonical: {len(TASK_DEFINITION) + len(SERVICE)} of {len(TASK_DEFINITION) + len(SERVICE)}",
    ]
    assert f"left out: {len(LEFT_OUT)}" in said
    assert all(item.about and item.rule and item.why for item in LEFT_OUT)


def test_a_miss_is_said_with_its_reason() -> None:
    assert report.lines("refusals", Tally(2, ("ecs-x: no",))) == ["refusals: 1 of 2", "  not so: ecs-x: no"]
