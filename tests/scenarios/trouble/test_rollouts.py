"""Rollouts that do not end well: told with the tasks' own reason, tried once, never taken for a success."""

from __future__ import annotations

import pytest

from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Outcome, Reason
from sandbox.tasks.simulated import CANNOT_PULL, NEVER_HEALTHY, WELL, TaskOutcome
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage
from tests.scenarios.trouble.conftest import Trouble
from tests.scenarios.trouble.rows import row

GOOD, BAD = "nginx:1", "nginx:2"
RUNNING = "nginx-task:1 (nginx:1), 2 of 2 running"
BACK = ["nginx:1 SUCCESSFUL", "nginx:2 ROLLBACK_SUCCESSFUL"]
NEXT = "Push a fix, or run `ecs-gitops retry handson/nginx` to try the same again."


UNHEALTHY = (
    "3 tasks stopped: Task failed container health checks. "
    "Check the health check's path and port, and what the container logs."
)


def a_running_service(stage: Stage) -> str:
    """Version 1 runs; its commit."""
    commit = stage.push({"nginx": a_manifest(GOOD)})
    stage.until_rolled_out("nginx", GOOD)
    return commit[:7]


def rolled_back(stage: Stage, outcome: TaskOutcome) -> tuple[str, str]:
    """Version 1 runs, version 2 is brought back from; their commits."""
    good = a_running_service(stage)
    stage.world.tasks.outcomes[BAD] = outcome
    bad = stage.push({"nginx": a_manifest(BAD)})
    stage.until_told("nginx", Reason.ROLLED_BACK, bad)
    return good, bad[:7]


@row("image never healthy")
def test_an_image_that_never_gets_well(trouble: Trouble) -> None:
    with a_stage() as stage:
        good, bad = rolled_back(stage, NEVER_HEALTHY)
        stage.world.advance(1800)
        told = (
            f"OutOfSync Degraded RolledBack: Commit {bad} was rolled back. {UNHEALTHY} "
            f"ECS runs commit {good} as nginx-task:1: 2 of 2 tasks are running. {NEXT}"
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=BACK)


@row("image missing")
def test_an_image_that_is_not_there(trouble: Trouble) -> None:
    with a_stage() as stage:
        good, bad = rolled_back(stage, CANNOT_PULL)
        stage.world.advance(1800)
        told = (
            f"OutOfSync Degraded RolledBack: Commit {bad} was rolled back. 3 tasks stopped: container "
            "nginx did not start (CannotPullContainerError: pull image manifest has been retried 1 "
            "time(s): failed to resolve ref nginx:2: nginx:2: not found). Check that the image exists "
            "and the execution role may pull it. "
            f"ECS runs commit {good} as nginx-task:1: 2 of 2 tasks are running. {NEXT}"
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=BACK)


@row("no capacity")
def test_no_instance_has_room(trouble: Trouble) -> None:
    with a_stage() as stage:
        good = a_running_service(stage)
        large = a_manifest(BAD).replace("memory: 128", "memory: 999999")
        commit = stage.push({"nginx": large})
        stage.until(lambda: "unable to place" in stage.status("nginx").message, "the first is told of")
        assert stage.status("nginx").reason is Reason.PROGRESSING
        instance = stage.status("nginx").message.partition("container-instance ")[2][:32]
        why = (
            "ECS was unable to place a task because no container instance met all of its requirements. "
            f"Reason: The closest matching (container-instance {instance}) has "
            "insufficient memory available. Give the cluster more room, or let the task ask for less."
        )
        assert why in stage.status("nginx").message
        stage.until_told("nginx", Reason.ROLLED_BACK, commit)
        told = (
            f"OutOfSync Degraded RolledBack: Commit {commit[:7]} was rolled back. {why} "
            f"ECS runs commit {good} as nginx-task:1: 2 of 2 tasks are running. {NEXT}"
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=BACK)


@row("first deployment fails with nothing to roll back to")
def test_the_first_version_never_gets_well(trouble: Trouble) -> None:
    with a_stage() as stage:
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        bad = stage.push({"nginx": a_manifest(BAD)})[:7]
        stage.until(lambda: stage.outcome("nginx") is Outcome.FAILED, "the end")
        stage.world.advance(3600)
        told = (
            f"OutOfSync Degraded RolloutFailed: Commit {bad} failed. {UNHEALTHY.replace('3', '4', 1)} "
            f"ECS runs nginx-task:1: 0 of 2 tasks are running. {NEXT}"
        )
        ecs = "nginx-task:1 (nginx:2), 0 of 2 running"
        trouble.ends(stage, told=told, ecs=ecs, deployments=["nginx:2 ROLLBACK_FAILED"])


