"""What ECS shall be: Git's newest, or its in-place part over the revision that succeeded last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.compare.statement import statement
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.record import Quarantined, Record, Succeeded
from ecs_gitops.resources.statement_parts import in_place_fields, revision_fields
from ecs_gitops.rollout.target import Target, for_creation, is_quarantined, target
from tests.unit.builders import (
    ARN,
    a_desired,
    a_record,
    a_statement,
    a_success,
    a_task_definition,
)
from tests.unit.strategies import BALANCER, SERVICES, TASK_DEFINITIONS

ROLE = {"taskRoleArn": "arn:aws:iam::123456789012:role/task"}
V1 = a_statement(commit="1111111", service={"desiredCount": 2, "platformVersion": "1.4.0"})
V2 = a_statement(
    commit="2222222", task_definition=a_task_definition("nginx:2"), service={"desiredCount": 5}
)
ENTRY = Quarantined(V2.revision, V2.commit, "It failed.", 1.0)


FIRST = a_success(V1)


def failed(*digests: str, succeeded: Succeeded | None = FIRST, applied: Stated = V1) -> Record:
    entries = tuple(replace(ENTRY, digest=digest) for digest in digests)
    return a_record(applied, succeeded=succeeded, quarantine=entries)


def wanted(newest: Stated, record: Record) -> Target:
    found = target(a_desired(newest), record)
    assert found is not None
    return found


def test_without_a_statement_there_is_nothing_to_be() -> None:
    assert target(replace(a_desired(V2), stated=None), failed()) is None


def test_git_s_newest_is_wanted_while_its_revision_never_failed() -> None:
    for record in (failed(), failed(V1.revision), failed("r1:other", succeeded=None)):
        assert wanted(V2, record) == Target(V2)
        assert wanted(V2, record).is_newest
    assert not is_quarantined(V2, failed(V1.revision))
    assert is_quarantined(replace(V2, commit="3333333"), failed("r1:other", V2.revision))


def test_what_failed_is_replaced_by_what_succeeded_under_the_newest_part_in_place() -> None:
    found = wanted(V2, failed(V2.revision))
    assert (found.fallback, found.leaves_revision, found.is_newest) == (a_success(V1), False, False)
    assert found.stated.service == {"platformVersion": "1.4.0", "desiredCount": 5}
    assert found.stated.task_definition == V1.task_definition
    assert (found.stated.revision, found.stated.since) == (V1.revision, V1.commit)
    assert found.stated.commit == V2.commit


def test_a_fallback_that_nobody_stated_is_known_by_its_revision() -> None:
    """Its ARN names it, so that what failed is told apart from it though both have the same fields."""
    unnamed = replace(a_success(V1), digest="", commit="")
    found = wanted(V2, failed(V2.revision, succeeded=unnamed))
    assert (found.stated.revision, found.stated.since) == (f"{ARN}:1", "")
    assert found.fallback == unnamed


@pytest.mark.parametrize(
    "record",
    [
        failed(V2.revision, succeeded=None),
        failed(V2.revision, V1.revision),
        failed(V2.revision, f"{ARN}:1", succeeded=replace(a_success(V1), digest="")),
    ],
    ids=["nothing succeeded", "it failed since", "it failed since, by its ARN"],
)
def test_without_a_fallback_the_revision_is_left_as_it_is(record: Record) -> None:
    found = wanted(V2, record)
    assert (found.fallback, found.leaves_revision, found.is_newest) == (None, True, False)
    assert (found.stated.task_definition, found.stated.service) == (None, {"desiredCount": 5})
    assert found.stated.commit == V2.commit


def test_sections_that_git_does_not_state_are_never_touched() -> None:
    bare = a_statement(commit="2222222", task_definition=V2.task_definition, bare=True)
    assert wanted(bare, failed(bare.revision)).stated.service is None
    assert wanted(bare, failed(bare.revision, succeeded=None)).stated.service is None
    fields = statement("2222222", None, {"networkConfiguration": {}})
    found = wanted(fields, failed(fields.revision))
    assert (found.stated.task_definition, found.stated.service) == (None, {"platformVersion": "1.4.0"})


STATEMENTS = st.builds(lambda task, service: statement("c", task, service), TASK_DEFINITIONS, SERVICES)


@given(STATEMENTS, STATEMENTS)
def test_each_part_is_of_one_statement(newest: Stated, old: Stated) -> None:
    record = failed(newest.revision, succeeded=a_success(old), applied=old)
    found = wanted(newest, record)
    if newest.revision == old.revision:
        assert found.leaves_revision
        return
    service = dict(found.stated.service or {})
    assert revision_fields(service) == revision_fields(old.service or {})
    assert in_place_fields(service) == in_place_fields(newest.service or {})
    assert (found.stated.revision, found.stated.in_place) == (old.revision, newest.in_place)


# A service made anew with an older revision


def made(old: dict[str, Any], new: dict[str, Any], told: dict[str, Any] | None, *roles: Any) -> Any:
    """The service section of what is created, with `told` as what was applied before."""
    one, other = roles or ({}, {})
    before = a_statement(commit="1", task_definition=a_task_definition(**one), service=old)
    newest = a_statement(commit="2", task_definition=a_task_definition("nginx:2", **other), service=new)
    record = failed(newest.revision, succeeded=a_success(before))
    applied = None if told is None else a_statement(service=told)
    found = for_creation(newest, wanted(newest, record), applied)
    assert (found.revision, found.since, found.commit) == (before.revision, "1", "2")
    assert found.task_definition == before.task_definition
    return found.service


GRACE = "healthCheckGracePeriodSeconds"
BALANCED = {"loadBalancers": [BALANCER]}


def test_what_rests_on_what_an_older_revision_lacks_is_as_it_was_last_told() -> None:
    new = {"desiredCount": 5, GRACE: 60, **BALANCED}
    assert made({}, new, {GRACE: 10}) == {"desiredCount": 5, GRACE: 10}
    assert made({}, new, {}) == {"desiredCount": 5}
    assert made({}, new, None) == {"desiredCount": 5}
    assert made(BALANCED, new, {GRACE: 10}) == new  # the control: the older one has it too
    other = {"loadBalancers": [{**BALANCER, "containerPort": 81}]}
    assert made(other, new, {GRACE: 10}) == {"desiredCount": 5, GRACE: 10, **other}
    assert made(BALANCED, {GRACE: 60}, {GRACE: 10}) == {GRACE: 10, **BALANCED}


def test_a_command_rests_on_the_role_of_its_tasks() -> None:
    new = {"enableExecuteCommand": True}
    assert made({}, new, None, {}, ROLE) == {}
    assert made({}, new, None, ROLE, ROLE) == new
    assert made({}, new, None) == new


def test_the_controller_rests_on_the_whole_revision() -> None:
    new = {"deploymentController": {"type": "ECS"}, "desiredCount": 1}
    assert made({}, new, None) == {"desiredCount": 1}


def test_an_older_revision_of_which_only_the_task_definition_is_known_is_created_so() -> None:
    """Somebody else began it before we followed: it is known by its ARN, and no field of the service."""
    unknown = replace(a_success(V1), service=None, digest="", commit="")
    found = wanted(V2, failed(V2.revision, succeeded=unknown))
    made = for_creation(V2, found, None)
    assert (found.stated.service, made.service) == ({"desiredCount": 5}, {"desiredCount": 5})
    assert (made.revision, made.task_definition) == (f"{ARN}:1", V1.task_definition)


def test_the_newest_is_created_as_it_is_stated() -> None:
    newest = a_statement(service={GRACE: 60, "deploymentController": {"type": "ECS"}})
    assert for_creation(newest, Target(newest), None) is newest
    bare = a_statement(bare=True)
    found = wanted(bare, failed(bare.revision))
    assert for_creation(bare, found, None) is found.stated
