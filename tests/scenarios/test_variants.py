"""What is not known of AWS does not matter: the stories of every day end the same, whatever the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync
from sandbox.ground.variants import VARIANTS, answers
from sandbox.tasks.simulated import exits
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage

GOOD, BAD, FIX = "nginx:1", "nginx:2", "nginx:3"
EVERY_ANSWER = [(variant.id, answer) for variant in VARIANTS for answer in variant.answers]
LEFT_ALONE = 1800.0


def manifest(image: str, most: int = 200) -> str:
    """The usual one, with a volume, and a setting that only later tasks take up."""
    family, breaker = "  family: nginx-task\n", "deploymentConfiguration: {"
    stated = a_manifest(image).replace(family, f"{family}  volumes: [{{name: scratch}}]\n")
    return stated.replace(breaker, f"{breaker}maximumPercent: {most}, ")


def until_set(stage: Stage, most: int) -> None:
    """Let the world go on until ECS has the setting, and rests."""

    def is_set() -> bool:
        shown = stage.service("nginx")["deploymentConfiguration"]["maximumPercent"]
        return shown == most and stage.ended("nginx") and stage.plan("nginx") == []

    stage.world.until(is_set, 900, f"maximumPercent {most}")


@pytest.mark.parametrize(("variant", "answer"), EVERY_ANSWER)
def test_a_service_is_created_changed_rolled_back_and_mended(variant: str, answer: str) -> None:
    with a_stage(variants={variant: answer}) as stage:
        stage.world.tasks.outcomes[BAD] = exits(3)
        stage.push({"nginx": manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        stage.push({"nginx": manifest(GOOD, 150)})
        until_set(stage, 150)
        commit = stage.push({"nginx": manifest(BAD, 150)})
        status = stage.until_told("nginx", Reason.ROLLED_BACK, commit)
        assert (status.sync, status.health) == (Sync.OUT_OF_SYNC, Health.DEGRADED)
        assert [each.commit for each in stage.quarantine("nginx")] == [commit]
        assert (stage.image("nginx"), stage.plan("nginx")) == (GOOD, [])
        stage.push({"nginx": manifest(FIX, 150)})
        stage.until_rolled_out("nginx", FIX)
        before = len(stage.calls("ecs:UpdateService"))
        stage.world.advance(LEFT_ALONE)
        assert (stage.plan("nginx"), stage.status("nginx").reason) == ([], Reason.SYNCED)
        assert len(stage.calls("ecs:UpdateService")) == before
        assert stage.failures() == []


@pytest.mark.parametrize(("variant", "answer"), EVERY_ANSWER)
def test_what_a_person_sends_back_is_held_and_not_quarantined(variant: str, answer: str) -> None:
    with a_stage(variants={variant: answer}) as stage:
        stage.push({"nginx": manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        commit = stage.push({"nginx": manifest(FIX)})
        stage.world.until(lambda: len(stage.deployments("nginx")) == 2, 120, "the second rollout")
        send_back(stage)
        stage.until_told("nginx", Reason.STOPPED_BY_HAND, commit)
        assert (stage.outcome("nginx"), stage.quarantine("nginx")) == (Outcome.STOPPED_BY_HAND, ())
        stage.world.advance(LEFT_ALONE)
        assert len(stage.deployments("nginx")) == 2


def send_back(stage: Stage) -> None:
    """Stop the rollout under way, as a person does in the console."""
    ecs = stage.world.client("ecs")
    newest = ecs.list_service_deployments(cluster=CLUSTER, service="nginx")["serviceDeployments"][0]
    ecs.stop_service_deployment(serviceDeploymentArn=newest["serviceDeploymentArn"], stopType="ROLLBACK")


def test_a_question_or_an_answer_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot choose 'nothing'"):
        answers({"nothing": "yes"})
    with pytest.raises(ValueError, match="cannot answer event-latency by 'never': a moment or a minute"):
        answers({"event-latency": "never"})
    assert answers({})["event-latency"] == "a moment"


@pytest.mark.parametrize(
    ("variant", "seen"),
    [
        ("network-mode-shown", lambda stage: definition(stage).get("networkMode")),
        ("fault-injection-shown", lambda stage: definition(stage).get("enableFaultInjection")),
        ("volume-host-shown", lambda stage: definition(stage)["volumes"][0].get("host")),
        ("grace-period-shown", lambda stage: stage.service("nginx").get("healthCheckGracePeriodSeconds")),
        ("breaker-after-the-end", lambda stage: deployment(stage)["deploymentCircuitBreaker"]["status"]),
    ],
)
def test_the_answer_is_seen_in_ecs(variant: str, seen: Callable[[Stage], object]) -> None:
    # the control of the stories above: the worlds they were told in do differ
    shown = []
    for answer in next(each.answers for each in VARIANTS if each.id == variant):
        with a_stage(variants={variant: answer}) as stage:
            stage.push({"nginx": manifest(GOOD)})
            stage.until_rolled_out("nginx", GOOD)
            shown.append(seen(stage))
    assert shown[0] != shown[1]


def definition(stage: Stage) -> dict[str, Any]:
    arn = stage.service("nginx")["taskDefinition"]
    found: dict[str, Any] = stage.world.client("ecs").describe_task_definition(taskDefinition=arn)
    return dict(found["taskDefinition"])


def deployment(stage: Stage) -> dict[str, Any]:
    ecs = stage.world.client("ecs")
    listed = ecs.list_service_deployments(cluster=CLUSTER, service="nginx")["serviceDeployments"]
    arn = listed[0]["serviceDeploymentArn"]
    return dict(ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0])
