"""Drift is put back, with a brake, and never against a rollout of somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.actions import Action, CreateService, Hold, Reconfigure, RollOut
from ecs_gitops.model.desired import ReconcilePolicy
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Heal, Outside, Status
from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync
from ecs_gitops.plan.drift import MOST_A_DAY, heal_at
from tests.unit.builders import (
    ARN,
    NOW,
    a_desired,
    a_live,
    a_primary,
    a_record,
    a_statement,
    a_success,
    a_task_definition,
    an_attempt,
    planned,
)

STATED = a_statement(service={"desiredCount": 2})
CHANGED = a_live(STATED, desiredCount=5)
MINUTE = 60.0
HOUR = 60 * MINUTE


COUNT = ("service.desiredCount",)


def healed(*ago: float, fields: tuple[str, ...] = COUNT) -> tuple[Heal, ...]:
    """Heals so many seconds ago, the oldest first."""
    return tuple(Heal(NOW - each, fields) for each in ago)


def hold(live: Live = CHANGED, desired: Any = None, **fields: Any) -> Hold | None:
    (action,) = planned(desired or a_desired(STATED), live, a_record(STATED, **fields))
    assert isinstance(action, Reconfigure | CreateService)
    return action.held


def heals(actions: Sequence[Action]) -> list[tuple[str, ...]]:
    """What the brake counts of each step."""
    return [action.heals for action in actions if isinstance(action, CreateService | RollOut | Reconfigure)]


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
    assert hold(heals=healed(59)) == waits
    assert hold(heals=healed(60)) is None


@pytest.mark.parametrize(
    ("heals", "minutes"),
    [((3 * HOUR, 4 * MINUTE), 1), ((5 * HOUR, 4 * HOUR, 5 * MINUTE), 20)],
)
def test_the_wait_grows_with_each_time(heals: tuple[float, ...], minutes: int) -> None:
    held = hold(heals=healed(*heals))
    assert held is not None
    assert ("in a minute" if minutes == 1 else f"in {minutes} minutes") in held.message


FIGHT = Hold(
    Reason.DRIFT_FIGHT,
    "ECS was changed outside Git again, after it was put back 2 times within a day. "
    "Find who changes it, then run `ecs-gitops sync handson/web`.",
)
FOUGHT = Status(Sync.OUT_OF_SYNC, Health.HEALTHY, Reason.DRIFT_FIGHT, "")


def test_the_third_within_two_hours_is_a_fight() -> None:
    heals = healed(119 * MINUTE, 10 * MINUTE)
    assert hold(heals=heals) == FIGHT
    assert heal_at(a_record(STATED, heals=heals), COUNT, NOW) is None
    assert hold(heals=healed(121 * MINUTE, 10 * MINUTE)) is None


def test_a_fight_names_the_caller_where_the_trail_told() -> None:
    seen = Outside("UpdateService by assumed-role/Admin/alice", NOW - 60)
    held = hold(heals=healed(119 * MINUTE, 10 * MINUTE), changed=seen)
    assert held == Hold(
        Reason.DRIFT_FIGHT,
        "ECS was changed outside Git again, after it was put back 2 times within a day. The last call "
        "seen: "
        "UpdateService by assumed-role/Admin/alice. Stop it, then run `ecs-gitops sync handson/web`.",
    )
    stale = Outside(seen.what, NOW - 25 * HOUR)
    assert hold(heals=healed(119 * MINUTE, 10 * MINUTE), changed=stale) == FIGHT


def test_a_fight_lasts_until_a_person_or_git_ends_it() -> None:
    heals = healed(10 * HOUR, 9 * HOUR)
    assert hold(heals=heals, status=FOUGHT) == FIGHT
    assert hold(heals=heals) is None  # the control: without the fight that was told, it is put back


def test_a_slow_fight_is_one_too() -> None:
    heals = healed(*(3 * HOUR * each for each in range(MOST_A_DAY, 0, -1)))
    held = hold(heals=heals)
    assert held is not None
    assert held.reason is Reason.DRIFT_FIGHT
    assert hold(heals=heals[1:]) is None


def test_the_brake_counts_each_set_of_fields_by_itself() -> None:
    other = healed(119 * MINUTE, 10 * MINUTE, fields=("taskDefinition",))
    assert hold(heals=other) is None
    overlapping = healed(119 * MINUTE, 10 * MINUTE, fields=("service.desiredCount", "taskDefinition"))
    assert hold(heals=overlapping) == FIGHT
    assert hold(heals=healed(119 * MINUTE, 10 * MINUTE, fields=())) == FIGHT  # from an older release


def test_a_set_of_fields_is_named_by_what_differs() -> None:
    assert heals(planned(a_desired(STATED), CHANGED, a_record(STATED))) == [COUNT]
    live = a_live(a_statement(task_definition=a_task_definition("nginx:9")), desiredCount=5)
    assert heals(planned(a_desired(STATED), live, a_record(STATED))) == [(*COUNT, "taskDefinition")]
    assert heals(planned(a_desired(STATED), Live(), a_record(STATED))) == [("service",)]


def test_a_day_forgives() -> None:
    assert hold(heals=healed(24 * HOUR, 24 * HOUR)) is None
    assert heal_at(a_record(STATED, heals=healed(24 * HOUR)), COUNT, NOW) == NOW


def test_a_fight_is_told_even_while_the_other_side_rolls_out() -> None:
    live = a_live(STATED, desiredCount=5, deployments=[a_primary(9, "IN_PROGRESS")])
    assert hold(live, heals=healed(119 * MINUTE, 10 * MINUTE)) == FIGHT


def test_a_person_lifts_the_brake() -> None:
    record = a_record(STATED, heals=healed(2, 1))
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


def test_a_rollout_of_somebody_else_that_failed_goes_no_further() -> None:
    stuck = [a_primary(9, "FAILED"), {"status": "ACTIVE"}]
    assert hold(a_live(STATED, desiredCount=5, deployments=stuck)) is None


def test_our_own_rollout_does_not_stop_a_heal() -> None:
    assert hold(a_live(STATED, desiredCount=5, deployments=[a_primary(1, "IN_PROGRESS")])) is None


@pytest.mark.parametrize("whose", ["record", "attempt", "fallback", "nobody"])
def test_a_rollout_of_our_own_revision_is_none_of_somebody_else(whose: str) -> None:
    """What our attempt registered, what we told ECS last, and what ECS goes back to."""
    ours = f"{ARN}:7"
    record = replace(a_record(STATED), task_definition_arn=ours if whose == "record" else f"{ARN}:1")
    if whose == "attempt":
        record = replace(record, attempt=an_attempt(STATED, task_definition_arn=ours))
    if whose == "fallback":
        record = replace(record, succeeded=a_success(STATED, 7))
    live = a_live(STATED, desiredCount=5, deployments=[a_primary(7, "IN_PROGRESS")])
    (action,) = planned(a_desired(STATED), live, record)
    assert (action.held is None) is (whose != "nobody")


def test_a_push_is_no_drift() -> None:
    other = a_statement(task_definition=a_task_definition("nginx:2"))
    record = a_record(STATED, heals=healed(2, 1))
    desired = a_desired(other, policy=ReconcilePolicy(self_heal=False))
    beside = {**(CHANGED.service or {}), "desiredCount": 2}
    (action,) = planned(desired, replace(CHANGED, service=beside), record)
    assert (action.held, action.heals) == (None, ())


def test_drift_is_not_hidden_inside_a_push() -> None:
    """Held, it stays a step of its own beside the rollout; put back, it goes in the same call, marked."""
    other = a_statement(task_definition=a_task_definition("nginx:2"))
    held = a_desired(other, policy=ReconcilePolicy(self_heal=False))
    roll_out, reconfigure = planned(held, CHANGED, a_record(STATED))
    assert (type(roll_out), roll_out.held, roll_out.fields, roll_out.heals) == (RollOut, None, {}, ())
    assert (type(reconfigure), reconfigure.fields) == (Reconfigure, {"desiredCount": 2})
    assert reconfigure.held is not None
    (whole,) = planned(a_desired(other), CHANGED, a_record(STATED))
    assert (whole.fields, whole.heals, whole.is_heal) == ({"desiredCount": 2}, COUNT, False)


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_was_reached_can_drift(outcome: Outcome) -> None:
    record = a_record(STATED, attempt=an_attempt(STATED, outcome=outcome))
    other = a_live(a_statement(task_definition=a_task_definition("nginx:9")))
    consent = frozenset({Reason.STOPPED_BY_HAND, Reason.OUTCOME_UNKNOWN})
    was_reached = outcome in (Outcome.SUCCEEDED, Outcome.SUPERSEDED)
    assert heals(planned(a_desired(STATED), other, record, consent=consent)) == [
        ("taskDefinition",) if was_reached else ()
    ]
    never = replace(record, applied=None)
    assert heals(planned(a_desired(STATED), other, never, consent=consent)) == [()]
    assert heals(planned(a_desired(STATED), CHANGED, record)) == [COUNT]  # in place, whatever became of it
