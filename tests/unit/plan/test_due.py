"""Whatever is unfinished is looked at again by itself; whatever is settled is left to events and sweeps."""

from __future__ import annotations

from typing import Any

import pytest

from ecs_gitops.model.actions import Action, Hold, Reconfigure
from ecs_gitops.model.desired import Desired, ReconcilePolicy
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Heal, Record, Status
from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync
from ecs_gitops.plan.due import AFTERMATH, OVERDUE, ROLLING, SOON, UNWELL, look_again_at
from tests.unit.builders import KEY, NOW, a_desired, a_live, a_record, a_statement, an_attempt

HEALTHY = Status(Sync.SYNCED, Health.HEALTHY, Reason.SYNCED, "")


def due(
    record: Record | None = None,
    *,
    desired: Desired | None = None,
    live: Live | None = None,
    held: Reason | None = None,
    status: Status = HEALTHY,
) -> float | None:
    """Seconds from now, or None."""
    left: list[Action] = []
    if held is not None:
        left = [Reconfigure(KEY, a_statement(), {}, {}, held=Hold(held, ""))]
    at = look_again_at(
        desired or a_desired(), live or a_live(), record or a_record(), left, status, now=NOW
    )
    return None if at is None else at - NOW


def test_a_service_that_is_as_it_should_be_is_not_due():
    assert due() is None


@pytest.mark.parametrize(
    ("deadline", "seconds"),
    [(NOW + 1740, ROLLING), (NOW + 10, 11), (NOW, OVERDUE), (NOW - 5000, OVERDUE)],
)
def test_a_running_rollout_is_looked_at_until_it_has_ended(deadline: float, seconds: float):
    assert due(a_record(attempt=an_attempt(deadline_at=deadline))) == seconds
    ended = an_attempt(deadline_at=deadline, outcome=Outcome.SUCCEEDED)
    assert due(a_record(attempt=ended)) is None


@pytest.mark.parametrize(("ago", "seconds"), [(10, UNWELL), (AFTERMATH, None)])
def test_what_failed_is_looked_at_until_ecs_is_done_with_it(ago: float, seconds: float | None):
    failed = an_attempt(outcome=Outcome.FAILED, ended_at=NOW - ago)
    told = Status(Sync.OUT_OF_SYNC, Health.DEGRADED, Reason.FAILED, "")
    assert due(a_record(attempt=failed), status=told) == seconds
    assert due(a_record(attempt=failed)) is None


def test_who_waits_for_another_looks_again_soon():
    assert due(a_record(waiting_for=(KEY,))) == SOON


def test_a_deletion_is_followed_to_its_end():
    assert due(a_record(pruning=True), desired=a_desired(present=False)) == SOON
    assert due(a_record(pruning=True)) is None
    assert due(live=a_live(status="DRAINING")) == SOON


def policy(**fields: Any) -> Desired:
    return a_desired(policy=ReconcilePolicy(**fields))


@pytest.mark.parametrize(
    ("heals", "seconds"),
    [((), ROLLING), ((10,), ROLLING), ((8000, 100), 200.0), ((5000, 100), None)],
)
def test_drift_is_put_back_when_the_brake_lets_go(heals: tuple[float, ...], seconds: float | None):
    record = a_record(heals=tuple(Heal(NOW - ago) for ago in heals))
    assert due(record, held=Reason.DRIFT) == seconds


def test_drift_that_nobody_may_put_back_is_not_due():
    assert due(held=Reason.DRIFT, desired=policy(self_heal=False)) is None
    assert due(held=Reason.MANUAL) is None
    assert due(held=Reason.DRIFT_FIGHT) is None


@pytest.mark.parametrize(
    ("health", "reason", "seconds"),
    [
        (Health.PROGRESSING, Reason.SYNCED, ROLLING),
        (Health.DEGRADED, Reason.UNHEALTHY, UNWELL),
        (Health.DEGRADED, Reason.ROLLED_BACK, None),
        (Health.SUSPENDED, Reason.SYNCED, None),
    ],
)
def test_a_service_is_looked_at_until_it_is_well(health: Health, reason: Reason, seconds: float | None):
    assert due(status=Status(Sync.SYNCED, health, reason, "")) == seconds


def test_the_nearest_of_several_times_counts():
    record = a_record(attempt=an_attempt(), waiting_for=(KEY,))
    assert due(record) == min(SOON, ROLLING)
