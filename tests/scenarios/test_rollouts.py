"""How a rollout ends, what is remembered of it, and what a person is told."""

from __future__ import annotations

import pytest

from ecs_gitops.model.record import Status
from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync
from sandbox.front.who import Principal
from sandbox.front.wsgi import Request
from sandbox.tasks.simulated import CANNOT_PULL, NEVER_HEALTHY, WELL, TaskOutcome, exits
from sandbox.world.faults import FaultPlan
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage

GOOD, BAD, FIX = "nginx:1", "nginx:2", "nginx:3"
CHECKS = (
    "Task failed container health checks. "
    "Check the health check's path and port, and what the container logs."
)
EXITED = "container nginx exited with code 1. Read the container's log."
NO_IMAGE = (
    "container nginx did not start (CannotPullContainerError: pull image manifest has been retried 1 "
    "time(s): failed to resolve ref nginx:2: nginx:2: not found). "
    "Check that the image exists and the execution role may pull it."
)
NEXT_STEP = "Push a fix, or run `ecs-gitops retry handson/nginx` to try the same again."


def a_bad_push(stage: Stage, outcome: TaskOutcome = NEVER_HEALTHY) -> tuple[str, str]:
    """Version 1 runs, version 2 never gets well; both commits once that is known."""
    good = stage.push({"nginx": a_manifest(GOOD)})
    stage.until_rolled_out("nginx", GOOD)
    stage.world.tasks.outcomes[BAD] = outcome
    bad = stage.push({"nginx": a_manifest(BAD)})
    stage.until_told("nginx", Reason.ROLLED_BACK, bad)
    return good, bad


def gist(status: Status) -> tuple[Sync, Health, Reason, str]:
    """What a person sees first."""
    return status.sync, status.health, status.reason, status.message


@pytest.mark.parametrize(
    ("outcome", "why"), [(NEVER_HEALTHY, CHECKS), (exits(1), EXITED), (CANNOT_PULL, NO_IMAGE)]
)
def test_a_version_that_never_gets_well_is_rolled_back_quarantined_and_explained(
    outcome: TaskOutcome, why: str
) -> None:
    with a_stage(FullSweepInterval="60") as stage:
        good, bad = a_bad_push(stage, outcome)
        assert gist(stage.status("nginx")) == (
            Sync.OUT_OF_SYNC,
            Health.DEGRADED,
            Reason.ROLLED_BACK,
            f"Commit {bad[:7]} was rolled back. 3 tasks stopped: {why} ECS runs commit {good[:7]} as "
            f"nginx-task:1: 2 of 2 tasks are running. {NEXT_STEP}",
        )
        assert [entry.commit for entry in stage.quarantine("nginx")] == [bad]
        assert stage.image("nginx") == GOOD
        assert stage.plan("nginx") == []
        stage.world.advance(130)
        assert stage.deployments("nginx") == [(GOOD, "SUCCESSFUL"), (BAD, "ROLLBACK_SUCCESSFUL")]
        assert stage.failures() == []
        stage.an_ordinary_push_works()


def test_history_tells_how_each_rollout_ended() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_bad_push(stage, exits(1))
        assert stage.history("nginx") == [
            ("Created", "The service was created."),
            ("Succeeded", "nginx-task:1 was rolled out."),
            ("RolloutStarted", "A rollout was started."),
            (
                "RolledBack",
                "ECS rolled nginx-task:2 back. ECS says: Service deployment rolled back because the "
                "circuit breaker threshold was exceeded. "
                "3 tasks stopped: container nginx exited with code 1.",
            ),
        ]


def test_a_rollback_that_ends_while_it_is_looked_at_is_no_reason_for_a_rollout() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        role = stage.resource("ReconcilerRole")

        def meanwhile(principal: Principal, action: str, _request: Request) -> None:
            """Between the look at the service and the look at its deployments ECS comes to the end."""
            if (principal.name, action) != (role, "ecs:DescribeServices"):
                return
            if (BAD, "IN_PROGRESS") in stage.deployments("nginx"):
                stage.world.until(lambda: stage.ended("nginx"), 600, "the end of the rollback")

        stage.world.faults.then = meanwhile
        a_bad_push(stage, exits(1))
        stage.world.advance(130)
        assert stage.deployments("nginx") == [(GOOD, "SUCCESSFUL"), (BAD, "ROLLBACK_SUCCESSFUL")]
        assert (stage.status("nginx").reason, stage.plan("nginx")) == (Reason.ROLLED_BACK, [])
        assert [event for event, _ in stage.history("nginx")].count("RolloutStarted") == 1
        stage.an_ordinary_push_works()


