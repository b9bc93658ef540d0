"""The circuit breaker: when it trips, where a rollback goes, and the one outcome of every rollout."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.services.ecs import breaker, messages
from sandbox.services.ecs.state import Deployment, DeploymentStatus, Rollout, TaskStatus
from tests.engine.ecs.stage import GROUP, Stage, a_configuration, a_stage, statuses

GUARDED = a_configuration(enable=True, rollback=True)
GUARDED_ONLY = a_configuration(enable=True, rollback=False)


def a_threshold(kind: str, value: int) -> dict[str, Any]:
    return a_configuration(enable=True, thresholdConfiguration={"type": kind, "value": value})


@pytest.mark.parametrize(
    ("configuration", "desired", "expected"),
    [
        (GUARDED, 1, 3),
        (GUARDED, 7, 4),
        (GUARDED, 1000, 200),
        (a_threshold("COUNT", 5), 1, 5),
        (a_threshold("UNBOUNDED_PERCENT", 10), 3, 1),
        (a_threshold("UNBOUNDED_PERCENT", 50), 1000, 500),
        (a_threshold("BOUNDED_PERCENT", 100), 10, 10),
    ],
)
def test_the_threshold_follows_its_type(configuration: dict[str, Any], desired: int, expected: int) -> None:
    assert breaker.threshold(configuration, desired) == expected


@given(st.integers(0, 5000), st.integers(1, 100))
def test_the_default_kind_of_threshold_stays_between_three_and_two_hundred(
    desired: int, percent: int
) -> None:
    assert 3 <= breaker.threshold(a_threshold("BOUNDED_PERCENT", percent), desired) <= 200


@pytest.mark.parametrize(
    ("stated", "resets"),
    [({}, True), ({"deploymentCircuitBreaker": {"enable": True}}, True)]
    + [({"deploymentCircuitBreaker": {"resetOnHealthyTask": each}}, each) for each in (True, False)],
)
def test_a_healthy_task_resets_the_count_unless_told_otherwise(
    stated: dict[str, Any], resets: bool
) -> None:
    assert breaker.resets(stated) is resets


@pytest.mark.parametrize("status", DeploymentStatus)
@pytest.mark.parametrize("state", ["DISABLED", "MONITORING", "MONITORING_COMPLETE", "TRIGGERED"])
def test_a_breaker_watches_while_it_is_on_and_the_deployment_open(
    state: str, status: DeploymentStatus
) -> None:
    deployment = Deployment(
        "d", "1", (), {}, 0.0, status, breaker=state, failures=3, rollback_failures=3, threshold=3
    )
    expected = state in ("MONITORING", "TRIGGERED") and status.value not in (
        "SUCCESSFUL",
        "STOPPED",
        "ROLLBACK_SUCCESSFUL",
        "ROLLBACK_FAILED",
    )
    assert (breaker.watches(deployment), breaker.trips(deployment)) == (expected, expected)


@pytest.mark.parametrize("image", ["sick", "crashes", "missing", "homeless"])
def test_a_bad_revision_is_rolled_back_to_the_last_completed_one(image: str) -> None:
    stage = a_stage("good", configuration=GUARDED)
    good, kept = stage.primary, {task.id for task in stage.service.present()}
    stage.roll_out(image)
    ended = stage.until_ended()
    assert statuses(stage) == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]
    assert stage.primary.task_definition == good.task_definition
    assert {task.id for task in stage.service.present()} == kept
    assert (ended.breaker, ended.reason) == ("TRIGGERED", messages.THRESHOLD_EXCEEDED)
    assert ended.failures >= ended.threshold == 3
    assert ended.rollback is not None
    assert ended.rollback.revision == good.number
    assert stage.service.revision(ended.target).rollout is Rollout.FAILED
    assert stage.primary.rollout is Rollout.COMPLETED


def test_a_rollback_says_what_failed_and_where_it_goes() -> None:
    stage = a_stage("good", configuration=GUARDED)
    before = len(stage.says())
    stage.roll_out("missing")
    failed = stage.newest.target
    stage.until_ended()
    said = [line for line in stage.says()[before:] if "deployment" in line or "consistently" in line]
    good = stage.primary.number
    assert said == [
        messages.impaired(),
        f"(deployment ecs-svc/{failed}) deployment failed: tasks failed to start.",
        f"rolling back to deployment ecs-svc/{good}.",
        f"(deployment ecs-svc/{good}) deployment completed.",
    ]
    events = stage.events("ECS Deployment State Change")[2:]
    assert [(event["eventName"], event["deploymentId"], event["reason"]) for event in events] == [
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", f"ecs-svc/{failed}", messages.in_progress(failed)),
        (
            "SERVICE_DEPLOYMENT_FAILED",
            f"ecs-svc/{failed}",
            "ECS deployment circuit breaker: task failed to start.",
        ),
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", f"ecs-svc/{failed}", messages.rolling_back(good)),
        ("SERVICE_DEPLOYMENT_COMPLETED", f"ecs-svc/{good}", messages.completed(good)),
    ]


def test_a_target_that_fails_its_checks_is_named_with_the_reason() -> None:
    stage = a_stage("good", configuration=GUARDED)
    stage.roll_out("sick")
    stage.until_ended()
    sick = next(task for task in stage.service.tasks if task.sick)
    words = "due to (reason Health checks failed with these codes: [403])."
    assert f"(task {sick.id}) (port 80) is unhealthy in (target-group {GROUP}) {words}" in stage.says()
    assert sick.stopped_reason == f"Task failed ELB health checks in (target-group {GROUP})"
    assert sick.stop_code == "ServiceSchedulerInitiated"


def test_a_failed_container_check_is_named() -> None:
    stage = a_stage("good", balanced=False, check=True, configuration=GUARDED)
    stage.roll_out("sick")
    stage.until_ended()
    sick = next(task for task in stage.service.tasks if task.sick)
    assert f"(task {sick.id}) failed container health checks." in stage.says()
    assert (sick.stopped_reason, sick.status) == ("Task failed container health checks", TaskStatus.STOPPED)


def test_unhealthy_targets_are_pardoned_during_the_grace_period() -> None:
    stage = Stage(desired=1, request={"healthCheckGracePeriodSeconds": 60})
    stage.roll_out("sick")
    stage.timeline.advance(60.0)
    assert [task.sick for task in stage.service.tasks] == [""]
    stage.timeline.advance(5.0)
    assert stage.service.tasks[0].sick


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to() -> None:
    stage = Stage(configuration=GUARDED)
    stage.roll_out("crashes")
    ended = stage.until_ended()
    assert (ended.status.value, ended.reason) == ("ROLLBACK_FAILED", messages.NO_CANDIDATE)
    stage.settle(3600.0)
    assert stage.service.present() == ()
    assert stage.primary.rollout is Rollout.FAILED
    assert not stage.service.steady


def test_without_rollback_a_failed_service_starts_nothing_more_and_keeps_what_works() -> None:
    stage = a_stage("good", configuration=GUARDED_ONLY)
    kept = {task.id for task in stage.service.present()}
    stage.roll_out("crashes")
    ended = stage.until_ended()
    assert (ended.status.value, ended.breaker) == ("STOPPED", "TRIGGERED")
    count = len(stage.service.tasks)
    stage.settle(1800.0)
    assert {task.id for task in stage.service.present()} == kept
    assert len(stage.service.tasks) == count


def test_without_a_breaker_ecs_tries_for_ever() -> None:
    """Control: it is the breaker that ends the rollouts above."""
    stage = a_stage("good")
    stage.roll_out("crashes")
    stage.settle(3600.0)
    assert stage.newest.status.value == "IN_PROGRESS"
    assert stage.primary.failed_tasks > 3


def test_a_healthy_task_sets_the_failures_back_to_zero() -> None:
    stage = a_stage("good", configuration=GUARDED, desired=6)
    stage.roll_out("good")
    stage.timeline.advance(3.0)
    for task in [task for task in stage.service.alive() if task.revision == stage.service.primary][:2]:
        stage.crash(task)
    assert stage.newest.failures == 2
    assert stage.until_ended().failures == 0


def test_a_threshold_that_does_not_reset_keeps_counting() -> None:
    configuration = a_configuration(enable=True, rollback=True, resetOnHealthyTask=False)
    stage = a_stage("good", configuration=configuration, desired=6)
    stage.roll_out("good")
    stage.timeline.advance(3.0)
    for task in [task for task in stage.service.alive() if task.revision == stage.service.primary][:2]:
        stage.crash(task)
    assert stage.until_ended().failures == 2


def test_a_deployment_stopped_by_hand_goes_back() -> None:
    stage = a_stage("good")
    good = stage.primary.number
    stage.roll_out("slow")
    stage.timeline.advance(5.0)
    stage.stop_deployment()
    assert stage.newest.status.value == "ROLLBACK_REQUESTED"
    ended = stage.until_ended()
    assert (ended.status.value, ended.reason, ended.breaker) == (
        "ROLLBACK_SUCCESSFUL",
        messages.ROLLED_BACK_BY_USER,
        "DISABLED",
    )
    assert stage.service.primary == good


def test_an_aborted_deployment_stops_where_it_stands() -> None:
    stage = a_stage("good")
    stage.roll_out("slow")
    stage.timeline.advance(5.0)
    stage.stop_deployment("ABORT")
    ended = stage.until_ended()
    assert (ended.status.value, ended.reason) == ("STOPPED", messages.STOPPED_BY_USER)
    assert len(stage.service.alive()) == 4


def test_a_rollback_that_fails_as_well_ends() -> None:
    stage = a_stage("good", configuration=GUARDED)
    stage.roll_out("missing")
    while stage.newest.rollback is None:
        stage.timeline.run_next()
    for _ in range(60):
        for task in stage.service.alive():
            stage.crash(task)
        stage.timeline.advance(1.0)
    ended = stage.newest
    assert (ended.status.value, ended.rollback_failures) == ("ROLLBACK_FAILED", 3)
