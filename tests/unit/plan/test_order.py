"""`rollout.waitFor`: in which order one commit's services are rolled out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.actions import Hold
from ecs_gitops.model.desired import Desired, Problem, RolloutPolicy
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Quarantined, Record, Status
from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync
from ecs_gitops.plan.order import Awaited, hold, plan_waits, still_waits
from tests.unit.builders import KEY, a_desired, a_record, a_statement, a_task_definition, an_attempt

AUTH = ServiceKey("handson", "auth")
OLD = a_statement(commit="1111111", service={"desiredCount": 1})
NEW = a_statement(commit="2222222")
OTHER = a_statement(task_definition=a_task_definition("nginx:9"))
WAITING = a_desired(NEW, rollout=RolloutPolicy(wait_for=(AUTH,)))


def waits(other: Desired | None, record: Record) -> tuple[ServiceKey, ...]:
    return tuple(each.key for each in plan_waits(WAITING, {AUTH: (other, record)}))


def stuck(other: Desired | None, record: Record, desired: Desired = WAITING) -> list[str]:
    return [each.stuck for each in plan_waits(desired, {AUTH: (other, record)})]


def test_a_service_waits_for_one_that_the_same_commit_changed() -> None:
    assert waits(a_desired(NEW), a_record(OLD)) == (AUTH,)


def test_one_that_another_commit_changed_is_not_waited_for() -> None:
    assert waits(a_desired(OLD), replace(a_record(OLD), applied=None)) == ()


def test_what_mends_one_that_is_waited_for_already_goes_first_too() -> None:
    mended = {AUTH: (a_desired(OLD), replace(a_record(NEW), applied=None))}
    assert plan_waits(WAITING, mended) == ()
    assert [each.key for each in plan_waits(WAITING, mended, already=(AUTH,))] == [AUTH]
    assert plan_waits(WAITING, {AUTH: (a_desired(OLD), a_record(OLD))}, already=(AUTH,)) == ()


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_it_waits_for_success(outcome: Outcome | None) -> None:
    record = a_record(NEW, attempt=an_attempt(NEW, outcome=outcome))
    assert waits(a_desired(NEW), record) == (() if outcome is Outcome.SUCCEEDED else (AUTH,))


def test_those_that_failed_are_told_apart() -> None:
    failed = a_record(OLD, quarantine=(Quarantined(NEW.revision, NEW.commit, "it failed", 1.0),))
    assert waits(a_desired(NEW), failed) == (AUTH,)
    how = "handson/auth failed: push a fix of it, or run `ecs-gitops retry handson/auth`."
    assert stuck(a_desired(NEW), failed) == [how]
    assert stuck(a_desired(NEW), a_record(OLD)) == [""]


def test_one_that_this_commit_made_invalid_is_waited_for() -> None:
    broken = replace(a_desired(OLD), problem=Problem(Reason.INVALID_MANIFEST, "no", NEW.commit))
    path = "desired_state/handson/web.yaml"
    assert stuck(broken, a_record(OLD)) == [f"The manifest of handson/auth is not valid: mend {path}."]
    assert stuck(replace(broken, stated=None), Record(AUTH)) == stuck(broken, a_record(OLD))
    before = replace(broken, problem=Problem(Reason.INVALID_MANIFEST, "no", OLD.commit))
    assert stuck(before, a_record(OLD)) == []  # not by this commit


def test_one_that_was_not_read_at_this_commit_is_waited_for() -> None:
    unread = replace(WAITING, unread=(AUTH,))
    how = "handson/auth could not be read at that commit; it is tried again by itself."
    assert stuck(a_desired(OLD), a_record(OLD), unread) == [how]


def test_one_that_is_held_is_named_with_its_reason() -> None:
    status = Status(Sync.OUT_OF_SYNC, Health.HEALTHY, Reason.MANUAL, "")
    how = "handson/auth is ManualMode: see `ecs-gitops status handson/auth`."
    assert stuck(a_desired(NEW), replace(a_record(OLD), status=status)) == [how]
    rolling = replace(status, reason=Reason.PROGRESSING)
    assert stuck(a_desired(NEW), replace(a_record(OLD), status=rolling)) == [""]


def test_an_in_place_change_of_the_same_commit_is_waited_for_until_it_was_told() -> None:
    count = a_statement(commit="2222222", service={"desiredCount": 3})
    on_top = a_desired(replace(count, since="1111111"))
    assert waits(on_top, a_record(OLD)) == (AUTH,)
    told = a_record(count, attempt=an_attempt(count))  # its revision is still being rolled out
    assert waits(on_top, told) == ()
    assert waits(a_desired(count), told) == (AUTH,)  # the control: this commit brought the revision


def test_a_hold_names_them_all_and_what_to_do() -> None:
    failed = a_record(OLD, quarantine=(Quarantined(NEW.revision, NEW.commit, "it failed", 1.0),))
    held = hold(plan_waits(WAITING, {AUTH: (a_desired(NEW), failed)}))
    assert held.message == (
        "Waits until handson/auth is rolled out, which the same commit changes. handson/auth failed: "
        "push a fix of it, or run `ecs-gitops retry handson/auth`."
    )


def test_a_change_that_needed_no_rollout_is_done_when_applied() -> None:
    assert waits(a_desired(NEW), a_record(NEW)) == ()
    assert waits(a_desired(NEW), a_record(NEW, attempt=an_attempt(OTHER, outcome=Outcome.FAILED))) == ()


@pytest.mark.parametrize(
    "other",
    [
        None,
        a_desired(NEW, present=False),
        a_desired(NEW, in_scope=False),
        replace(a_desired(NEW), stated=None),
    ],
)
def test_what_cannot_come_is_not_waited_for(other: Any) -> None:
    assert waits(other, a_record(OLD)) == ()


def test_what_a_record_waits_for_is_of_the_commit_it_told_of() -> None:
    told = Status(Sync.OUT_OF_SYNC, Health.HEALTHY, Reason.WAITING_FOR, "", NEW.commit)
    record = replace(a_record(OLD), waiting_for=(AUTH,), status=told)
    assert still_waits(WAITING, record) == (AUTH,)
    assert still_waits(a_desired(OLD), record) == ()
    assert still_waits(replace(WAITING, stated=None), replace(record, status=None)) == ()
    assert still_waits(WAITING, replace(record, status=None)) == ()


def test_nobody_waits_for_himself_or_for_a_stranger() -> None:
    alone = replace(WAITING, rollout=RolloutPolicy(wait_for=(KEY, AUTH)))
    assert plan_waits(alone, {KEY: (alone, a_record(OLD))}) == ()


def test_one_that_has_nothing_to_say_waits_for_nobody() -> None:
    assert plan_waits(replace(WAITING, stated=None), {AUTH: (a_desired(NEW), a_record(OLD))}) == ()


DB = ServiceKey("handson", "db")
TASK_ALONE = a_statement(commit=NEW.commit, task_definition=a_task_definition("nginx:7"))


def test_a_revision_of_the_same_commit_is_waited_for_though_all_in_place_was_told() -> None:
    before = a_record(a_statement())
    assert waits(a_desired(TASK_ALONE), before) == (AUTH,)
    assert waits(a_desired(TASK_ALONE), a_record(TASK_ALONE)) == ()


def test_one_that_is_waited_for_already_is_though_an_earlier_commit_made_it_invalid() -> None:
    broken = replace(a_desired(OLD), problem=Problem(Reason.INVALID_MANIFEST, "no", OLD.commit))
    others = {AUTH: (broken, a_record(OLD))}
    assert [each.key for each in plan_waits(WAITING, others, already=(AUTH,))] == [AUTH]
    assert plan_waits(WAITING, others, already=(DB,)) == ()


PASSING = {
    *(Reason.PROGRESSING, Reason.PENDING, Reason.BUDGET, Reason.WAITING_FOR),
    *(Reason.SYNCED, Reason.ADOPTED, Reason.UNHEALTHY),
}


@pytest.mark.parametrize("reason", Reason)
def test_what_passes_by_itself_asks_for_nobody(reason: Reason) -> None:
    status = Status(Sync.OUT_OF_SYNC, Health.HEALTHY, reason, "")
    (found,) = stuck(a_desired(NEW), replace(a_record(OLD), status=status))
    assert (found == "") is (reason in PASSING)


def test_a_hold_names_several_and_what_to_do_about_those_that_are_stuck() -> None:
    held = hold([Awaited(AUTH), Awaited(DB, "Mend it.")])
    assert held == Hold(
        Reason.WAITING_FOR,
        "Waits until handson/auth and handson/db are rolled out, which the same commit changes. Mend it.",
    )
    assert hold([Awaited(AUTH)]).message == (
        "Waits until handson/auth is rolled out, which the same commit changes."
    )


ON_TOP = replace(NEW, commit="3333333", since="2222222")
TOLD = Status(Sync.OUT_OF_SYNC, Health.HEALTHY, Reason.WAITING_FOR, "", desired_commit="3333333")


@pytest.mark.parametrize(
    ("since", "status", "waits_still"),
    [
        ("2222222", None, True),
        ("3333333", None, True),
        ("1111111", None, False),
        ("1111111", TOLD, False),
        ("2222222", replace(TOLD, desired_commit="1111111"), True),
        ("", TOLD, True),
        ("", replace(TOLD, desired_commit="1111111"), False),
        ("", None, False),
    ],
    ids=[
        "its revision",
        "its commit",
        "another one",
        "another one, whatever was told",
        "its revision, whatever was told",
        "an older release told it",
        "an older release told of another one",
        "nothing is known",
    ],
)
def test_what_a_revision_part_waited_for_it_waits_for_still(
    since: str, status: Status | None, waits_still: bool
) -> None:
    record = a_record(OLD, waiting_for=(AUTH, DB), waiting_since=since, status=status)
    assert still_waits(a_desired(ON_TOP), record) == ((AUTH, DB) if waits_still else ())
    assert still_waits(replace(a_desired(ON_TOP), stated=None), record) == ()
