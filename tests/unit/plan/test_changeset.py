"""What differs, which of it somebody else changed, and what an older revision lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.compare.statement import statement
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Record
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.plan.changeset import ChangeSet, find_changes, rests_on_what_is_lacking
from ecs_gitops.resources.field import TASK_ROLE, WHOLE_REVISION
from tests.unit.builders import KEY, a_live, a_record, a_statement, a_task_definition, an_attempt
from tests.unit.strategies import BALANCER, SERVICES, TASK_DEFINITIONS

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
OTHER_NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-b"]}}
V1 = a_statement(commit="1111111", service={"desiredCount": 2, "networkConfiguration": NETWORK})
THEIRS = a_live(a_statement(task_definition=a_task_definition("nginx:9"), service=V1.service))
MOVED = a_live(V1, networkConfiguration=OTHER_NETWORK)
BOTH = a_live(a_statement(task_definition=a_task_definition("nginx:9")), networkConfiguration=OTHER_NETWORK)
ROLE = {"taskRoleArn": "arn:aws:iam::123456789012:role/task"}


def found(stated: Stated = V1, live: Live = THEIRS, record: Record | None = None) -> ChangeSet:
    return find_changes(stated, live, record or a_record(V1))


def names(fields: Any) -> set[str]:
    return {each.name for each in fields}


@pytest.mark.parametrize("live", [THEIRS, MOVED, BOTH], ids=["task definition", "network", "both"])
def test_a_revision_that_was_told_and_differs_is_drift(live: Live) -> None:
    assert found(live=live).is_revision_drift
    assert not found(live=live, record=Record(KEY)).is_revision_drift


def test_a_revision_in_other_words_is_the_one_that_was_told() -> None:
    spelled = a_task_definition(volumes=[], networkMode="bridge")
    told = replace(V1, task_definition=a_task_definition(networkMode="bridge"))
    assert found(replace(V1, task_definition=spelled), record=a_record(told)).is_revision_drift
    other = replace(V1, task_definition=a_task_definition(networkMode="host"))
    assert not found(replace(V1, task_definition=spelled), record=a_record(other)).is_revision_drift


def test_a_revision_is_rolled_out_whole_so_one_new_field_makes_it_a_push() -> None:
    task = replace(V1, task_definition=a_task_definition("nginx:2"))
    assert not found(task, BOTH).is_revision_drift
    assert not found(task).is_revision_drift
    network = replace(V1, service={"desiredCount": 2, "networkConfiguration": OTHER_NETWORK})
    assert not found(network, a_live(V1)).is_revision_drift
    assert not found(network, THEIRS).is_revision_drift
    never = a_record(replace(V1, task_definition=None))
    assert not found(record=never).is_revision_drift


def test_of_a_task_definition_that_git_and_ecs_agree_on_nothing_is_drift() -> None:
    """Somebody rolled Git's own out before us; what differs beside it was told, and is put back."""
    newer = replace(V1, task_definition=a_task_definition("nginx:9"))
    assert found(newer, BOTH).is_revision_drift
    assert [each.name for each in found(newer, BOTH).revision] == ["networkConfiguration"]


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_what_ecs_took_back_or_works_on_is_no_drift(outcome: Outcome | None) -> None:
    attempt = an_attempt(V1, outcome=outcome)
    is_drift = outcome in (Outcome.SUCCEEDED, Outcome.SUPERSEDED)
    assert found(record=a_record(V1, attempt=attempt)).is_revision_drift is is_drift
    other = replace(attempt, digest="r1:other")
    assert found(record=a_record(V1, attempt=other)).is_revision_drift


def test_what_changes_in_place_is_no_drift_of_the_revision_and_lacks_nothing() -> None:
    count = found(live=a_live(V1, desiredCount=5))
    assert (count.is_revision_drift, count.lacks, names(count.in_place)) == (
        False,
        frozenset(),
        {"desiredCount"},
    )
    both = found(live=replace(BOTH, service={**(BOTH.service or {}), "desiredCount": 5}))
    assert both.is_revision_drift
    assert both.lacks == {"networkConfiguration", WHOLE_REVISION}