@row("push during a rollout")
def test_a_push_in_the_middle_of_a_rollout(trouble: Trouble) -> None:
    with a_stage() as stage:
        a_running_service(stage)
        stage.world.tasks.outcomes[BAD] = TaskOutcome(healthy_after=400)
        first = stage.push({"nginx": a_manifest(BAD)})
        stage.until_told("nginx", Reason.PROGRESSING, first)
        second = stage.push({"nginx": a_manifest("nginx:3")})[:7]
        stage.until_rolled_out("nginx", "nginx:3")
        assert ("Superseded", f"Commit {second} was rolled out in its place.") in stage.history("nginx")
        assert stage.quarantine("nginx") == ()
        told = f"Synced Healthy: ECS runs commit {second} as nginx-task:3: 2 of 2 tasks are running."
        ecs = "nginx-task:3 (nginx:3), 2 of 2 running"
        deployments = ["nginx:1 SUCCESSFUL", "nginx:2 STOPPED", "nginx:3 SUCCESSFUL"]
        trouble.ends(stage, told=told, ecs=ecs, deployments=deployments)


@row("50 pushes in a row (the last runs, at most 3 deployments, history names all)")
@pytest.mark.parametrize(
    ("apart", "before"),
    [(0.0, []), (0.5, ["nginx:push-0 STOPPED", "nginx:push-1 SUCCESSFUL"])],
    ids=["at once", "half a second apart"],
)
def test_fifty_pushes_in_a_row(trouble: Trouble, apart: float, before: list[str]) -> None:
    with a_stage() as stage:
        a_running_service(stage)
        stage.world.tasks.outcomes["*"] = TaskOutcome(start=60)
        commits = []
        for number in range(50):
            commits.append(stage.push({"nginx": a_manifest(f"nginx:push-{number}")})[:7])
            stage.world.advance(apart)
        stage.until_rolled_out("nginx", "nginx:push-49")
        stage.world.advance(60)
        history = stage.controller.table.history(ServiceKey(CLUSTER, "nginx"), 100)
        named = " ".join(f"{each.commit[:7]} {each.message}" for each in history)
        assert [commit for commit in commits if commit not in named] == []
        number = 2 + len(before)
        told = (
            f"Synced Healthy: ECS runs commit {commits[-1]} as nginx-task:{number}: "
            "2 of 2 tasks are running."
        )
        deployments = ["nginx:1 SUCCESSFUL", *before, "nginx:push-49 SUCCESSFUL"]
        ecs = f"nginx-task:{number} (nginx:push-49), 2 of 2 running"
        trouble.ends(stage, told=told, ecs=ecs, deployments=deployments)


@row("a person stops the deployment in the console")
def test_a_person_rolls_a_deployment_back_in_the_console(trouble: Trouble) -> None:
    with a_stage() as stage:
        a_running_service(stage)
        stage.world.tasks.outcomes[BAD] = TaskOutcome(healthy_after=400)
        bad = stage.push({"nginx": a_manifest(BAD)})
        stage.until_told("nginx", Reason.PROGRESSING, bad)
        stage.roll_back("nginx")
        stage.until_told("nginx", Reason.STOPPED_BY_HAND, bad)
        stage.world.advance(7200)
        assert stage.quarantine("nginx") == ()
        told = (
            "OutOfSync Healthy StoppedByHand: Somebody stopped the rollout of nginx-task:2. ECS says: "
            "Service deployment rolled back by a StopServiceDeployment request. Run `ecs-gitops retry "
            "handson/nginx` to roll it out again."
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=BACK)


@row("another service's README-only commit while one is quarantined")
@pytest.mark.parametrize("path", ["README.md", "desired_state/handson/README.md"])
def test_a_commit_that_changes_no_manifest(trouble: Trouble, path: str) -> None:
    with a_stage() as stage:
        good, bad = rolled_back(stage, NEVER_HEALTHY)
        head = stage.repository.push({path: "Read me."}, "Only words")
        stage.world.advance(1800)
        assert stage.controller.table.head("main")[0] == head
        told = (
            f"OutOfSync Degraded RolledBack: Commit {bad} was rolled back. {UNHEALTHY} "
            f"ECS runs commit {good} as nginx-task:1: 2 of 2 tasks are running. {NEXT}"
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=BACK)


@row("`retry`")
def test_retry_rolls_the_same_out_once_more(trouble: Trouble) -> None:
    with a_stage() as stage:
        _, bad = rolled_back(stage, CANNOT_PULL)
        stage.world.tasks.outcomes[BAD] = WELL  # the image is there now
        stage.request("retry", "nginx")
        stage.until_rolled_out("nginx", BAD)
        stage.world.advance(1800)
        assert stage.quarantine("nginx") == ()
        told = f"Synced Healthy: ECS runs commit {bad} as nginx-task:3: 2 of 2 tasks are running."
        ecs = "nginx-task:3 (nginx:2), 2 of 2 running"
        trouble.ends(stage, told=told, ecs=ecs, deployments=[*BACK, "nginx:2 SUCCESSFUL"])


@row("`retry`")
def test_a_retry_that_fails_again_is_told_and_not_tried_a_third_time(trouble: Trouble) -> None:
    with a_stage() as stage:
        good, bad = rolled_back(stage, NEVER_HEALTHY)
        stage.request("retry", "nginx")
        stage.until_heard("nginx", "RolledBack", times=2)
        stage.world.advance(3600)
        told = (
            f"OutOfSync Degraded RolledBack: Commit {bad} was rolled back. {UNHEALTHY} "
            f"ECS runs commit {good} as nginx-task:1: 2 of 2 tasks are running. {NEXT}"
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=[*BACK, BACK[1]])
