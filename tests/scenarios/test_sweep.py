"""What the minute's sweep finds by itself when no event comes, and how little it does when all is well."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ecs_gitops.git.remote import Remote
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.sweep.every_minute import sweep
from tests.scenarios.git_host import fetches_that_answer
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage
from tests.scenarios.test_life_doctor import examine

HOUR = 3600.0


def lose_events(stage: Stage, *logical_ids: str) -> None:
    """Rules that are off: their events are lost."""
    for logical_id in logical_ids:
        stage.world.client("events").disable_rule(Name=stage.resource(logical_id))


def requests(stage: Stage, since: int) -> Counter[str]:
    """Actions of the controller's functions since a place in the journal."""
    entries = stage.world.journal[since:]
    return Counter(
        str(entry.detail["action"])
        for entry in entries
        if entry.kind == "request" and entry.detail["who"] != "admin"
    )


def test_the_poll_alone_brings_a_push_to_ecs():
    with a_stage() as stage:
        lose_events(stage, "SourceChanged")
        stage.push({"nginx": a_manifest()})
        stage.world.advance(30)
        assert stage.service("nginx") == {}
        stage.world.advance(60)
        assert stage.service("nginx")["desiredCount"] == 2


def test_an_outcome_is_learnt_though_every_event_of_ecs_is_lost():
    with a_stage() as stage:
        lose_events(
            stage,
            *("RolloutEventsFunctionTaskStopped", "RolloutEventsFunctionDeploymentChanged"),
            "RolloutEventsFunctionServiceChanged",
        )
        stage.push({"nginx": a_manifest()})
        stage.until_rolled_out("nginx", "nginx:1.27")


def test_an_hour_of_rest_asks_little_and_sends_nothing():
    with a_stage() as stage:
        names = [f"web-{number:02}" for number in range(20)]
        stage.push({name: a_manifest().replace("nginx-task", name) for name in names})
        stage.world.advance(900)
        before = len(stage.world.journal)
        stage.world.advance(HOUR)
        made = requests(stage, before)
        sweeps, looks = 60, 6
        assert made == {
            "dynamodb:GetItem": sweeps,  # what is known of the source
            "codecommit:GitPull": sweeps,  # its head
            "dynamodb:Query": sweeps + looks,  # what is due; every record
            "ecs:DescribeServices": 2 * looks,  # ten services a call
            "dynamodb:UpdateItem": looks,  # when that was
        }


def test_a_full_sweep_wakes_only_what_differs():
    with a_stage() as stage:
        stage.push({"one": a_manifest().replace("nginx-task", "one"), "two": a_manifest()})
        stage.world.advance(900)
        ecs = stage.world.client("ecs")
        ecs.update_service(cluster=CLUSTER, service="two", desiredCount=7)
        at_once = replace(stage.controller.settings, full_sweep_interval=0)
        stage.controller.settings = at_once
        swept = sweep(stage.controller, stage.now())
        assert (swept.looked, [str(key) for key in swept.woken]) == (2, [f"{CLUSTER}/two"])
        stage.world.advance(60)
        assert stage.service("two")["desiredCount"] == 2


def test_whether_something_scales_a_service_is_asked_only_where_the_answer_matters():
    with a_stage() as stage:
        stage.push({"one": a_manifest().replace("nginx-task", "one"), "two": a_manifest()})
        stage.world.advance(900)
        scaling, ecs = stage.world.client("application-autoscaling"), stage.world.client("ecs")
        for name in ("one", "two"):
            scaling.register_scalable_target(
                ServiceNamespace="ecs",
                ResourceId=f"service/{CLUSTER}/{name}",
                ScalableDimension="ecs:service:DesiredCount",
                MinCapacity=1,
                MaxCapacity=9,
            )
        ecs.update_service(cluster=CLUSTER, service="two", desiredCount=7)
        stage.world.advance(HOUR)
        asked = stage.calls("application-autoscaling:DescribeScalableTargets")
        assert {each["params"]["ResourceIds"][0] for each in asked} == {f"service/{CLUSTER}/two"}
        assert stage.service("two")["desiredCount"] == 7
        before = len(stage.world.journal)
        stage.world.advance(HOUR)
        made, looks = requests(stage, before), 6
        assert made["application-autoscaling:DescribeScalableTargets"] == looks
        assert made["sqs:SendMessage"] == made["sqs:SendMessageBatch"] == 0


def test_a_source_that_cannot_be_read_stops_nothing_else():
    with a_stage() as stage:
        stage.push({"nginx": a_manifest()})
        stage.world.advance(900)
        stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", desiredCount=7)
        away = replace(stage.controller.settings, source_url=stage.repository.url + "-away")
        stage.controller.settings = replace(away, full_sweep_interval=0)
        swept = sweep(stage.controller, stage.now())
        assert "cannot read" in swept.unreadable
        assert swept.measured()["SourceReadable"] == 0.0
        assert [str(key) for key in swept.woken] == [f"{CLUSTER}/nginx"]


def test_a_head_that_nobody_takes_in_is_behind_by_its_age():
    with a_stage() as stage:
        stage.push({"nginx": a_manifest()})
        stage.world.advance(120)
        assert sweep(stage.controller, stage.now()).measured()["HeadBehind"] == 0.0
        mapping = stage.resource("ConfigPushFunctionSources")
        stage.world.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
        head = stage.push({"nginx": a_manifest("nginx:1.28")})
        assert sweep(stage.controller, stage.now()).behind == 0.0
        stage.world.advance(600)
        assert sweep(stage.controller, stage.now()).behind == 600.0
        assert f"Commit {head[:7]} was seen and is not taken in." in stage.ask("status")
        (line,) = examine(stage)[1]["source"]
        assert (line["ok"], line["todo"].startswith("Look at the log of config_push")) == (False, True)
        stage.world.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
        stage.world.advance(600)
        assert sweep(stage.controller, stage.now()).behind == 0.0
        assert "not taken in" not in stage.ask("status")
        assert [each["ok"] for each in examine(stage)[1]["source"]] == [True]


def test_readings_that_fail_are_behind_since_the_first_whatever_is_pushed_meanwhile():
    with a_stage() as stage:
        stage.push({"nginx": a_manifest()})
        stage.world.advance(120)
        stage.world.faults.instead = fetches_that_answer(503)
        failed_at = stage.now()
        for minute in range(15):
            stage.push({"nginx": a_manifest(f"nginx:{minute}")})
            stage.world.advance(60)
        swept = sweep(stage.controller, stage.now())
        assert swept.behind == pytest.approx(stage.now() - failed_at, abs=2)
        assert (swept.unreadable, swept.measured()["SourceReadable"]) == ("", 0.0)
        assert "unexpected http resp 503" in swept.unread


class Faulty(Controller):
    """A controller with a bug where it looks at the branch."""

    @property
    def remote(self) -> Remote:
        """Fails as no author foresaw."""
        raise ZeroDivisionError("a bug")


def test_a_bug_in_the_poll_is_told_and_stops_nothing_else():
    with a_stage() as stage:
        stage.push({"nginx": a_manifest()})
        stage.world.advance(900)
        stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", desiredCount=7)
        at_once = replace(stage.controller.settings, full_sweep_interval=0)
        swept = sweep(Faulty(at_once, stage.world.session(), stage.now), stage.now())
        assert [str(key) for key in swept.woken] == [f"{CLUSTER}/nginx"]
        assert swept.unreadable == (
            f"cannot read {stage.repository.url}: ZeroDivisionError: a bug. This is a bug of ecs-gitops"
        )
