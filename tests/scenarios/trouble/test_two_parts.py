"""A statement has two parts: what is rolled out, and what is changed in place beside it."""

from __future__ import annotations

from typing import Any

import pytest

from ecs_gitops.model.vocabulary import Outcome, Reason
from sandbox.tasks.simulated import NEVER_HEALTHY, WELL, TaskOutcome, exits
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row

GOOD, BAD = "nginx:1", "nginx:2"
RUNNING = "nginx-task:1 (nginx:1), 2 of 2 running"
THREE = "nginx-task:1 (nginx:1), 3 of 3 running"
BACK = ["nginx:1 SUCCESSFUL", "nginx:2 ROLLBACK_SUCCESSFUL"]
NEXT = "Push a fix, or run `ecs-gitops retry handson/nginx` to try the same again."
LACKED = "If this was what it lacked: `ecs-gitops retry handson/nginx`."
UNHEALTHY = (
    "3 tasks stopped: Task failed container health checks. "
    "Check the health check's path and port, and what the container logs."
)


def tagged(image: str, version: str, count: int = 2, **ours: Any) -> str:
    """A service that carries its version as a tag, as many teams have it."""
    text = a_manifest(image, count, **ours)
    return text.replace("service:\n", f"service:\n  tags: [{{key: version, value: '{version}'}}]\n", 1)


def push(stage: Stage, image: str, count: int = 2, **ours: Any) -> str:
    return stage.push({"nginx": a_manifest(image, count, **ours)})[:7]


def events(stage: Stage, name: str = "nginx") -> list[str]:
    return [event for event, _ in stage.history(name)]


def nothing_was_called_drift(stage: Stage) -> None:
    assert "DriftPutBack" not in events(stage)
    assert stage.record("nginx").heals == ()


@row("a tag that changes with the image")
@pytest.mark.parametrize("heal", [True, False])
def test_a_tag_that_changes_with_the_image(trouble: Trouble, heal: bool) -> None:
    with a_stage() as stage:
        policy = {"selfHeal": heal}
        for version in ("1", "2", "3", "4"):
            commit = stage.push({"nginx": tagged(f"nginx:{version}", version, reconcile=policy)})[:7]
            stage.until_rolled_out("nginx", f"nginx:{version}")
            assert stage.record("nginx").attempt.cause == "Push"
        nothing_was_called_drift(stage)
        told = f"Synced Healthy: ECS runs commit {commit} as nginx-task:4: 2 of 2 tasks are running."
        deployments = [f"nginx:{version} SUCCESSFUL" for version in "1234"]
        ecs = "nginx-task:4 (nginx:4), 2 of 2 running"
        trouble.ends(stage, told=told, ecs=ecs, deployments=deployments)


@row("a tag that changes with the image")
@pytest.mark.parametrize("heal", [True, False])
def test_a_tag_beside_pushes_in_quick_succession(trouble: Trouble, heal: bool) -> None:
    """The tag goes at once, the rollout waits its turn: it is not called drift for that."""
    with a_stage() as stage:
        policy = {"selfHeal": heal}
        stage.world.tasks.outcomes["*"] = TaskOutcome(start=30)
        for version in ("1", "2", "3", "4"):
            commit = stage.push({"nginx": tagged(f"nginx:{version}", version, reconcile=policy)})[:7]
            stage.world.advance(8)
        stage.until_rolled_out("nginx", "nginx:4")
        nothing_was_called_drift(stage)
        told = f"Synced Healthy: ECS runs commit {commit} as nginx-task:3: 2 of 2 tasks are running."
        trouble.told(line(stage.status("nginx")), told)


@row("a tag that changes with the image")
@pytest.mark.parametrize("heal", [True, False])
def test_a_tag_beside_a_rollout_that_waits_for_another(trouble: Trouble, heal: bool) -> None:
    with a_stage() as stage:
        policy, order = {"selfHeal": heal}, {"waitFor": [f"{CLUSTER}/auth"]}
        stage.world.tasks.outcomes["auth:2"] = TaskOutcome(start=90)
        for version in ("1", "2"):
            auth = a_manifest(f"auth:{version}", family="auth-task")
            text = tagged(f"nginx:{version}", version, reconcile=policy, rollout=order)
            commit = stage.push({"nginx": text, "auth": auth})[:7]
            stage.until_rolled_out("nginx", f"nginx:{version}")
        nothing_was_called_drift(stage)
        told = f"Synced Healthy: ECS runs commit {commit} as nginx-task:2: 2 of 2 tasks are running."
        trouble.told(line(stage.status("nginx")), told)


