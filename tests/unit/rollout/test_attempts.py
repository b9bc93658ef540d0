"""How an attempt ended: by the deployment of its own revision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.record import Attempt
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.rollout.attempts import (
    deployments_of,
    is_open,
    is_overdue,
    is_settled_well,
    is_under_way,
    settle,
)
from tests.unit.builders import (
    ARN,
    NOW,
    a_live,
    a_primary,
    a_statement,
    a_task_definition,
    an_attempt,
)

V1 = a_statement(commit="1111111aaaa")
V2 = a_statement(commit="2222222bbbb", task_definition=a_task_definition("nginx:2"))
OPEN = an_attempt(V2, task_definition_arn=f"{ARN}:2")


def deployment(status: str, revision: int = 2, *, ago: float = 50, **fields: Any) -> ServiceDeployment:
    return ServiceDeployment(f"{revision}-{ago}", status, f"{ARN}:{revision}", NOW - ago, **fields)


def settled(*deployments: ServiceDeployment, attempt: Attempt = OPEN, live: Live | None = None) -> Attempt:
    return settle(attempt, replace(live or a_live(V2, revision=2), deployments=deployments), now=NOW)


@pytest.mark.parametrize(
    ("found", "outcome", "message"),
    [
        (deployment("SUCCESSFUL"), Outcome.SUCCEEDED, "web:2 was rolled out."),
        (
            deployment("ROLLBACK_SUCCESSFUL", reason="Circuit breaker: tasks failed to start."),
            Outcome.ROLLED_BACK,
            "ECS rolled web:2 back. ECS says: Circuit breaker: tasks failed to start.",
        ),
        (
            deployment("ROLLBACK_SUCCESSFUL", breaker="TRIGGERED"),
            Outcome.ROLLED_BACK,
            "ECS rolled web:2 back.",
        ),
        (
            deployment("ROLLBACK_SUCCESSFUL", breaker="MONITORING_COMPLETE"),
            Outcome.STOPPED_BY_HAND,
            "Somebody stopped the rollout of web:2.",
        ),
        (
            deployment("ROLLBACK_FAILED", breaker="DISABLED", reason="No rollback candidate was found."),
            Outcome.STOPPED_BY_HAND,
            "Somebody stopped the rollout of web:2. ECS says: No rollback candidate was found.",
        ),
        (
            deployment("ROLLBACK_SUCCESSFUL", breaker="MONITORING", reason="A lifecycle hook failed."),
            Outcome.ROLLED_BACK,
            "ECS rolled web:2 back. ECS says: A lifecycle hook failed.",
        ),
        (deployment("ROLLBACK_FAILED"), Outcome.FAILED, "The rollout of web:2 failed."),
        (deployment("STOPPED", breaker="TRIGGERED"), Outcome.FAILED, "The rollout of web:2 failed."),
        (
            deployment("STOPPED", reason="tasks failed to start"),
            Outcome.FAILED,
            "The rollout of web:2 failed. ECS says: tasks failed to start.",
        ),
        (deployment("STOPPED"), Outcome.STOPPED_BY_HAND, "Somebody stopped the rollout of web:2."),
    ],
)
def test_the_deployment_decides(found: ServiceDeployment, outcome: Outcome, message: str) -> None:
    assert settled(found) == replace(OPEN, outcome=outcome, message=message, ended_at=NOW)


@pytest.mark.parametrize(
    "status",
    ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"],
)
def test_a_deployment_under_way_decides_nothing(status: str) -> None:
    assert settled(deployment(status)) == OPEN


def test_a_newer_rollout_supersedes() -> None:
    assert (
        settled(deployment("IN_PROGRESS", 3, ago=10), deployment("STOPPED")).outcome is Outcome.SUPERSEDED
    )


def test_what_had_stopped_before_a_newer_rollout_began_was_stopped_by_hand() -> None:
    newer = deployment("IN_PROGRESS", 3, ago=10)
    assert settled(newer, deployment("STOPPED", ended_at=NOW - 30)).outcome is Outcome.STOPPED_BY_HAND
    assert settled(newer, deployment("STOPPED", ended_at=NOW - 10)).outcome is Outcome.SUPERSEDED
    assert settled(newer, deployment("STOPPED", ended_at=NOW - 5)).outcome is Outcome.SUPERSEDED


def test_a_deployment_forced_anew_hands_the_question_on() -> None:
    stopped = deployment("STOPPED", ago=40)
    assert settled(deployment("IN_PROGRESS", ago=10), stopped) == OPEN
    assert settled(deployment("SUCCESSFUL", ago=10), stopped).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("later", ["SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED", "IN_PROGRESS"])
def test_a_revision_that_somebody_brings_back_later_answers_for_nothing(later: str) -> None:
    first = deployment("STOPPED", ago=50, ended_at=NOW - 40)
    between = deployment("SUCCESSFUL", 3, ago=40)
    assert settled(deployment(later, ago=10), between, first).outcome is Outcome.SUPERSEDED
    assert settled(deployment(later, ago=10), first).outcome is Outcome.STOPPED_BY_HAND


def test_a_success_stays_one_whatever_came_after() -> None:
    later = deployment("ROLLBACK_SUCCESSFUL", ago=10)
    assert settled(later, deployment("SUCCESSFUL", ago=40)).outcome is Outcome.SUCCEEDED


def test_stable_after_a_rollback_is_no_success() -> None:
    live = a_live(V1, revision=1)
    assert settled(deployment("ROLLBACK_SUCCESSFUL"), live=live).outcome is Outcome.ROLLED_BACK


def test_an_earlier_deployment_of_the_same_revision_is_another_attempt() -> None:
    failed = deployment("ROLLBACK_SUCCESSFUL", ago=600)
    assert settled(failed, deployment("SUCCESSFUL", 1, ago=900), live=a_live(V1)) == OPEN
    assert settled(deployment("SUCCESSFUL"), failed).outcome is Outcome.SUCCEEDED


def test_an_outcome_is_never_revised() -> None:
    ended = replace(OPEN, outcome=Outcome.FAILED)
    assert settled(deployment("SUCCESSFUL"), attempt=ended) == ended


def test_no_trace_is_unknown_once_the_deadline_is_past() -> None:
    late = replace(OPEN, deadline_at=NOW - 1)
    assert settled(live=a_live(V1)) == OPEN
    unknown = settled(attempt=late, live=a_live(V1))
    message = "ECS shows no deployment of web:2 and does not run it."
    assert unknown == replace(late, outcome=Outcome.UNKNOWN, message=message, ended_at=NOW)


def test_what_was_never_registered_was_never_started() -> None:
    late = replace(OPEN, deadline_at=NOW - 1, task_definition_arn=None)
    assert settled(attempt=late, live=a_live(V1)) == late


def test_an_update_that_needed_no_deployment_succeeds_in_time() -> None:
    assert settled(attempt=replace(OPEN, started_at=NOW - 60)).outcome is Outcome.SUCCEEDED
    assert settled(attempt=replace(OPEN, started_at=NOW - 59)).outcome is None
    rolling = a_live(V2, revision=2, deployments=[a_primary(2, "IN_PROGRESS")])
    assert settled(attempt=replace(OPEN, started_at=NOW - 60), live=rolling).outcome is None


def test_a_deployment_begun_a_moment_before_by_ecs_own_clock_is_the_attempts() -> None:
    begun = {"started_at": NOW - 60, "deadline_at": NOW - 1}
    attempt = replace(OPEN, **begun)  # type: ignore[arg-type]
    within, before = deployment("SUCCESSFUL", ago=65), deployment("SUCCESSFUL", ago=65.5)
    assert settled(within, attempt=attempt).outcome is Outcome.SUCCEEDED
    assert settled(within, attempt=attempt).message == "web:2 was rolled out."
    assert settled(before, attempt=attempt, live=a_live(V1)).outcome is Outcome.UNKNOWN


def test_the_id_of_a_services_deployment_names_no_service_deployment() -> None:
    """`ecs-svc/…` tells that ECS works on it, and which service deployment that is the revision tells."""
    ours = replace(OPEN, deployment_arn="ecs-svc/1")
    earlier = replace(deployment("ROLLBACK_SUCCESSFUL", ago=600), arn="ecs-svc/1")
    assert settled(deployment("SUCCESSFUL"), earlier, attempt=ours).outcome is Outcome.SUCCEEDED
    assert deployments_of(ours, replace(a_live(V2, revision=2), deployments=(earlier,))) == []


def test_what_ecs_stops_and_what_it_begins_instead_are_one_event() -> None:
    newer = deployment("IN_PROGRESS", 3, ago=10)
    at_once, after = NOW - 11, NOW - 11.1
    assert settled(newer, deployment("STOPPED", ended_at=at_once)).outcome is Outcome.SUPERSEDED
    assert settled(newer, deployment("STOPPED", ended_at=after)).outcome is Outcome.STOPPED_BY_HAND


def test_it_is_the_next_rollout_that_took_the_place_and_not_a_later_one() -> None:
    stopped = deployment("STOPPED", ago=50, ended_at=NOW - 40)
    newest, same = deployment("IN_PROGRESS", 3, ago=10), deployment("STOPPED", 2, ago=40)
    assert settled(newest, same, stopped).outcome is Outcome.SUPERSEDED  # asked of the one handed on to
    assert settled(newest, deployment("STOPPED", 4, ago=40), stopped).outcome is Outcome.SUPERSEDED
    assert settled(newest, stopped).outcome is Outcome.STOPPED_BY_HAND


@pytest.mark.parametrize(
    ("attempt", "found", "is_so"),
    [
        (replace(OPEN, deployment_arn="ecs-svc/1"), (), True),
        (OPEN, (deployment("IN_PROGRESS"),), True),
        (OPEN, (deployment("IN_PROGRESS", 3), deployment("IN_PROGRESS", ago=600)), False),
        (OPEN, (), False),
    ],
    ids=["ecs answered", "ecs shows it", "ecs shows others", "nothing"],
)
def test_ecs_works_on_what_it_answered_for_or_shows(attempt: Attempt, found: Any, is_so: bool) -> None:
    live = replace(a_live(V2, revision=2), deployments=found)
    assert is_under_way(attempt, live) is is_so


def test_a_deployment_that_ecs_answered_with_is_waited_for_until_it_is_shown() -> None:
    """Only an update that started none is believed to have needed none."""
    started = replace(OPEN, started_at=NOW - 600, deployment_arn="ecs-svc/1")
    assert settled(attempt=started) == started
    assert (
        settled(attempt=replace(started, deployment_arn=None)).outcome is Outcome.SUCCEEDED
    )  # the control
    assert settled(attempt=replace(started, deployment_arn=None), live=a_live(V1)).outcome is None


def test_an_attempt_without_a_deadline_is_waited_for() -> None:
    followed = replace(OPEN, started_at=NOW - 9e6, deadline_at=None)
    assert settled(attempt=followed, live=a_live(V1)) == followed
    assert not is_overdue(followed, NOW)
    assert (is_overdue(OPEN, NOW + 1740), is_overdue(OPEN, NOW + 1741)) == (False, True)


def test_what_the_events_complained_of_is_kept_of_an_end_that_was_no_success() -> None:
    text = "(service web) was unable to place a task because no container instance met all requirements."
    events = [{"id": "1", "createdAt": NOW - 30, "message": text}]
    live = a_live(V2, revision=2, events=events)
    assert settled(deployment("ROLLBACK_FAILED"), live=live).said
    assert not settled(deployment("SUCCESSFUL"), live=live).said
    late = a_live(V2, revision=2, events=[{**events[0], "createdAt": NOW - 61}])
    assert not settled(deployment("ROLLBACK_FAILED"), live=late).said


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_only_the_end_of_this_very_revision_part_matters_to_it(outcome: Outcome | None) -> None:
    attempt = an_attempt(V2, outcome=outcome)
    well = outcome in (Outcome.SUCCEEDED, Outcome.SUPERSEDED)
    assert is_settled_well(attempt, V2.revision) is well
    assert is_open(attempt, V2.revision) is (outcome is None)
    assert is_settled_well(attempt, V1.revision)
    assert not is_open(attempt, V1.revision)
    assert (is_settled_well(None, V1.revision), is_open(None, V1.revision)) == (True, False)