def test_what_failed_is_not_rolled_out_again_by_another_commit() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        good, bad = a_bad_push(stage)
        stage.push({"nginx": a_manifest(GOOD)}, "Back")
        stage.until_told("nginx", Reason.SYNCED)
        again = stage.push({"nginx": a_manifest(BAD)}, "The same once more")
        stage.until_told("nginx", Reason.QUARANTINED, again)
        status = stage.status("nginx")
        assert (status.sync, status.health) == (Sync.OUT_OF_SYNC, Health.DEGRADED)
        assert status.message == (
            f"Commit {again[:7]} states what failed at commit {bad[:7]}, so it is not rolled out. "
            "ECS rolled nginx-task:2 back. ECS says: Service deployment rolled back because the circuit "
            "breaker threshold was exceeded. 3 tasks stopped: Task failed container health checks. "
            f"ECS runs commit {good[:7]} as nginx-task:1: 2 of 2 tasks are running. {NEXT_STEP}"
        )
        assert stage.plan("nginx") == []
        assert len(stage.deployments("nginx")) == 2
        stage.an_ordinary_push_works()


def test_what_somebody_rolls_out_instead_of_a_failure_is_what_a_later_one_falls_back_to() -> None:
    """A fallback never goes behind what ECS completed last, whoever began it."""
    with a_stage(FullSweepInterval="60") as stage:
        _, bad = a_bad_push(stage, exits(1))
        ecs = stage.world.client("ecs")
        check = {"command": ["CMD-SHELL", "true"], "interval": 10, "timeout": 2, "retries": 2}
        container = {"name": "nginx", "image": "nginx:foreign", "memory": 128, "healthCheck": check}
        made = ecs.register_task_definition(family="nginx-task", containerDefinitions=[container])
        arn = made["taskDefinition"]["taskDefinitionArn"]
        ecs.update_service(cluster=CLUSTER, service="nginx", taskDefinition=arn)
        stage.world.advance(600)
        assert stage.deployments("nginx")[2:] == [("nginx:foreign", "SUCCESSFUL")]
        assert stage.status("nginx").message == (
            f"Commit {bad[:7]} was rolled back. 3 tasks stopped: container nginx exited with code 1. "
            "Read the container's log. ECS runs nginx-task:3: "
            f"2 of 2 tasks are running. {NEXT_STEP}"
        )
        assert stage.plan("nginx") == []
        stage.world.tasks.outcomes["nginx:worse"] = exits(1)
        stage.push({"nginx": a_manifest("nginx:worse", breaker={"enable": True, "rollback": False})})
        stage.until_rolled_out("nginx", "nginx:foreign")
        assert stage.status("nginx").reason is Reason.QUARANTINED
        stage.an_ordinary_push_works()


def test_in_place_changes_beside_a_bad_version_apply_over_the_one_before() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = NEVER_HEALTHY
        bad = stage.push({"nginx": a_manifest(BAD, count=3)})
        stage.until_told("nginx", Reason.ROLLED_BACK, bad)
        stage.world.advance(130)
        assert (stage.service("nginx")["desiredCount"], stage.plan("nginx")) == (3, [])
        assert "DriftPutBack" not in [event for event, _ in stage.history("nginx")]
        stage.an_ordinary_push_works(count=3)
        assert stage.service("nginx")["desiredCount"] == 3


def test_retry_lifts_the_quarantine_and_rolls_the_same_out() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        a_bad_push(stage)
        stage.world.tasks.outcomes[BAD] = WELL  # what it lacked is there now
        stage.request("retry", "nginx")
        stage.until_rolled_out("nginx", BAD)
        assert stage.deployments("nginx")[2:] == [(BAD, "SUCCESSFUL")]
        assert stage.quarantine("nginx") == ()
        assert stage.record("nginx").attempt.cause == "retry"
        told = stage.history("nginx")[4:]
        assert [event for event, _ in told] == ["Retry", "RolloutStarted", "Succeeded"]
        assert told[0] == ("Retry", "Asked to retry.")
        assert stage.plan("nginx") == []
        stage.an_ordinary_push_works()


