"""What we told ECS, field by field: a call claims what it carried, and nothing more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.compare.statement import statement
from ecs_gitops.model.desired import Stated
from ecs_gitops.resources.statement_parts import in_place_fields, revision_fields
from ecs_gitops.rollout import told
from tests.unit.builders import a_statement, a_task_definition
from tests.unit.strategies import BALANCER, SERVICES, TASK_DEFINITIONS

STATEMENTS = st.builds(
    lambda commit, task, service: statement(commit, task, service, since=f"since-{commit}"),
    st.sampled_from(["1111111", "2222222", "3333333"]),
    st.none() | TASK_DEFINITIONS,
    st.none() | SERVICES,
)
TAGS = [{"key": "team", "value": "a"}, {"key": "old", "value": "1"}]


def fields(stated: Stated | None) -> dict[str, Any]:
    return dict((stated.service if stated else None) or {})


def is_sound(found: Stated) -> bool:
    """Its digests are those of what it says."""
    again = statement(found.commit, found.task_definition, found.service, since=found.since)
    return (found.digest, found.revision, found.in_place) == (again.digest, again.revision, again.in_place)


@given(st.none() | STATEMENTS, STATEMENTS, st.data())
def test_a_call_claims_the_fields_it_carried_and_no_other(
    applied: Stated | None, stated: Stated, data: Any
) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted({*fields(applied), *fields(stated), "x"}))))
    found = told.with_fields(applied, stated, names)
    kept = {name: value for name, value in fields(applied).items() if name not in names}
    said = {name: value for name, value in fields(stated).items() if name in names}
    assert fields(found) == {**kept, **said}
    assert found.task_definition == (applied.task_definition if applied else None)
    assert is_sound(found)
    rolled = told.with_rollout(applied, stated, names, task_definition=True)
    assert (fields(rolled), rolled.task_definition) == (fields(found), stated.task_definition)
    assert is_sound(rolled)
    unbrought = told.with_rollout(applied, stated, names, task_definition=False)
    assert unbrought == found


@given(st.none() | STATEMENTS, STATEMENTS)
def test_all_its_fields_are_the_statement_itself(applied: Stated | None, stated: Stated) -> None:
    names = {*fields(applied), *fields(stated)}
    found = told.with_rollout(applied, stated, names, task_definition=True)
    assert found == stated or (found.service, stated.service) == ({}, None)
    assert told.tells_revision(found, stated)
    assert told.tells_in_place(found, stated)


@given(STATEMENTS, STATEMENTS)
def test_each_part_is_told_by_what_carries_it(applied: Stated, stated: Stated) -> None:
    revision = told.with_revision(applied, stated)
    assert told.tells_revision(revision, stated) or stated.task_definition is None
    assert in_place_fields(fields(revision)) == in_place_fields(fields(applied))
    in_place = told.with_fields(applied, stated, in_place_fields(fields(stated)))
    assert told.tells_in_place(in_place, stated)
    assert revision_fields(fields(in_place)) == revision_fields(fields(applied))


@pytest.mark.parametrize("name", ["desiredCount", "networkConfiguration", "tags"])
def test_a_part_of_which_a_field_is_missing_or_other_is_not_told(name: str) -> None:
    service = {"desiredCount": 0, "networkConfiguration": {}, "tags": TAGS, "propagateTags": None}
    stated = statement("c", a_task_definition(), service)
    is_in_place = name != "networkConfiguration"
    for other in (
        {key: value for key, value in service.items() if key != name},
        {**service, name: ["other"]},
    ):
        applied = statement("c", a_task_definition(), other)
        assert told.tells_in_place(applied, stated) is not is_in_place
        assert told.tells_revision(applied, stated) is is_in_place
    more = statement("c", a_task_definition(), {**service, "enableExecuteCommand": True, "monitoring": {}})
    assert told.tells_in_place(more, stated)
    assert told.tells_revision(more, stated)


def test_nothing_is_told_of_a_service_that_is_not_ours() -> None:
    bare = a_statement(bare=True)
    assert not told.tells_in_place(None, bare)
    assert not told.tells_revision(None, replace(bare, task_definition=None))
    other = a_statement(task_definition=a_task_definition("nginx:2"))
    assert not told.tells_revision(other, a_statement())
    assert told.tells_in_place(other, a_statement())


def test_a_field_that_states_nothing_is_told_whatever_was_told_of_it() -> None:
    stated = statement("2", None, {"desiredCount": None, "monitoring": None})
    applied = statement("1", None, {"desiredCount": 2, "monitoring": {}})
    assert told.tells_in_place(applied, stated)
    assert told.tells_revision(applied, stated)


def test_what_is_not_stated_any_more_was_reset_by_the_call_that_carried_it() -> None:
    applied = statement("1", None, {"desiredCount": 2, "propagateTags": "SERVICE"})
    stated = statement("2", None, {"desiredCount": None})
    assert fields(told.with_fields(applied, stated, ["propagateTags", "desiredCount"])) == {}
    assert fields(told.with_fields(applied, stated, ["propagateTags"])) == {"desiredCount": 2}


def test_tags_are_told_key_by_key() -> None:
    applied = statement("1", a_task_definition(), {"desiredCount": 2, "tags": TAGS})
    stated = a_statement(service={"desiredCount": 5, "tags": [{"key": "team", "value": "b"}]})
    found = told.with_tags(applied, stated, {"team": "b"}, ["old"])
    assert fields(found) == {"desiredCount": 2, "tags": [{"key": "team", "value": "b"}]}
    assert found.task_definition == a_task_definition()
    assert fields(told.with_tags(applied, stated, {}, ["old", "team"])) == {"desiredCount": 2}


def test_a_service_sent_to_no_tasks_is_told_so_and_a_deleted_one_nothing() -> None:
    applied = replace(a_statement(), since="since")
    none = told.with_no_tasks(applied)
    assert none.service == {"desiredCount": 0}
    assert (none.task_definition, none.commit, none.since) == (applied.task_definition, "c0ffee1", "since")
    assert is_sound(none)
    nothing = told.with_nothing(applied)
    assert (nothing.task_definition, nothing.service) == (None, {})
    assert (nothing.commit, nothing.since) == (applied.commit, "since")
    assert not told.tells_in_place(nothing, applied)


def test_of_what_others_roll_out_the_part_in_place_alone_is_told() -> None:
    stated = a_statement(service={"desiredCount": 2, "loadBalancers": [BALANCER]})
    alone = told.in_place_alone(stated)
    assert (alone.task_definition, alone.service) == (None, {"desiredCount": 2})
    assert told.tells_in_place(alone, stated)
    assert not told.tells_revision(alone, stated)
    assert (alone.commit, told.in_place_alone(a_statement(bare=True)).service) == (stated.commit, None)


def test_another_spelling_is_taken_over_with_what_waits_for_a_persons_word() -> None:
    applied = a_statement(commit="1", service={"desiredCount": 2, "loadBalancers": [BALANCER]})
    stated = a_statement(commit="2", service={"propagateTags": "NONE"})
    found = told.taken_over(stated, applied)
    assert found.service == {"loadBalancers": [BALANCER], "propagateTags": "NONE"}
    assert told.taken_over(stated, None) is stated
    assert told.taken_over(stated, a_statement(commit="1")) is stated
    bare = a_statement(commit="2", bare=True)
    assert told.taken_over(bare, applied).service is None


def test_of_a_revision_left_as_it_is_nothing_is_taken_over() -> None:
    network: dict[str, Any] = {"awsvpcConfiguration": {"subnets": ["a"]}}
    before = {"desiredCount": 2, "networkConfiguration": network, "propagateTags": "SERVICE"}
    applied = a_statement(commit="1", service=before)
    stated = statement("2", None, {"desiredCount": 5})
    found = told.taken_over(stated, applied, revision=False)
    assert found.task_definition == applied.task_definition
    assert found.service == {"desiredCount": 5, "networkConfiguration": network}
    assert (found.revision, found.since) == (applied.revision, applied.since)


# Which commit it was


V1 = statement("1", a_task_definition(), {"desiredCount": 2, "propagateTags": "NONE"}, since="0")
V2 = statement("2", a_task_definition("nginx:2"), {"desiredCount": 3, "propagateTags": "SERVICE"})
MOVED = statement("2", V2.task_definition, {"desiredCount": 2, "networkConfiguration": {}})
V3 = statement("3", V2.task_definition, {"desiredCount": 4, "propagateTags": "SERVICE"}, since="2")


@pytest.mark.parametrize(
    ("found", "commit", "since"),
    [
        (told.with_fields(V1, V2, ["desiredCount"]), "1", "0"),
        (told.with_fields(V1, V2, ["desiredCount", "propagateTags"]), "1", "0"),
        (told.with_rollout(V1, V2, [], task_definition=True), "2", "2"),
        (told.with_rollout(V1, V2, ["desiredCount", "propagateTags"], task_definition=True), "2", "2"),
        (told.with_rollout(V1, V3, ["desiredCount"], task_definition=True), "2", "2"),
        (told.with_rollout(V1, V3, ["desiredCount", "propagateTags"], task_definition=True), "3", "2"),
        (told.with_fields(V2, V3, ["propagateTags"]), "2", "2"),
        (told.with_fields(V2, V3, ["desiredCount"]), "3", "2"),
        (told.with_fields(None, V3, ["desiredCount"]), "3", ""),
        (told.with_fields(V1, MOVED, ["networkConfiguration"]), "1", "0"),
    ],
    ids=[
        "a part of it",
        "all in place",
        "its revision",
        "all of it",
        "the revision of an earlier commit",
        "all of both commits",
        "nothing new",
        "what it changed on top",
        "the first that was told",
        "a part of its revision",
    ],
)
def test_it_bears_the_commit_of_what_it_says(found: Stated, commit: str, since: str) -> None:
    """The newest as far as it says that; else the one that brought what it says."""
    assert (found.commit, found.since) == (commit, since)
