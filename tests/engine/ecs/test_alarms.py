"""Deployment alarms: what they fail, where that leads, and how long they are watched."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.services.ecs import alarms, messages
from sandbox.services.ecs.answers import deployment_document
from sandbox.services.ecs.state import Rollout
from tests.engine.ecs.stage import Stage, a_configuration, a_stage, statuses


def guarded(*, rollback: bool = True, **more: Any) -> dict[str, Any]:
    watched = {"alarmNames": ["5xx", "slow"], "enable": True, "rollback": rollback}
    return {**a_configuration(enable=True, rollback=True), "alarms": watched, **more}


def a_rollout(stage: Stage) -> Stage:
    stage.roll_out("good")
    stage.timeline.advance(5.0)
    return stage


def test_an_alarm_that_goes_off_during_a_rollout_leads_back() -> None:
    stage = a_rollout(a_stage("good", configuration=guarded()))
    good = stage.service.completed
    failed = stage.primary.number
    stage.alarms.add("5xx")
    ended = stage.until_ended()
    assert statuses(stage) == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]
    assert stage.service.primary == good
    assert stage.service.revision(failed).rollout is Rollout.FAILED
    assert (ended.reason, ended.breaker) == (messages.alarmed(["5xx"]), "MONITORING_COMPLETE")
    assert deployment_document(stage.service, ended)["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["5xx", "slow"],
        "triggeredAlarmNames": ["5xx"],
    }
    failures = [
        event
        for event in stage.events("ECS Deployment State Change")
        if event["eventName"] == "SERVICE_DEPLOYMENT_FAILED"
    ]
    assert [(event["deploymentId"], event["reason"]) for event in failures] == [
        (f"ecs-svc/{failed}", messages.alarmed(["5xx"]))
    ]


def test_without_rollback_the_service_stops_where_it_is() -> None:
    stage = a_rollout(a_stage("good", configuration=guarded(rollback=False)))
    stage.alarms.add("slow")
    ended = stage.until_ended()
    assert (ended.status.value, ended.reason) == ("STOPPED", messages.STOPPED_BY_ALARM)


def test_an_alarm_that_was_on_before_is_ignored_for_that_deployment_alone() -> None:
    stage = a_stage("good", configuration=guarded())
    stage.alarms.add("5xx")
    stage.roll_out("good")
    assert stage.until_ended().status.value == "SUCCESSFUL"
    stage.alarms.clear()
    a_rollout(stage).alarms.add("5xx")
    assert stage.until_ended().status.value == "ROLLBACK_SUCCESSFUL"


@pytest.mark.parametrize(("minutes", "bake"), [(0, alarms.BAKE), (10, 600.0)])
def test_a_guarded_deployment_bakes_before_it_is_done(minutes: int, bake: float) -> None:
    stage = a_stage("good", configuration=guarded(bakeTimeInMinutes=minutes))
    stage.roll_out("good")
    while stage.newest.bakes_until is None:
        stage.timeline.run_next()
    in_place = stage.timeline.now
    assert {task.revision for task in stage.service.present()} == {stage.service.primary}
    assert deployment_document(stage.service, stage.newest)["lifecycleStage"] == "BAKE_TIME"
    assert stage.until_ended().finished_at == in_place + bake


def test_an_alarm_while_baking_leads_back_and_one_after_it_does_not() -> None:
    stage = a_stage("good", configuration=guarded())
    stage.roll_out("good")
    while stage.newest.bakes_until is None:
        stage.timeline.run_next()
    stage.alarms.add("slow")
    assert stage.until_ended().status.value == "ROLLBACK_SUCCESSFUL"
    stage.alarms.clear()
    stage.roll_out("good")
    stage.until_ended()
    stage.alarms.add("slow")
    stage.settle(3600.0)
    assert statuses(stage)[-1] == "SUCCESSFUL"


def test_alarms_that_are_off_are_not_looked_at() -> None:
    """Control: it is the alarms that fail the rollouts above."""
    watched = {"alarms": {"alarmNames": ["5xx"], "enable": False, "rollback": True}}
    stage = a_rollout(a_stage("good", configuration=guarded(**watched)))
    stage.alarms.add("5xx")
    ended = stage.until_ended()
    assert (ended.status.value, ended.alarms, ended.bakes_until) == ("SUCCESSFUL", "DISABLED", None)
