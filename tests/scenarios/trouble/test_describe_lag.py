"""A service was created, and ECS does not show it yet: it is there all the same, and once."""

from __future__ import annotations

from typing import Any

import pytest

from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Reason
from sandbox.front.who import Principal
from sandbox.front.wsgi import ConnectionLostError, Request
from sandbox.ground.describe_lag import AT_ONCE, FOUND_LATER, LAG, SHOWN_LATER
from sandbox.wires.inline import Killed
from tests.scenarios.aws_answers import dead_letters
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row

GOOD, NEXT = "nginx:1", "nginx:2"
ONCE = ["nginx:1 SUCCESSFUL"]
KEY = ServiceKey(CLUSTER, "nginx")
PRUNED = "Synced Missing Pruned: The service was deleted, as Git says."
JUST_CREATED = "a service just created that ECS does not show yet"
lagging = pytest.mark.parametrize("lag", [AT_ONCE, SHOWN_LATER, FOUND_LATER])


def a_lag(lag: str) -> dict[str, Any]:
    return {"variants": {"describe-lag": lag}}


def create(stage: Stage, **ours: Any) -> str:
    """Push a service and let the world go on until ECS has made it; the commit."""
    commit = stage.push({"nginx": a_manifest(GOOD, **ours)})
    stage.until(lambda: stage.deployments("nginx") != [], "the service", 60)
    stage.until(lambda: stage.record("nginx").applied is not None, "its record", 60)
    return commit[:7]


def is_shown(stage: Stage) -> bool:
    return bool(stage.service("nginx"))


def created(stage: Stage) -> int:
    """How often CreateService of this service was not refused."""
    made = [each for each in stage.calls("ecs:CreateService") if each["status"] == 200]
    return sum(each["params"]["serviceName"] == "nginx" for each in made)


def synced(commit: str, revision: str) -> str:
    return f"Synced Healthy: ECS runs commit {commit} as {revision}: 2 of 2 tasks are running."


@row(JUST_CREATED)
@lagging
def test_a_second_push_at_once(trouble: Trouble, lag: str) -> None:
    with a_stage(**a_lag(lag)) as stage:
        create(stage)
        assert is_shown(stage) is (lag == AT_ONCE)
        commit = stage.push({"nginx": a_manifest(NEXT)})[:7]
        stage.until_rolled_out("nginx", NEXT)
        stage.world.advance(1800)
        assert (created(stage), dead_letters(stage)) == (1, 0)
        assert "Failing" not in [event for event, _ in stage.history("nginx")]
        ecs = "nginx-task:2 (nginx:2), 2 of 2 running"
        first = "SUCCESSFUL" if lag == FOUND_LATER else "STOPPED"  # the second one waits until it is found
        deployments = [f"nginx:1 {first}", "nginx:2 SUCCESSFUL"]
        trouble.ends(stage, told=synced(commit, "nginx-task:2"), ecs=ecs, deployments=deployments)


@row(JUST_CREATED)
@lagging
def test_its_manifest_is_removed_at_once(trouble: Trouble, lag: str) -> None:
    with a_stage(**a_lag(lag)) as stage:
        stage.push({"api": a_manifest(GOOD, family="api")})
        stage.until_rolled_out("api", GOOD)
        create(stage, reconcile={"prune": True})
        stage.push({"nginx": None})
        stage.world.advance(10)
        assert stage.status("nginx").reason is not Reason.PRUNED
        stage.until_told("nginx", Reason.PRUNED)
        assert [each.status for each in living(stage)] == ["INACTIVE"]
        stage.world.advance(1800)
        assert (created(stage), dead_letters(stage)) == (1, 0)
        deployments = [" ".join(each) for each in stage.deployments("nginx")]
        assert len(deployments) == 1
        trouble.ends(stage, told=PRUNED, ecs="no service", deployments=deployments)


@row(JUST_CREATED)
@lagging
@pytest.mark.parametrize("cause", ["TaskFailed", "SteadyState", "DeploymentChanged"])
def test_something_wakes_it_at_once(trouble: Trouble, lag: str, cause: str) -> None:
    with a_stage(**a_lag(lag)) as stage:
        commit = create(stage)
        stage.controller.services.send(Wake(KEY, Cause(cause, "event-1")))
        stage.world.advance(5)
        assert stage.status("nginx").reason is Reason.PROGRESSING
        stage.until_rolled_out("nginx", GOOD)
        stage.world.advance(1800)
        assert (created(stage), dead_letters(stage)) == (1, 0)
        assert [event for event, _ in stage.history("nginx")] == ["Created", "Succeeded"]
        ecs = "nginx-task:1 (nginx:1), 2 of 2 running"
        trouble.ends(stage, told=synced(commit, "nginx-task:1"), ecs=ecs, deployments=ONCE)


