"""A rolling deployment: what is started and stopped when, and what is said about it."""

from __future__ import annotations

from sandbox.services.ecs import happenings as h
from sandbox.services.ecs.state import Task, TaskStatus
from tests.engine.ecs.stage import GROUP, Stage, a_configuration, a_stage, statuses


def test_a_rollout_behind_a_load_balancer_says_what_it_does() -> None:
    stage = a_stage("good")
    old = stage.service.tasks
    stage.roll_out("good")
    stage.until_ended()
    new = stage.service.present()
    first, number = stage.service.revisions[1].number, stage.primary.number
    said = [line for line in stage.says() if not line.startswith("has begun")]
    assert said == [
        f"has started 2 tasks: (task {old[0].id}) (task {old[1].id}).",
        *[f"registered 1 targets in (target-group {GROUP})"] * 2,
        f"(deployment ecs-svc/{first}) deployment completed.",
        "has reached a steady state.",
        f"has started 2 tasks: (task {new[0].id}) (task {new[1].id}).",
        *[f"registered 1 targets in (target-group {GROUP})"] * 2,
        *_stopped_lines(stage, old),
        f"(deployment ecs-svc/{number}) deployment completed.",
        "has reached a steady state.",
    ]
    assert statuses(stage) == ["SUCCESSFUL", "SUCCESSFUL"]


def _stopped_lines(stage: Stage, old: tuple[Task, ...]) -> list[str]:
    stopped = sorted(
        (task for task in stage.service.tasks if task.id in {item.id for item in old}),
        key=lambda task: task.stopping_at or 0,
    )
    lines: list[str] = []
    for task in stopped:
        lines.append(f"deregistered 1 targets in (target-group {GROUP})")
        lines.append(f"has stopped 1 running tasks: (task {task.id}).")
    return lines


def test_a_task_leaves_its_target_group_before_it_is_told_to_end() -> None:
    stage = a_stage("good", "good")
    gone = [task for task in stage.service.tasks if task.status is TaskStatus.STOPPED]
    assert len(gone) == 2
    for task in gone:
        asked = [
            effect
            for effect in stage.effects
            if isinstance(effect, h.DeregisterTarget | h.StopTask) and effect.task == task.id
        ]
        assert asked == [h.DeregisterTarget(task.id, GROUP, 80), h.StopTask(task.id)]
        assert (task.stop_code, task.stopped_reason) == (
            "ServiceSchedulerInitiated",
            f"Scaling activity initiated by (deployment {stage.primary.id})",
        )


def test_the_control_run_kills_a_task_and_deregisters_it_afterwards() -> None:
    stage = a_stage("good", "good", drains=False)
    gone = next(task for task in stage.service.tasks if task.status is TaskStatus.STOPPED)
    asked = [
        effect
        for effect in stage.effects
        if isinstance(effect, h.DeregisterTarget | h.StopTask) and effect.task == gone.id
    ]
    assert asked == [h.StopTask(gone.id, kill=True), h.DeregisterTarget(gone.id, GROUP, 80)]


def test_a_task_without_any_check_counts_forty_seconds_after_it_runs() -> None:
    stage = Stage(balanced=False, desired=1)
    stage.roll_out("good")
    deployment = stage.until_ended()
    started = stage.service.tasks[0].started_at
    assert deployment.finished_at is not None
    assert started is not None
    assert deployment.finished_at - started == 40.0


def test_a_task_with_a_health_check_counts_from_its_first_success() -> None:
    stage = Stage(balanced=False, check=True, desired=1)
    stage.roll_out("good")
    deployment = stage.until_ended()
    assert deployment.finished_at is not None
    assert deployment.finished_at - (stage.service.tasks[0].started_at or 0) == 10.0


def test_a_newer_update_takes_the_place_of_a_rollout_under_way() -> None:
    stage = a_stage("good")
    stage.roll_out("slow")
    stage.timeline.advance(6.0)
    stage.roll_out("good")
    ended = stage.until_ended()
    assert statuses(stage) == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    assert ended.target == stage.primary.number
    assert {task.revision for task in stage.service.present()} == {ended.target}
    stopped = stage.service.deployments[1]
    assert stopped.stopped_at == stopped.finished_at == stage.service.deployments[0].created_at


def test_scaling_starts_no_deployment_and_ends_steady() -> None:
    stage = a_stage("good")
    stage.scale(5)
    stage.settle(100.0)
    assert (len(stage.service.present()), stage.service.steady, statuses(stage)) == (
        5,
        True,
        ["SUCCESSFUL"],
    )
    stage.scale(0)
    stage.settle(100.0)
    assert (len(stage.service.present()), stage.service.steady, statuses(stage)) == (
        0,
        True,
        ["SUCCESSFUL"],
    )
    assert [event["eventName"] for event in stage.events("ECS Service Action")] == [
        "SERVICE_STEADY_STATE"
    ] * 3


def test_a_stopped_task_is_replaced_and_says_who_stopped_it() -> None:
    stage = a_stage("good")
    victim = stage.service.alive()[0]
    stage.happen(h.StopTaskRequested(victim.id, "maintenance"))
    stage.settle(100.0)
    gone = stage.service.find_task(victim.id)
    assert gone is not None
    assert (gone.stop_code, gone.stopped_reason, gone.exit_code) == ("UserInitiated", "maintenance", 0)
    assert len(stage.service.alive()) == 2


def test_events_of_a_task_carry_a_growing_version_and_its_end() -> None:
    stage = a_stage("good", configuration=a_configuration(enable=True, rollback=True))
    stage.roll_out("crashes")
    stage.until_ended()
    documents = stage.events("ECS Task State Change")
    arn = next(item["taskArn"] for item in documents if item.get("stopCode") == "EssentialContainerExited")
    life = [item for item in documents if item["taskArn"] == arn]
    assert [item["lastStatus"] for item in life] == ["PROVISIONING", "PENDING", "RUNNING", "STOPPED"]
    assert [item["version"] for item in life] == [1, 2, 3, 4]
    last = life[-1]
    assert last["group"] == "service:web"
    assert last["desiredStatus"] == "STOPPED"
    assert last["stoppedReason"] == "Essential container in task exited"
    assert [(item["name"], item["exitCode"]) for item in last["containers"]] == [("app", 1)]
