"""References are resolved again by the full sweep; an answer that fails to come changes nothing."""

from __future__ import annotations

import json
from typing import Any

from ecs_gitops.model.vocabulary import Health, Reason, Sync
from tests.scenarios.stage import Stage, a_manifest, a_stage


def an_output(stage: Stage, value: str | None) -> None:
    """The stack `platform` whose output names the image's tag; None deletes it."""
    cloudformation = stage.world.client("cloudformation")
    if value is None:
        cloudformation.delete_stack(StackName="platform")
        return
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 1}}
    template: dict[str, Any] = {"Resources": {"Logs": group}, "Outputs": {"Tag": {"Value": value}}}
    known = [each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]]
    act = cloudformation.update_stack if "platform" in known else cloudformation.create_stack
    act(StackName="platform", TemplateBody=json.dumps(template))


MANIFEST = a_manifest('"nginx:${cfn:platform.Tag}"', reconcile={"prune": True})


def test_a_changed_output_is_rolled_out_with_the_same_commit() -> None:
    with a_stage() as stage:
        an_output(stage, "1")
        commit = stage.push({"nginx": MANIFEST})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.world.advance(1200)
        assert stage.deployments("nginx") == [("nginx:1", "SUCCESSFUL")]  # read again, and the same
        an_output(stage, "2")
        stage.world.advance(600)
        stage.until_rolled_out("nginx", "nginx:2")
        desired = stage.desired("nginx")
        assert (desired.commit, desired.cause) == (commit, "ReferenceChanged")
        attempt = stage.record("nginx").attempt
        assert attempt is not None
        assert (attempt.commit, attempt.cause) == (commit, "ReferenceChanged")
        started = "A rollout was started. What a reference names has changed."
        assert ("RolloutStarted", started) in stage.history("nginx")
        assert stage.failures() == []


def test_an_output_that_is_gone_leaves_what_runs_and_is_never_an_absence() -> None:
    with a_stage() as stage:
        an_output(stage, "1")
        stage.push({"nginx": MANIFEST})
        stage.until_rolled_out("nginx", "nginx:1")
        an_output(stage, None)
        status = stage.until_told("nginx", Reason.REFERENCE_UNAVAILABLE)
        assert (status.sync, status.health) == (Sync.UNKNOWN, Health.HEALTHY)
        assert "cannot resolve ${cfn:platform.Tag}" in status.message
        assert "stays in force" in status.message
        stage.world.advance(3600)
        assert stage.deployments("nginx") == [("nginx:1", "SUCCESSFUL")]
        assert stage.service("nginx")["desiredCount"] == 2
        an_output(stage, "3")
        stage.world.advance(600)
        stage.until_rolled_out("nginx", "nginx:3")
