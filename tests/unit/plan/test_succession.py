"""Two rollouts in a row begin at once; the third waits a minute, and history names all that waited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ecs_gitops.model.actions import Action, Hold, RollOut
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.record import Attempt, Status
from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync
from ecs_gitops.plan.due import look_again_at
from ecs_gitops.plan.succession import PATIENCE
from ecs_gitops.rollout import outcomes
from tests.unit.builders import (
    ARN,
    KEY,
    NOW,
    a_desired,
    a_live,
    a_record,
    a_statement,
    a_task_definition,
    an_attempt,
    planned,
)

OLD = a_statement(commit="0000000aaaa")
FIRST = a_statement(commit="1111111aaaa", task_definition=a_task_definition("nginx:1"))
V2 = a_statement(commit="2222222aaaa", task_definition=a_task_definition("nginx:2"))
V3 = a_statement(commit="3333333bbbb", task_definition=a_task_definition("nginx:3"))
OPEN = an_attempt(V2, task_definition_arn=f"{ARN}:2", started_at=NOW - 10, replaces="attempt-0")
UNDER_WAY = replace(
    a_live(V2, revision=2),
    deployments=(ServiceDeployment("deployment-2", "IN_PROGRESS", f"{ARN}:2", NOW - 9),),
)


def held(
    attempt: Attempt, live: Live = UNDER_WAY, stated: Stated = V3, consent: Sequence[Reason] = ()
) -> Hold | None:
    (action,) = planned(a_desired(stated), live, a_record(V2, attempt=attempt), consent=frozenset(consent))
    assert isinstance(action, RollOut)
    return action.held


def test_what_took_anothers_place_keeps_it_for_a_minute():
    message = "Commit 3333333 waits 50 s: two rollouts began in a row just now."
    assert held(OPEN) == Hold(Reason.PENDING, message)


@pytest.mark.parametrize(
    "attempt",
    [
        replace(OPEN, replaces=""),
        replace(OPEN, started_at=NOW - PATIENCE),
        replace(OPEN, outcome=Outcome.FAILED),
    ],
)
def test_otherwise_nobody_waits(attempt: Attempt):
    assert held(attempt) is None


def test_what_ecs_never_heard_of_is_waited_for_by_nobody():
    assert held(OPEN, a_live(a_statement())) is None


def test_a_person_who_asks_does_not_wait():
    assert held(OPEN, consent=[Reason.MANUAL]) is None


def test_it_is_looked_at_again_when_the_minute_is_over():
    left: list[Action] = [RollOut(KEY, V3, True, {}, (), Hold(Reason.PENDING, ""))]
    status = Status(Sync.OUT_OF_SYNC, Health.PROGRESSING, Reason.PROGRESSING, "")
    record = a_record(V2, attempt=OPEN)
    assert look_again_at(a_desired(V3), UNDER_WAY, record, left, status, now=NOW) == NOW + 50
    assert look_again_at(a_desired(V3), UNDER_WAY, record, [], status, now=NOW) == NOW + 60


def test_history_names_the_commits_that_a_newer_one_brought_along():
    wakes = [
        Wake(KEY, Cause("Push", "c1@1", "1111111aaaa", "e1")),
        Wake(KEY, Cause("Push", "c3@2", "3333333bbbb", "e2"), passed=("1111111aaaa", "2222222aaaa")),
    ]
    (line,) = outcomes.passed_over(a_desired(V3), a_record(OLD), wakes, NOW)
    assert (line.event, line.commit, line.message) == (
        "PassedOver",
        "3333333bbbb",
        "Commits 1111111, 2222222 were pushed just before it and went out with it, if at all.",
    )
    only = [Wake(KEY, Cause("Push", "c3@2", V3.commit))]
    assert outcomes.passed_over(a_desired(V3), a_record(OLD), only, NOW) == []


def test_a_message_that_comes_late_does_not_say_that_its_commit_was_passed_over():
    late = [Wake(KEY, Cause("Push", "c1@1", FIRST.commit, "e1"))]
    assert outcomes.passed_over(a_desired(V3), a_record(FIRST), late, NOW) == []
    assert outcomes.passed_over(a_desired(V3), a_record(OLD, attempt=an_attempt(FIRST)), late, NOW) == []
    assert len(outcomes.passed_over(a_desired(V3), a_record(OLD), late, NOW)) == 1