@row("a tag that changes with the image")
def test_what_succeeded_stays_known_after_a_rollback_beside_a_tag(trouble: Trouble) -> None:
    with a_stage() as stage:
        good = stage.push({"nginx": tagged(GOOD, "1")})[:7]
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        bad = stage.push({"nginx": tagged(BAD, "2")})
        stage.until_told("nginx", Reason.ROLLED_BACK, bad)
        nothing_was_called_drift(stage)
        assert stage.record("nginx").succeeded is not None
        stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", desiredCount=0)
        stage.world.advance(1800)
        assert events(stage).count("DriftPutBack") == 1  # the control: a hand's change is called so
        told = (
            f"OutOfSync Degraded RolledBack: Commit {bad[:7]} was rolled back. {UNHEALTHY} "
            f"ECS runs commit {good} as nginx-task:1: 2 of 2 tasks are running. {NEXT}"
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=BACK)


@row("a prune taken back")
@pytest.mark.parametrize("heal", [True, False])
@pytest.mark.parametrize("after", ["the first step", "the deletion"])
def test_a_prune_that_is_taken_back(trouble: Trouble, heal: bool, after: str) -> None:
    text = a_manifest(GOOD, reconcile={"prune": True, "selfHeal": heal})
    other = a_manifest(GOOD, 0, family="other")  # an emptied folder would prune nothing
    with a_stage() as stage:
        stage.push({"nginx": text})
        stage.until_rolled_out("nginx", GOOD)
        stage.push({"nginx": None, "other": other}, "Delete by mistake")
        stage.world.until(lambda: stage.service("nginx")["desiredCount"] == 0, 300, "the prune began")
        if after == "the deletion":
            stage.world.until(lambda: "ecs:DeleteService" in stage.writes(), 600, "the deletion")
        back = stage.push({"nginx": text}, "Revert")[:7]
        stage.world.advance(3600)
        nothing_was_called_drift(stage)
        told = f"Synced Healthy: ECS runs commit {back} as nginx-task:1: 2 of 2 tasks are running."
        if after == "the deletion":
            told = told.replace("task:1", "task:2")
        trouble.told(line(stage.status("nginx")), told)
        assert stage.service("nginx")["runningCount"] == 2
        stage.an_ordinary_push_works()


@row("an in-place commit on a failing rollout")
@pytest.mark.parametrize("heal", [True, False])
def test_an_in_place_commit_on_a_failing_rollout(trouble: Trouble, heal: bool) -> None:
    with a_stage() as stage:
        good = push(stage, GOOD, reconcile={"selfHeal": heal})
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        bad = push(stage, BAD, reconcile={"selfHeal": heal})
        stage.world.advance(12)
        on_top = push(stage, BAD, 3, reconcile={"selfHeal": heal})
        stage.world.advance(4 * 3600)
        nothing_was_called_drift(stage)
        told = (
            f"OutOfSync Degraded RolledBack: Commit {on_top} is applied; the revision that failed at {bad} "
            f"is not tried again. {UNHEALTHY} ECS runs commit {good} as nginx-task:1: 3 of 3 tasks are "
            f"running. {LACKED}"
        )
        trouble.ends(stage, told=told, ecs=THREE, deployments=BACK, reconcile={"selfHeal": heal})


@row("an in-place push during a rollout, then a bad push")
def test_a_good_rollout_is_not_forgotten_for_an_in_place_push(trouble: Trouble) -> None:
    with a_stage() as stage:
        push(stage, GOOD)
        stage.until_rolled_out("nginx", GOOD)
        second = push(stage, "nginx:better")
        stage.until_told("nginx", Reason.PROGRESSING)
        push(stage, "nginx:better", 3)
        stage.until_rolled_out("nginx", "nginx:better")
        stage.world.advance(4 * 3600)
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        bad = push(stage, BAD, 3)
        stage.world.advance(3600)
        nothing_was_called_drift(stage)
        assert events(stage).count("RolledBack") == 1
        told = (
            f"OutOfSync Degraded RolledBack: Commit {bad} was rolled back. {UNHEALTHY} "
            f"ECS runs commit {second} as nginx-task:2: 3 of 3 tasks are running. {NEXT}"
        )
        ecs = "nginx-task:2 (nginx:better), 3 of 3 running"
        deployments = ["nginx:1 SUCCESSFUL", "nginx:better SUCCESSFUL", "nginx:2 ROLLBACK_SUCCESSFUL"]
        trouble.ends(stage, told=told, ecs=ecs, deployments=deployments)


