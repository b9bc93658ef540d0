"""Whatever is done to a service at whatever moment, the engine keeps ECS's promises."""

from __future__ import annotations

import os
import random

import pytest

from sandbox.services.ecs import happenings as h
from sandbox.services.ecs import rolling
from sandbox.services.ecs.engine import SCHEDULER
from sandbox.services.ecs.state import DeploymentStatus, Service
from tests.engine.ecs.stage import FATES, Stage, Step, a_configuration, a_daemon

SEEDS = int(os.environ.get("ENGINE_SEEDS", "600"))
PARTS = 8
IMAGES = ("good", "good", "good", *FATES)
ALARMED = {"alarms": {"alarmNames": ["5xx"], "enable": True, "rollback": True}}
CONFIGURATIONS = (
    a_configuration(enable=True, rollback=True),
    a_configuration(50, 100, enable=True, rollback=True),
    a_configuration(50, 150, enable=True, rollback=False),
    a_configuration(0, 100, enable=True, rollback=True),
    a_configuration(100, 150),
    a_configuration(50, 150, enable=True, rollback=True) | ALARMED,
    a_configuration(100, 200) | ALARMED,
)


class Promises:
    """Checks every step of one service; raises AssertionError at the first broken promise."""

    def __init__(self) -> None:
        self.completed: str | None = None
        self.ended: dict[str, DeploymentStatus] = {}
        self.ids: set[str] = set()

    def __call__(self, step: Step) -> None:
        """Check one step."""
        self._bounds(step)
        self._outcomes(step)
        self._rollback(step)
        self._starts(step)
        self._drains(step)

    def _bounds(self, step: Step) -> None:
        limits = rolling.bounds(step.after)
        if any(isinstance(effect, h.StartTask) for effect in step.effects):
            assert len(step.after.alive()) <= limits.maximum, "started above the maximum percent"
        if step.after.status == "ACTIVE" and _taken(step):
            healthy = sum(task.healthy for task in step.after.alive())
            assert healthy >= limits.minimum, "stopped below the minimum healthy percent"

    def _outcomes(self, step: Step) -> None:
        assert sum(item.status.open for item in step.after.deployments) <= 1, "two deployments at once"
        for deployment in step.after.deployments:
            if deployment.id in self.ended:
                assert deployment.status is self.ended[deployment.id], "a second outcome"
            elif not deployment.status.open:
                self.ended[deployment.id] = deployment.status
                if deployment.status in (DeploymentStatus.SUCCESSFUL, DeploymentStatus.ROLLBACK_SUCCESSFUL):
                    self._reached(step.after)

    def _reached(self, service: Service) -> None:
        present = service.present()
        assert len(present) == service.desired, "completed without the desired count"
        assert all(task.revision == service.primary and task.healthy for task in present), (
            "completed too soon"
        )
        self.completed = service.primary

    def _rollback(self, step: Step) -> None:
        before = step.before.open_deployment()
        now = next((item for item in step.after.deployments if before and item.id == before.id), None)
        if now is not None and now.rollback is not None and before and before.rollback is None:
            assert now.rollback.revision == self.completed == step.after.completed, "rolled back elsewhere"

    def _starts(self, step: Step) -> None:
        for effect in step.effects:
            if isinstance(effect, h.StartTask):
                assert effect.task not in self.ids, "a task id twice"
                self.ids.add(effect.task)
                task = step.after.find_task(effect.task)
                assert task is not None
                assert task.revision == step.after.primary, "started a revision that is not primary"

    def _drains(self, step: Step) -> None:
        if isinstance(step.happening, h.InstancesChanged):
            return  # a host that is gone drains nothing
        for effect in step.effects:
            task = step.after.find_task(effect.task) if isinstance(effect, h.StopTask) else None
            assert task is None or all(target.state == "gone" for target in task.targets), (
                "stopped undrained"
            )


def _taken(step: Step) -> bool:
    """The scheduler stopped a healthy task that nothing was wrong with."""
    kept = {task.id: task for task in step.after.tasks}
    return any(
        task.healthy
        and task.id in kept
        and kept[task.id].stopping
        and not kept[task.id].sick
        and kept[task.id].stop_code == SCHEDULER
        for task in step.before.alive()
    )