@row(JUST_CREATED)
@lagging
def test_a_sweep_comes_at_once(trouble: Trouble, lag: str) -> None:
    with a_stage(FullSweepInterval="60", **a_lag(lag)) as stage:
        stage.world.advance(60 - LAG / 2 - stage.now() % 60)
        commit = create(stage)
        before = swept_at(stage)
        stage.world.advance(LAG - 5)
        assert swept_at(stage) > before
        assert stage.status("nginx").reason is (Reason.SYNCED if lag == AT_ONCE else Reason.PROGRESSING)
        stage.until_rolled_out("nginx", GOOD)
        stage.world.advance(1800)
        assert (created(stage), dead_letters(stage)) == (1, 0)
        ecs = "nginx-task:1 (nginx:1), 2 of 2 running"
        trouble.ends(stage, told=synced(commit, "nginx-task:1"), ecs=ecs, deployments=ONCE)


@row(JUST_CREATED)
@lagging
def test_somebody_deletes_it_at_once(trouble: Trouble, lag: str) -> None:
    with a_stage(**a_lag(lag)) as stage:
        commit = create(stage)
        stage.world.advance(LAG if lag == FOUND_LATER else 5)  # it can be deleted once it is found
        stage.world.client("ecs").delete_service(cluster=CLUSTER, service="nginx", force=True)
        stage.until_rolled_out("nginx", GOOD)
        stage.world.advance(1800)
        assert (created(stage), dead_letters(stage)) == (2, 0)
        ecs = "nginx-task:2 (nginx:1), 2 of 2 running"
        deployments = [f"nginx:1 {'SUCCESSFUL' if lag == FOUND_LATER else 'STOPPED'}", *ONCE]
        trouble.ends(stage, told=synced(commit, "nginx-task:2"), ecs=ecs, deployments=deployments)


@row(JUST_CREATED)
@lagging
@pytest.mark.parametrize("what", ["its answer is lost", "the function dies"])
@pytest.mark.parametrize("then", ["nothing", "a push", "its removal"])
def test_nobody_hears_that_it_was_created(trouble: Trouble, lag: str, what: str, then: str) -> None:
    with a_stage(**a_lag(lag)) as stage:
        stage.push({"api": a_manifest(GOOD, family="api")})
        stage.until_rolled_out("api", GOOD)
        after_creating(stage, what)
        commit = stage.push({"nginx": a_manifest(GOOD, reconcile={"prune": True})})
        stage.until(lambda: stage.deployments("nginx") != [], "the service", 60)
        if then == "a push":
            commit = stage.push({"nginx": a_manifest(NEXT, reconcile={"prune": True})})
        elif then == "its removal":
            stage.push({"nginx": None})
        stage.world.advance(3600)
        assert dead_letters(stage) == 0
        told, ecs, images = {
            "nothing": (synced(commit[:7], "nginx-task:1"), "nginx-task:1 (nginx:1)", [GOOD]),
            "a push": (synced(commit[:7], "nginx-task:2"), "nginx-task:2 (nginx:2)", [GOOD, NEXT]),
            "its removal": (PRUNED, "no service", [GOOD]),
        }[then]
        assert [image for image, _ in stage.deployments("nginx")] == images
        deployments = [" ".join(each) for each in stage.deployments("nginx")]
        running = ", 2 of 2 running" if then != "its removal" else ""
        trouble.ends(stage, told=told, ecs=f"{ecs}{running}", deployments=deployments)


def after_creating(stage: Stage, what: str) -> None:
    """The reconciler does not hear that ECS made the service, however often it asks in that turn."""
    left = [Killed()] if what == "the function dies" else [ConnectionLostError("lost") for _ in range(3)]

    def then(principal: Principal, action: str, _request: Request) -> None:
        if principal.kind == "role" and action == "ecs:CreateService" and left:
            raise left.pop()

    stage.world.faults.then = then


@pytest.mark.parametrize(("lag", "refused"), [(SHOWN_LATER, False), (FOUND_LATER, True)])
def test_the_lag_is_seen_in_ecs(lag: str, refused: bool) -> None:
    # the control of the stories above: their worlds do differ
    with a_stage(**a_lag(lag)) as stage:
        create(stage)
        assert not is_shown(stage)
        assert is_refused(stage) is refused
        stage.world.advance(LAG)
        assert is_shown(stage)
        assert line(stage.status("nginx")).startswith("Synced Progressing")


def is_refused(stage: Stage) -> bool:
    """Whether ECS does not know the service when a call names it."""
    ecs = stage.world.client("ecs")
    try:
        ecs.update_service(cluster=CLUSTER, service="nginx", desiredCount=2)
    except ecs.exceptions.ServiceNotFoundException:
        return True
    return False


def living(stage: Stage) -> list[Any]:
    """The service as ECS has it, whatever it shows."""
    return [each for each in stage.world.ecs.services.values() if each.name == "nginx"]


def swept_at(stage: Stage) -> float:
    source = stage.controller.settings.source_id
    return stage.controller.table.source(source).swept_at