@row("a push that scales a quarantined branch")
def test_a_push_that_scales_what_is_quarantined(trouble: Trouble) -> None:
    with a_stage() as stage:
        good = push(stage, GOOD)
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        bad = push(stage, BAD)
        stage.until_told("nginx", Reason.ROLLED_BACK)
        stage.world.advance(1800)
        before = len(stage.calls("ecs:UpdateService"))
        on_top = push(stage, BAD, 3)
        stage.world.advance(1800)
        sent = [each["params"] for each in stage.calls("ecs:UpdateService")[before:]]
        assert sent == [{"cluster": CLUSTER, "service": "nginx", "desiredCount": 3}]
        told = (
            f"OutOfSync Degraded RolledBack: Commit {on_top} is applied; the revision that failed at {bad} "
            f"is not tried again. {UNHEALTHY} ECS runs commit {good} as nginx-task:1: 3 of 3 tasks are "
            f"running. {LACKED}"
        )
        trouble.told(line(stage.status("nginx")), told)
        trouble.stands(stage, THREE, BACK)
        stage.world.tasks.outcomes[BAD] = WELL  # the third task was what it lacked
        stage.request("retry", "nginx")
        stage.until_rolled_out("nginx", BAD)
        stage.an_ordinary_push_works()


@row("`desiredCount: 0` on a first rollout that crash-loops")
def test_a_first_rollout_that_crash_loops_is_sent_to_no_tasks(trouble: Trouble) -> None:
    with a_stage() as stage:
        stage.world.tasks.outcomes[BAD] = exits(1)
        bad = push(stage, BAD, breaker={"enable": True, "rollback": False})
        stage.until(lambda: stage.outcome("nginx") is Outcome.FAILED, "the end")
        quiet = push(stage, BAD, 0, breaker={"enable": True, "rollback": False})
        stage.world.advance(3600)
        told = (
            f"OutOfSync Degraded RolloutFailed: Commit {quiet} is applied; the revision that failed at "
            f"{bad} is not tried again. 4 tasks stopped: container nginx exited with code 1. Read the "
            f"container's log. ECS runs nginx-task:1: 0 of 0 tasks are running. {LACKED}"
        )
        ecs = "nginx-task:1 (nginx:2), 0 of 0 running"
        trouble.ends(stage, told=told, ecs=ecs, deployments=["nginx:2 STOPPED"])


@row("a revert with another count while the bad one rolls")
def test_a_revert_with_another_count_in_a_bad_rollout(trouble: Trouble) -> None:
    with a_stage() as stage:
        push(stage, GOOD)
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        push(stage, BAD)
        stage.until_told("nginx", Reason.PROGRESSING)
        stage.world.advance(20)
        back = push(stage, GOOD, 3)
        stage.until_told("nginx", Reason.SYNCED)
        stage.world.advance(3600)
        nothing_was_called_drift(stage)
        told = f"Synced Healthy: ECS runs commit {back} as nginx-task:3: 3 of 3 tasks are running."
        ecs = "nginx-task:3 (nginx:1), 3 of 3 running"
        deployments = ["nginx:1 SUCCESSFUL", "nginx:2 STOPPED", "nginx:1 SUCCESSFUL"]
        trouble.ends(stage, told=told, ecs=ecs, deployments=deployments)


def a_service_by_hand(stage: Stage, image: str) -> None:
    """What somebody made before we came: the same as `a_manifest(GOOD)`, now rolling to another image."""
    ecs = stage.world.client("ecs")
    check = {"command": ["CMD-SHELL", "curl -f localhost"], "interval": 10, "timeout": 2, "retries": 2}
    container = {
        "name": "nginx",
        "memory": 128,
        "portMappings": [{"containerPort": 80}],
        "healthCheck": check,
    }
    for each in (GOOD, image):
        ecs.register_task_definition(
            family="nginx-task", containerDefinitions=[{**container, "image": each}]
        )
    configuration = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ecs.create_service(
        cluster=CLUSTER, serviceName="nginx", taskDefinition="nginx-task:1", desiredCount=2,
        deploymentConfiguration=configuration,
    )  # fmt: skip
    stage.world.advance(600)
    ecs.update_service(cluster=CLUSTER, service="nginx", taskDefinition="nginx-task:2")
    stage.world.advance(5)