def test_what_a_revision_lacks_is_named_by_field_and_by_role() -> None:
    assert found().lacks == {WHOLE_REVISION}
    assert found(live=MOVED).lacks == {"networkConfiguration", WHOLE_REVISION}
    given_role = replace(V1, task_definition=a_task_definition("nginx:2", **ROLE))
    assert found(given_role).lacks == {WHOLE_REVISION, TASK_ROLE}
    has_it = a_live(replace(V1, task_definition=a_task_definition("nginx:9", **ROLE)))
    assert found(given_role, has_it).lacks == {WHOLE_REVISION}
    assert found(live=has_it).lacks == {WHOLE_REVISION, TASK_ROLE}
    unstated = statement("c", None, {"networkConfiguration": OTHER_NETWORK})
    assert found(unstated, has_it).lacks == {"networkConfiguration", WHOLE_REVISION}


def test_an_in_place_field_rests_on_what_its_row_says() -> None:
    stated = a_statement(service={"healthCheckGracePeriodSeconds": 60, "propagateTags": "SERVICE"})
    fields = {each.name: each for each in found(stated, a_live(a_statement())).in_place}
    grace, propagate = fields["healthCheckGracePeriodSeconds"], fields["propagateTags"]
    assert rests_on_what_is_lacking(grace, frozenset({"loadBalancers"}))
    assert not rests_on_what_is_lacking(grace, frozenset({"networkConfiguration", WHOLE_REVISION}))
    assert not rests_on_what_is_lacking(grace, frozenset())
    assert not rests_on_what_is_lacking(propagate, frozenset({"loadBalancers", WHOLE_REVISION}))


def test_sections_that_are_not_stated_do_not_differ() -> None:
    assert found(replace(V1, service=None), a_live(V1, desiredCount=9)).every == ()
    assert found(replace(V1, task_definition=None)).every == ()
    unseen = replace(a_live(V1), task_definition=None)
    assert found(live=unseen).task_definition


def test_what_cannot_change_decides_no_default_of_the_service_as_it_is() -> None:
    stated = a_statement(
        service={"schedulingStrategy": "DAEMON", "deploymentConfiguration": {"maximumPercent": 150}}
    )
    both = found(stated, a_live(a_statement()), a_record(a_statement()))
    assert names(both.create_only) == {"schedulingStrategy"}
    assert [change.path for each in both.in_place for change in each.changes] == [
        "service.deploymentConfiguration.maximumPercent"
    ]


@pytest.mark.parametrize("scalable", [True, False])
def test_what_scales_a_service_owns_its_count_whatever_else_cannot_change(scalable: bool) -> None:
    stated = a_statement(service={"desiredCount": 5, "launchType": "FARGATE"})
    live = a_live(a_statement(), launchType="EC2", scalable=scalable)
    fixed = found(stated, live, a_record(a_statement()))
    assert names(fixed.create_only) == {"launchType"}
    assert names(fixed.in_place) == (set() if scalable else {"desiredCount"})


def test_changes_are_listed_by_section() -> None:
    tags = [{"key": "team", "value": "a"}]
    stated = a_statement(
        task_definition=a_task_definition("nginx:2"), service={"desiredCount": 5, "tags": tags}
    )
    assert [change.path for change in found(stated, a_live(a_statement())).every] == [
        "taskDefinition.containerDefinitions[nginx].image",
        "service.desiredCount",
        "service.tags[team]",
    ]


STATEMENTS = st.builds(
    lambda task, service: a_statement(task_definition=task, service=service), TASK_DEFINITIONS, SERVICES
)


@given(STATEMENTS, STATEMENTS, STATEMENTS)
def test_each_field_is_of_one_kind(stated: Stated, runs: Stated, before: Stated) -> None:
    all_of_it = found(stated, a_live(runs), a_record(before))
    kinds = [all_of_it.need_word, all_of_it.create_only, all_of_it.revision, all_of_it.in_place]
    assert sum(map(len, kinds)) == len(all_of_it.fields)
    assert set().union(*map(names, kinds)) == names(all_of_it.fields)


def test_what_is_let_go_and_carries_traffic_needs_a_word() -> None:
    before = a_statement(service={"loadBalancers": [BALANCER]})
    gone = found(a_statement(service={}), a_live(before), a_record(before))
    assert (names(gone.need_word), gone.revision, gone.lacks) == ({"loadBalancers"}, [], frozenset())
