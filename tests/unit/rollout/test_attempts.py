"""How an attempt ended: by the deployment of its own revision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.record import Attempt
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.status.assess import settle
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
    retried = replace(OPEN, deployment_arn="2-50")
    assert settled(deployment("SUCCESSFUL"), failed, attempt=retried).outcome is Outcome.SUCCEEDED


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
