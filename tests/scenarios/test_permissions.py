"""What the template grants is what decided at the door: nothing more, and nothing that goes unsaid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.front.grants import Grant
from tests.scenarios.permissions.losses import loss, removed
from tests.scenarios.permissions.only_aws import as_table
from tests.scenarios.permissions.rights import Played, Rights, faults, recorded
from tests.scenarios.permissions.setting import FUNCTIONS
from tests.scenarios.permissions.walk import WALK
from tests.scenarios.stage import Stage

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
PUSH = WALK[0]


@pytest.fixture(scope="module")
def played() -> list[Played]:
    """The whole walk, with everything on that the template can grant."""
    return [recorded(scenario) for scenario in WALK]


def test_what_is_granted_is_what_decided_at_least_once(played: list[Played]) -> None:
    assert faults(played) == []
    assert {grant.role for each in played for grant in each.granted} >= {
        f"{function}Role" for function in FUNCTIONS
    }


def of_reconciler(grants: Iterable[Grant], sid: str, action: str) -> Grant:
    """The one grant of the reconciler with this statement and action."""
    named = [each for each in grants if each.statement.endswith(f"/{sid}") and each.action == action]
    (found,) = [each for each in named if each.role == "ReconcilerRole"]
    return found


def test_a_right_too_many_is_named(played: list[Played]) -> None:
    """The control: the deployed role holds one more, and the rest of the walk is as it was."""

    def too_many(stage: Stage) -> None:
        rights = Rights.of(stage)
        kept = rights.of_role("ReconcilerRole")
        records = of_reconciler(kept, "KeepRecords", "dynamodb:PutItem")
        rights.give("ReconcilerRole", [*kept, replace(records, action="dynamodb:DeleteItem")])

    with_one_more = recorded(PUSH, too_many)
    (said,) = [each for each in faults([with_one_more, *played]) if "dynamodb:DeleteItem" in each]
    assert said.startswith("granted, and never needed: ReconcilerRole Observe/KeepRecords")
    assert said.endswith("table/${Table}")


def test_of_two_rights_that_allow_the_same_neither_counts_as_needed() -> None:
    def twice(stage: Stage) -> None:
        rights = Rights.of(stage)
        kept = rights.of_role("ReconcilerRole")
        create = of_reconciler(kept, "ChangeServices", "ecs:CreateService")
        rights.give("ReconcilerRole", [*kept, replace(create, resource="*")])

    ours = recorded(PUSH, twice).ours
    assert any(grant.action == "ecs:RegisterTaskDefinition" for grant in ours)
    assert [grant for grant in ours if grant.action == "ecs:CreateService"] == []


def test_a_right_too_few_is_noticed(played: list[Played]) -> None:
    create = of_reconciler(played[0].granted, "ChangeServices", "ecs:CreateService")
    found = loss(PUSH, create, removed)
    assert found is not None
    assert found.refused == ("ecs:CreateService",)
    assert "is not authorized to perform: ecs:CreateService" in found.told
    assert loss(PUSH, create, lambda grant: grant) is None  # taken away and given back
    without = [replace(each, ours=each.ours - {create}) for each in played]
    assert faults(without) == [f"granted, and never needed: {create}"]


def test_a_reason_that_is_not_needed_any_more_is_named(played: list[Played]) -> None:
    log = next(grant for grant in played[0].theirs if grant.action == "logs:PutLogEvents")
    by_us = [replace(each, ours=each.ours | {log}) for each in played]
    assert faults(by_us) == [f"said to be AWS's alone, and the controller uses it: {log}"]
    gone = [
        replace(each, granted=tuple(grant for grant in each.granted if "Logs" not in grant.statement))
        for each in played
    ]
    assert "a reason is given for what is not granted: " + (
        "Lambda writes what the function prints to its log group"
    ) in faults(gone)


def test_the_list_of_what_only_aws_needs_is_in_the_documentation() -> None:
    assert "\n".join(as_table()) in SECURITY.read_text("utf-8")
