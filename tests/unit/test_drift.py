"""Drift is put back, with a brake, and never against a rollout of somebody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.actions import CreateService, Hold, Reconfigure
from ecs_gitops.drift import heal_at, is_heal
from ecs_gitops.model import Live, Outcome, Reason, ReconcilePolicy
from tests.unit.builders import (
    NOW,
    a_desired,
    a_live,
    a_primary,
    a_record,
    a_statement,
    a_task_definition,
    an_attempt,
    planned,
)

STATED = a_statement(service={"desiredCount": 2})
CHANGED = a_live(STATED, desiredCount=5)
MINUTE = 60.0
HOUR = 60 * MINUTE


def hold(live: Live = CHANGED, desired: Any = None, **fields: Any) -> Hold | None:
    (action,) = planned(desired or a_desired(STATED), live, a_record(STATED, **fields))
    assert isinstance(action, Reconfigure | CreateService)
    return action.held


def test_the_first_drift_is_put_back_at_once() -> None:
    assert hold() is None


def test_drift_stays_where_git_says_so() -> None:
    desired = a_desired(STATED, policy=ReconcilePolicy(self_heal=False))
    assert hold(desired=desired) == Hold(
        Reason.DRIFT,
        "ECS was changed outside Git and reconcile.selfHeal is false. "
        "Put it back with `ecs-gitops sync handson/web`, or state the change in Git.",
    )


def test_a_service_deleted_by_hand_is_drift() -> None:
    desired = a_desired(STATED, policy=ReconcilePolicy(self_heal=False))
    (action,) = planned(desired, Live(), a_record(STATED))
    assert isinstance(action, CreateService)
    assert action.held is not None
    assert hold(Live()) is None


def test_the_second_drift_waits_a_minute() -> None:
    waits = Hold(
        Reason.DRIFT,
        "ECS was changed outside Git; it is put back in a minute, since it was put back a short time ago.",
    )
    assert hold(heals=(NOW - 59,)) == waits
    assert hold(heals=(NOW - 60,)) is None


@pytest.mark.parametrize(
    ("heals", "minutes"),
    [((3 * HOUR, 4 * MINUTE), 1), ((5 * HOUR, 4 * HOUR, 3 * HOUR, 30 * MINUTE), 30)],
)
def test_the_wait_grows_with_each_time(heals: tuple[float, ...], minutes: int) -> None:
    held = hold(heals=tuple(NOW - ago for ago in heals))
    assert held is not None
    assert ("in a minute" if minutes == 1 else f"in {minutes} minutes") in held.message


def test_the_third_within_two_hours_is_a_fight() -> None:
    heals = (NOW - 119 * MINUTE, NOW - 10 * MINUTE)
    assert hold(heals=heals) == Hold(
        Reason.DRIFT_FIGHT,
        "ECS was changed outside Git again, after it was put back 2 times within two hours. "
        "Find who changes it, then run `ecs-gitops sync handson/web`.",
    )
    assert heal_at(a_record(STATED, heals=heals), NOW) == NOW + MINUTE


def test_a_day_forgives() -> None:
    assert hold(heals=(NOW - 24 * HOUR, NOW - 24 * HOUR)) is None
    assert heal_at(a_record(STATED, heals=(NOW - 24 * HOUR,)), NOW) == NOW


def test_a_person_lifts_the_brake() -> None:
    record = a_record(STATED, heals=(NOW - 2, NOW - 1))
    consent = frozenset({Reason.DRIFT_FIGHT})
    (action,) = planned(a_desired(STATED), CHANGED, record, consent=consent)
    assert action.held is None


@pytest.mark.parametrize(
    "deployments",
    [[a_primary(9, "IN_PROGRESS")], [a_primary(9), {"status": "ACTIVE"}]],
    ids=["in progress", "two at once"],
)
def test_a_rollout_of_somebody_else_ends_first(deployments: Any) -> None:
    live = a_live(STATED, desiredCount=5, deployments=deployments)
    assert hold(live) == Hold(
        Reason.DRIFT, "Somebody else's rollout is running; what it changed is put back once it has ended."
    )


def test_our_own_rollout_does_not_stop_a_heal() -> None:
    assert hold(a_live(STATED, desiredCount=5, deployments=[a_primary(1, "IN_PROGRESS")])) is None


def test_a_push_is_no_drift() -> None:
    other = a_statement(task_definition=a_task_definition("nginx:2"))
    record = a_record(STATED, heals=(NOW - 2, NOW - 1))
    desired = a_desired(other, policy=ReconcilePolicy(self_heal=False))
    (action,) = planned(desired, CHANGED, record)
    assert action.held is None
    assert not is_heal(other, record)


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_was_reached_can_drift(outcome: Outcome) -> None:
    record = a_record(STATED, attempt=an_attempt(STATED, outcome=outcome))
    assert is_heal(STATED, record) is (outcome in (Outcome.SUCCEEDED, Outcome.SUPERSEDED))
    assert not is_heal(STATED, replace(record, applied=None))
