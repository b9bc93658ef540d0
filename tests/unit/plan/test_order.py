"""`rollout.waitFor`: in which order one commit's services are rolled out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.desired import Desired, RolloutPolicy
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Quarantined, Record
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.plan.order import blocking, plan_waits
from tests.unit.builders import KEY, a_desired, a_record, a_statement, an_attempt

AUTH = ServiceKey("handson", "auth")
OLD = a_statement(commit="1111111", service={"desiredCount": 1})
NEW = a_statement(commit="2222222")
WAITING = a_desired(NEW, rollout=RolloutPolicy(wait_for=(AUTH,)))


def waits(other: Desired | None, record: Record) -> tuple[ServiceKey, ...]:
    return plan_waits(WAITING, {AUTH: (other, record)})


def test_a_service_waits_for_one_that_the_same_commit_changed() -> None:
    assert waits(a_desired(NEW), a_record(OLD)) == (AUTH,)


def test_one_that_another_commit_changed_is_not_waited_for() -> None:
    assert waits(a_desired(OLD), replace(a_record(OLD), applied=None)) == ()


def test_what_mends_one_that_is_waited_for_already_goes_first_too() -> None:
    mended = {AUTH: (a_desired(OLD), replace(a_record(NEW), applied=None))}
    assert plan_waits(WAITING, mended) == ()
    assert plan_waits(WAITING, mended, already=(AUTH,)) == (AUTH,)
    assert plan_waits(WAITING, {AUTH: (a_desired(OLD), a_record(OLD))}, already=(AUTH,)) == ()


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_it_waits_for_success(outcome: Outcome | None) -> None:
    record = a_record(NEW, attempt=an_attempt(NEW, outcome=outcome))
    assert waits(a_desired(NEW), record) == (() if outcome is Outcome.SUCCEEDED else (AUTH,))


def test_those_that_failed_are_told_apart() -> None:
    failed = a_record(OLD, quarantine=(Quarantined(NEW.digest, NEW.commit, "it failed", 1.0),))
    assert waits(a_desired(NEW), failed) == (AUTH,)
    assert blocking((AUTH,), {AUTH: (a_desired(NEW), failed)}) == (AUTH,)
    assert blocking((AUTH,), {AUTH: (a_desired(NEW), a_record(OLD))}) == ()


def test_a_change_that_needed_no_rollout_is_done_when_applied() -> None:
    assert waits(a_desired(NEW), a_record(NEW)) == ()
    assert waits(a_desired(NEW), a_record(NEW, attempt=an_attempt(OLD, outcome=Outcome.FAILED))) == ()


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


def test_nobody_waits_for_himself_or_for_a_stranger() -> None:
    alone = replace(WAITING, rollout=RolloutPolicy(wait_for=(KEY, AUTH)))
    assert plan_waits(alone, {KEY: (alone, a_record(OLD))}) == ()


def test_one_that_has_nothing_to_say_waits_for_nobody() -> None:
    assert plan_waits(replace(WAITING, stated=None), {AUTH: (a_desired(NEW), a_record(OLD))}) == ()
