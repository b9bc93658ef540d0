"""A reconciler that dies after any of its calls, and nothing else: ECS ends right, with one deployment."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest

from ecs_gitops.compare.statement import statement
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.settings import Settings
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.reconcile.loop import reconcile
from ecs_gitops.runtime.bootstrap import build
from sandbox.tasks.simulated import exits
from tests.scenarios.stage import CLUSTER, Stage, a_stage

WEB = ServiceKey(CLUSTER, "web")
FIRST, WELL, SICK = "nginx:1", "nginx:2", "sick:1"
A_TURN = 7
"""Calls of the longest turn: read, look, take tokens, store, register, create or update, store."""
LONG_ENOUGH = 1500.0
"""Seconds until the sweeps have found whatever was left undone, and it is done."""


class CutOffError(Exception):
    """The process is gone; its last call was heard."""


@dataclass(slots=True)
class Mortal:
    """A session whose clients die with the answer of the last call in their hands."""

    session: Any
    calls_left: int
    made: list[str] = field(default_factory=list)

    def create_client(self, service: str, **options: Any) -> Any:
        """As botocore's session does."""
        return _Client(self.session.create_client(service, **options), self)


@dataclass(slots=True)
class _Client:
    client: Any
    life: Mortal

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            answer = getattr(self.client, name)(**request)
            self.life.made.append(name)
            self.life.calls_left -= 1
            if self.life.calls_left == 0:
                raise CutOffError(name)
            return answer

        return call


def a_desired(image: str, sequence: int) -> Desired:
    container = {"name": "web", "image": image, "memory": 128}
    task = {"family": "web", "containerDefinitions": [container]}
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    service = {"desiredCount": 1, "deploymentConfiguration": breaker}
    stated = statement(f"commit-{sequence}", task, service)
    return Desired(WEB, f"desired_state/{CLUSTER}/web.yaml", stated.commit, sequence, stated)


def state(stage: Stage, image: str, sequence: int) -> None:
    """Git says something new; nobody is told."""
    stage.controller.table.put_desired(a_desired(image, sequence))


def one_by_one(settings: Settings) -> Settings:
    """No request beside another: then each number of calls is one place to die at."""
    known = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return Settings(**{**known, **({"requests_at_once": 1} if "requests_at_once" in known else {})})


def one_turn(stage: Stage, calls: int = 1000) -> list[str]:
    """One turn in a process of its own that dies after so many calls; the calls it made."""
    life = Mortal(stage.world.session(), calls)
    controller = build(one_by_one(stage.controller.settings), life, stage.now)
    try:
        reconcile([Wake(WEB, Cause("Push", "p1"))], controller, stage.now())
    except CutOffError:
        assert len(life.made) == calls
    return life.made


def deployments(stage: Stage) -> list[str]:
    """How each service deployment ended, oldest first."""
    ecs = stage.world.client("ecs")
    listed = ecs.list_service_deployments(cluster=CLUSTER, service="web")["serviceDeployments"]
    return [each["status"] for each in reversed(listed)]


def revisions(stage: Stage) -> int:
    return len(stage.world.client("ecs").list_task_definitions(familyPrefix="web")["taskDefinitionArns"])


@pytest.mark.parametrize("calls", range(1, A_TURN + 1))
def test_a_service_is_created_once(calls: int):
    with a_stage() as stage:
        state(stage, FIRST, 1)
        one_turn(stage, calls)
        stage.world.advance(LONG_ENOUGH)
        assert deployments(stage) == ["SUCCESSFUL"]
        assert (revisions(stage), stage.outcome("web")) == (1, Outcome.SUCCEEDED)
        assert stage.record("web").applied == a_desired(FIRST, 1).stated


@pytest.mark.parametrize("calls", range(1, A_TURN + 1))
@pytest.mark.parametrize(
    ("image", "ends", "outcome"),
    [(WELL, "SUCCESSFUL", Outcome.SUCCEEDED), (SICK, "ROLLBACK_SUCCESSFUL", Outcome.ROLLED_BACK)],
)
def test_a_rollout_is_started_once_and_its_outcome_is_the_true_one(
    calls: int, image: str, ends: str, outcome: Outcome
):
    with a_stage() as stage:
        stage.world.tasks.outcomes[SICK] = exits(3)
        state(stage, FIRST, 1)
        one_turn(stage)
        stage.world.advance(LONG_ENOUGH)
        state(stage, image, 2)
        one_turn(stage, calls)
        stage.world.advance(LONG_ENOUGH)
        assert deployments(stage) == ["SUCCESSFUL", ends]
        assert (revisions(stage), stage.outcome("web")) == (2, outcome)
        is_first_again = outcome is Outcome.ROLLED_BACK
        runs = a_desired(FIRST, 1) if is_first_again else a_desired(WELL, 2)
        applied = stage.record("web").applied
        assert (applied.digest, applied.since) == (runs.stated.digest, runs.stated.since)


def test_whoever_forgot_the_attempt_would_start_a_second_deployment():
    """The control: without what is stored before the call, the same death is not harmless."""
    with a_stage() as stage:
        stage.world.tasks.outcomes[SICK] = exits(3)
        state(stage, FIRST, 1)
        one_turn(stage)
        stage.world.advance(LONG_ENOUGH)
        state(stage, SICK, 2)
        made = one_turn(stage, A_TURN - 1)
        assert made[-1] == "update_service"
        record = stage.record("web")
        stage.controller.table.put_record(replace(record, attempt=None, applying=None, due_at=None))
        stage.world.advance(LONG_ENOUGH)
        assert len(deployments(stage)) > 2


def test_what_was_cut_off_before_git_changed_its_mind_is_let_go():
    with a_stage() as stage:
        state(stage, FIRST, 1)
        one_turn(stage)
        stage.world.advance(LONG_ENOUGH)
        state(stage, WELL, 2)
        assert one_turn(stage, 4)[-1] == "put_item"
        state(stage, FIRST, 3)
        stage.world.advance(LONG_ENOUGH)
        assert deployments(stage) == ["SUCCESSFUL"]
        assert stage.outcome("web") is Outcome.SUPERSEDED
        status = stage.record("web").status
        assert status is not None
        assert (status.sync, status.health) == ("Synced", "Healthy")