def play(seed: int) -> Stage:
    """A seeded life of a service: rollouts of any image, scaling, crashes, stops by hand, at any moment."""
    draw = random.Random(seed)
    stage = Stage(
        seed=seed,
        balanced=draw.random() < 0.6,
        check=draw.random() < 0.3,
        desired=draw.choice((1, 2, 3, 7)),
        configuration=draw.choice(CONFIGURATIONS),
        watch=Promises(),
    )
    stage.roll_out(draw.choice(IMAGES))
    for _ in range(draw.randint(1, 6)):
        stage.timeline.advance(draw.choice((0.0, 0.5, 3.0, 15.0, 80.0, 400.0, 400.0)))
        _act(stage, draw)
    return stage


def _act(stage: Stage, draw: random.Random) -> None:
    alive = stage.service.alive()
    match draw.randint(0, 7):
        case 0:
            stage.scale(draw.choice((0, 1, 2, 5)))
        case 1:
            stage.stop_deployment(draw.choice(("ROLLBACK", "ABORT")))
        case 2 if alive:
            stage.crash(draw.choice(alive))
        case 7:
            stage.alarms ^= {"5xx"}
        case 3 if alive:
            stage.happen(h.StopTaskRequested(draw.choice(alive).id))
        case _:
            stage.roll_out(draw.choice(IMAGES))


@pytest.mark.parametrize("part", range(PARTS))
def test_promises_hold_in_every_life_of_a_service(part: int) -> None:
    for seed in range(part, SEEDS, PARTS):
        stage = play(seed)
        stage.alarms.clear()
        stage.scale(3)
        stage.roll_out("good")
        ended = stage.until_ended()
        assert ended.status is DeploymentStatus.SUCCESSFUL, seed
        assert [task.healthy for task in stage.service.present()] == [True] * 3, seed


def live_as_daemon(seed: int) -> Stage:
    """A seeded life of a DAEMON service: hosts come and go, versions too, at any moment."""
    draw = random.Random(seed)
    stage = a_daemon(1, 2, seed=seed, balanced=draw.random() < 0.5, watch=Promises())
    stage.roll_out("good")
    stage.join()
    for number in range(3, 3 + draw.randint(1, 5)):
        stage.timeline.advance(draw.choice((0.0, 3.0, 15.0, 80.0, 400.0)))
        match draw.randint(0, 3):
            case 0:
                stage.join(number)
            case 1 if stage.hosts:
                stage.leave(int(stage.hosts[0].arn.rsplit("/", 1)[1]))
            case 2 if stage.service.alive():
                stage.crash(draw.choice(stage.service.alive()))
            case _:
                stage.roll_out(draw.choice(IMAGES))
    return stage


def test_a_daemon_ends_with_one_task_on_each_host_whatever_happened() -> None:
    for seed in range(SEEDS // 6):
        stage = live_as_daemon(seed)
        stage.roll_out("good")
        ended = stage.until_ended()
        assert ended.status is DeploymentStatus.SUCCESSFUL, seed
        on = [task.instance for task in stage.service.present()]
        assert sorted(map(str, on)) == sorted(map(str, stage.hosts)), seed


def test_every_outcome_occurs_among_the_lives() -> None:
    """Control: the lives above are not all the same easy one."""
    seen: set[DeploymentStatus] = set()
    for seed in range(200):
        stage = play(seed)
        stage.settle(600.0)
        seen |= {deployment.status for deployment in stage.service.deployments}
    assert seen >= {
        DeploymentStatus.SUCCESSFUL,
        DeploymentStatus.STOPPED,
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        DeploymentStatus.ROLLBACK_FAILED,
    }


def test_the_same_seed_is_the_same_life() -> None:
    first, second = play(7), play(7)
    assert first.service == second.service
    assert first.effects == second.effects


def test_a_deleted_service_drains_and_is_gone() -> None:
    for seed in range(50):
        stage = play(seed)
        stage.delete()
        assert stage.service.status == "DRAINING" or not stage.service.present()
        stage.settle(120.0)
        assert (stage.service.status, stage.service.present()) == ("INACTIVE", ()), seed
        assert stage.service.open_deployment() is None


def test_promises_notice_a_task_killed_before_its_connections_are_done() -> None:
    """Control: with draining switched off, the promise about draining breaks."""
    stage = Stage(drains=False, watch=Promises())
    stage.roll_out("good")
    stage.until_ended()
    stage.roll_out("good")
    with pytest.raises(AssertionError, match="undrained"):
        stage.until_ended()