def test_a_retry_asked_for_before_the_failure_was_seen_counts() -> None:
    """A person reads it in the console; of the events that tell of it none arrived."""
    with a_stage() as stage:
        stage.push({"nginx": a_manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = exits(1)
        stage.world.faults.plan = FaultPlan(dropped=1.0)
        stage.push({"nginx": a_manifest(BAD)})
        back = (BAD, "ROLLBACK_SUCCESSFUL")
        stage.until(lambda: stage.deployments("nginx")[-1:] == [back], "the rollback")
        assert stage.outcome("nginx") is None
        stage.world.tasks.outcomes[BAD] = WELL
        stage.request("retry", "nginx")
        stage.until_rolled_out("nginx", BAD)
        assert stage.quarantine("nginx") == ()
        assert [event for event, _ in stage.history("nginx")][3:] == [
            "Retry",
            "RolledBack",
            "RolloutStarted",
            "Succeeded",
        ]


def test_a_retry_that_fails_again_is_quarantined_again() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        _, bad = a_bad_push(stage)
        stage.request("retry", "nginx")
        stage.until_heard("nginx", "RolledBack", times=2)
        assert [entry.commit for entry in stage.quarantine("nginx")] == [bad]
        assert stage.deployments("nginx")[2:] == [(BAD, "ROLLBACK_SUCCESSFUL")]
        assert stage.image("nginx") == GOOD
        stage.an_ordinary_push_works()


def test_a_push_in_the_middle_of_a_rollout_takes_its_place() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = TaskOutcome(healthy_after=400)
        first = stage.push({"nginx": a_manifest(BAD)})
        stage.until_told("nginx", Reason.PROGRESSING, first)
        second = stage.push({"nginx": a_manifest(FIX)})
        stage.until_rolled_out("nginx", FIX)
        assert stage.deployments("nginx") == [
            (GOOD, "SUCCESSFUL"),
            (BAD, "STOPPED"),
            (FIX, "SUCCESSFUL"),
        ]
        assert stage.quarantine("nginx") == ()
        assert ("Superseded", f"Commit {second[:7]} was rolled out in its place.") in stage.history("nginx")
        assert stage.plan("nginx") == []
        stage.an_ordinary_push_works()


def test_back_to_the_old_version_in_the_middle_of_a_rollout() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = TaskOutcome(healthy_after=400)
        first = stage.push({"nginx": a_manifest(BAD)})
        stage.until_told("nginx", Reason.PROGRESSING, first)
        stage.push({"nginx": a_manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        assert [image for image, _ in stage.deployments("nginx")] == [GOOD, BAD, GOOD]
        assert stage.plan("nginx") == []
        stage.an_ordinary_push_works()


@pytest.mark.parametrize("apart", [0.0, 0.02, 0.2, 1.0, 5.0])
def test_of_two_pushes_in_a_row_the_last_wins(apart: float) -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        stage.push({"nginx": a_manifest(BAD)})
        stage.world.advance(apart)
        stage.push({"nginx": a_manifest(FIX)})
        stage.until_rolled_out("nginx", FIX)
        images = [image for image, _ in stage.deployments("nginx")]
        assert images in ([GOOD, FIX], [GOOD, BAD, FIX])
        assert stage.plan("nginx") == []
        assert stage.failures() == []
        stage.an_ordinary_push_works()


def test_a_rollout_without_an_outcome_is_degraded_past_its_deadline() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = TaskOutcome(start=400.0)
        bad = stage.push({"nginx": a_manifest(BAD, rollout={"deadline": "3m"})})
        stage.until_told("nginx", Reason.DEADLINE_EXCEEDED, bad)
        assert gist(stage.status("nginx")) == (
            Sync.SYNCED,
            Health.DEGRADED,
            Reason.DEADLINE_EXCEEDED,
            f"Rolling out commit {bad[:7]}: 2 of 2 tasks are running. It has no outcome after 4 minutes. "
            "Look at the service's events, or push a fix.",
        )
        stage.until_rolled_out("nginx", BAD)
        assert stage.outcome("nginx") is Outcome.SUCCEEDED
        stage.an_ordinary_push_works()


def test_a_rollout_that_somebody_rolls_back_waits_until_a_person_decides() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(GOOD)})
        stage.until_rolled_out("nginx", GOOD)
        stage.world.tasks.outcomes[BAD] = TaskOutcome(healthy_after=400)
        bad = stage.push({"nginx": a_manifest(BAD)})
        stage.until_told("nginx", Reason.PROGRESSING, bad)
        stage.roll_back("nginx")
        stage.until_told("nginx", Reason.STOPPED_BY_HAND, bad)
        assert stage.status("nginx").message == (
            "Somebody stopped the rollout of nginx-task:2. ECS says: Service deployment rolled back by a "
            "StopServiceDeployment request. Run `ecs-gitops retry handson/nginx` to roll it out again."
        )
        assert stage.quarantine("nginx") == ()
        stage.world.advance(130)
        assert stage.deployments("nginx") == [(GOOD, "SUCCESSFUL"), (BAD, "ROLLBACK_SUCCESSFUL")]
        stage.world.tasks.outcomes[BAD] = WELL
        stage.request("retry", "nginx")
        stage.until_rolled_out("nginx", BAD)
        assert stage.deployments("nginx")[2:] == [(BAD, "SUCCESSFUL")]
        stage.an_ordinary_push_works()
