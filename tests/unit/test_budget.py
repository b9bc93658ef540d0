"""The API budget: never more than our share of AWS's bucket, a part of it kept for rollbacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops import budget
from ecs_gitops.actions import Action, Adopt, CreateService, Prune, Reconfigure, RollOut
from ecs_gitops.budget import AWS, Family, Urgency, come_back, costs, latest, price, wait
from ecs_gitops.model import ServiceKey
from tests.unit.builders import KEY, NOW, a_statement

STATED = a_statement()
TASK_DEFINITIONS, SERVICES = Family.TASK_DEFINITIONS, Family.SERVICES


@pytest.mark.parametrize(
    ("action", "taken"),
    [
        (Adopt(KEY, STATED), {}),
        (CreateService(KEY, STATED), {TASK_DEFINITIONS: 1, SERVICES: 1}),
        (RollOut(KEY, STATED, True, {}), {TASK_DEFINITIONS: 1, SERVICES: 1}),
        (RollOut(KEY, STATED, False, {}), {SERVICES: 1}),
        (Reconfigure(KEY, STATED, {"desiredCount": 1}, {}), {SERVICES: 1}),
        (Reconfigure(KEY, STATED, {}, {"team": "a"}), {}),
        (Prune(KEY), {SERVICES: 1}),
    ],
)
def test_what_a_step_takes(action: Action, taken: dict[Family, int]):
    assert costs([action]) == taken


def test_a_turn_takes_for_all_its_steps_at_once():
    steps = [Reconfigure(KEY, STATED, {"desiredCount": 1}, {}), RollOut(KEY, STATED, True, {})]
    assert costs(steps) == {TASK_DEFINITIONS: 1, SERVICES: 2}
    assert costs(steps, is_registered=True) == {SERVICES: 2}


@pytest.mark.parametrize(
    ("urgency", "at_once"), [(Urgency.ROLLBACK, 16), (Urgency.ORDINARY, 12), (Urgency.SPARE, 4)]
)
def test_each_urgency_may_take_its_part_of_a_full_bucket(urgency: Urgency, at_once: int):
    full_at, taken = {TASK_DEFINITIONS: 0.0}, 0
    while wait(full_at, {TASK_DEFINITIONS: 1}, urgency, NOW) == 0:
        full_at[TASK_DEFINITIONS] = max(full_at[TASK_DEFINITIONS], NOW) + price(TASK_DEFINITIONS, 1)
        taken += 1
    assert taken == at_once


def test_when_the_ordinary_part_is_spent_a_rollback_need_not_wait():
    spent = {TASK_DEFINITIONS: latest(TASK_DEFINITIONS, 0, Urgency.ORDINARY, NOW)}
    asked = {TASK_DEFINITIONS: 1}
    assert wait(spent, asked, Urgency.ORDINARY, NOW) == pytest.approx(1 / 0.8)
    assert wait(spent, asked, Urgency.ROLLBACK, NOW) == 0.0


TAKES = st.lists(
    st.tuples(st.sampled_from(Family), st.integers(1, 3), st.floats(0, 30)), min_size=1, max_size=200
)


@given(TAKES)
def test_aws_never_sees_more_than_four_fifths_of_its_bucket(takes: list[tuple[Family, int, float]]):
    """Against AWS's own bucket, filled as AWS fills it, with a fifth of the rate given to somebody else."""
    now, full_at = NOW, dict.fromkeys(Family, 0.0)
    aws = {family: rate.burst * 0.8 for family, rate in AWS.items()}
    for family, count, later in takes:
        now += later
        for each, rate in AWS.items():
            aws[each] = min(rate.burst * 0.8, aws[each] + later * rate.per_second * 0.8)
        if wait(full_at, {family: count}, Urgency.ROLLBACK, now) == 0:
            full_at[family] = max(full_at[family], now) + price(family, count)
            aws[family] -= count
        assert aws[family] >= -1e-6


def test_who_waits_comes_back_at_a_moment_of_its_own():
    moments = [come_back(ServiceKey("prod", f"s{each}"), 5.0, NOW) - NOW for each in range(100)]
    assert min(moments) >= 5.0
    assert max(moments) <= 5.0 + budget.JITTER
    assert len({round(each) for each in moments}) > 30
    assert moments[0] == come_back(ServiceKey("prod", "s0"), 5.0, NOW) - NOW
