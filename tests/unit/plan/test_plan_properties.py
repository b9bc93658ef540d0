"""What holds for every plan, whatever Git, ECS and the record say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.model.actions import Adopt
from ecs_gitops.model.desired import ReconcilePolicy
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Record
from ecs_gitops.plan.decide import plan
from tests.unit.builders import (
    KEY,
    NOW,
    US,
    a_desired,
    a_live,
    a_record,
    a_statement,
    applied,
    planned,
)
from tests.unit.compare.test_canonical import shuffled
from tests.unit.strategies import SERVICES, TASK_DEFINITIONS

NEVER = Record(KEY)
ADOPT = ReconcilePolicy(adopt=True)


STATEMENTS = st.builds(
    lambda task, service, bare: a_statement(task_definition=task, service=service, bare=bare),
    TASK_DEFINITIONS,
    SERVICES,
    st.just(False) | st.booleans(),
)
RECORDS = st.just(NEVER) | STATEMENTS.map(a_record)


@given(STATEMENTS, STATEMENTS, RECORDS, st.booleans(), st.booleans())
def test_what_is_planned_and_applied_needs_no_second_plan(
    stated: Any, runs: Any, record: Record, merges: bool, scalable: bool
) -> None:
    """Convergence: only what waits for a person is left, whatever was so before."""
    desired = a_desired(stated, policy=ADOPT)
    live = a_live(runs, scalable=scalable)
    first = planned(desired, live, record)
    for action in first:
        if action.held is None:
            live, record = applied(action, live, record, merges=merges)
    second = planned(desired, live, record)
    assert [action for action in second if action.held is None] == []
    assert second == [action for action in first if action.held is not None]


@given(STATEMENTS)
def test_a_created_service_needs_no_second_plan(stated: Any) -> None:
    desired = a_desired(stated)
    live, record = Live(), NEVER
    for action in planned(desired, live, record):
        live, record = applied(action, live, record)
    assert planned(desired, live, record) == []


@given(STATEMENTS, STATEMENTS, RECORDS, st.randoms())
def test_a_plan_rests_on_values_and_not_on_their_order(
    stated: Any, runs: Any, record: Record, random: Any
) -> None:
    live = a_live(runs)
    mixed = replace(
        live,
        service={
            **shuffled(dict(live.service or {}), random),
            "placementStrategy": live.service["placementStrategy"],
        },  # type: ignore[index]
        task_definition=shuffled(dict(live.task_definition or {}), random),
    )
    desired = a_desired(stated, policy=ADOPT)
    assert planned(desired, mixed, record) == planned(desired, live, record)


@given(STATEMENTS, STATEMENTS, RECORDS)
def test_every_change_of_a_plan_is_a_real_one(stated: Any, runs: Any, record: Record) -> None:
    for action in plan(a_desired(stated, policy=ADOPT), a_live(runs), record, install=US, now=NOW):
        assert all(change.live != change.desired for change in action.changes)
        assert action.changes or isinstance(action, Adopt)