@row("adoption in mid-rollout")
def test_what_is_adopted_in_mid_rollout_is_followed_to_its_end(trouble: Trouble) -> None:
    with a_stage() as stage:
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        a_service_by_hand(stage, BAD)
        commit = push(stage, BAD)
        stage.until_heard("nginx", "Adopted")
        assert stage.record("nginx").attempt.cause == "Adopted"
        assert stage.status("nginx").reason is Reason.PROGRESSING
        stage.until_told("nginx", Reason.ROLLED_BACK)
        stage.world.advance(1800)
        assert stage.writes() == []
        told = (
            f"OutOfSync Degraded RolledBack: Commit {commit} was rolled back. {UNHEALTHY} "
            f"ECS runs nginx-task:1: 2 of 2 tasks are running. {NEXT}"
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=BACK)


@row("adoption in mid-rollout")
def test_what_is_adopted_in_mid_rollout_and_ends_well(trouble: Trouble) -> None:
    with a_stage() as stage:
        a_service_by_hand(stage, "nginx:new")
        commit = push(stage, "nginx:new")
        stage.until_heard("nginx", "Succeeded")
        stage.world.advance(600)
        assert stage.writes() == []
        told = f"Synced Healthy: ECS runs commit {commit} as nginx-task:2: 2 of 2 tasks are running."
        ecs = "nginx-task:2 (nginx:new), 2 of 2 running"
        deployments = ["nginx:1 SUCCESSFUL", "nginx:new SUCCESSFUL"]
        trouble.ends(stage, told=told, ecs=ecs, deployments=deployments)


@row("a hand change beside a push under `selfHeal: false`")
def test_a_change_by_hand_beside_a_push(trouble: Trouble) -> None:
    policy = {"selfHeal": False}
    with a_stage() as stage:
        push(stage, GOOD, reconcile=policy)
        stage.until_rolled_out("nginx", GOOD)
        stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", desiredCount=4)
        stage.world.advance(30)
        push(stage, "nginx:new", reconcile=policy)
        stage.until_rolled_out("nginx", "nginx:new")
        stage.world.advance(1800)
        nothing_was_called_drift(stage)
        told = (
            "OutOfSync Healthy DriftDetected: ECS was changed outside Git and reconcile.selfHeal is false. "
            "Put it back with `ecs-gitops sync handson/nginx`, or state the change in Git."
        )
        ecs = "nginx-task:2 (nginx:new), 4 of 4 running"
        deployments = ["nginx:1 SUCCESSFUL", "nginx:new SUCCESSFUL"]
        trouble.ends(stage, told=told, ecs=ecs, deployments=deployments, count=4, reconcile=policy)


@row("waiting for an invalid service")
def test_what_waits_for_an_invalid_service_says_so(trouble: Trouble) -> None:
    order = {"waitFor": [f"{CLUSTER}/auth"]}
    with a_stage() as stage:
        auth = a_manifest("auth:1", family="auth-task")
        stage.push({"nginx": a_manifest(GOOD, rollout=order), "auth": auth})
        stage.until_rolled_out("nginx", GOOD)
        stage.push({"nginx": a_manifest(BAD, 3, rollout=order), "auth": auth.replace("image", "imagee")})
        stage.until_told("nginx", Reason.WAITING_FOR)
        stage.world.advance(3600)
        told = (
            "OutOfSync Healthy WaitingFor: Waits until handson/auth is rolled out, which the same commit "
            "changes. The manifest of handson/auth is not valid: mend desired_state/handson/auth.yaml."
        )
        trouble.told(line(stage.status("nginx")), told)
        trouble.stands(stage, THREE, ["nginx:1 SUCCESSFUL"])  # what changes in place went at once
        mended = stage.push({"auth": auth.replace("auth:1", "auth:2")})
        stage.until_rolled_out("nginx", BAD)
        assert stage.desired("auth").commit == mended
        assert stage.deployments("auth")[-1] == ("auth:2", "SUCCESSFUL")
        stage.an_ordinary_push_works()
