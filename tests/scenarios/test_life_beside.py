"""A push takes its tokens beside other requests, and gives back what it did not need."""

from __future__ import annotations

from dataclasses import replace

from ecs_gitops.compare.statement import statement
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.plan.budget import Family, Urgency
from ecs_gitops.reconcile.loop import reconcile
from ecs_gitops.runtime.bootstrap import Controller, build
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage

NGINX = ServiceKey(CLUSTER, "nginx")
PUSH = Wake(NGINX, Cause("Push", "p1"))


def at_once(stage: Stage) -> Controller:
    """A reconciler that sends eight requests at a time."""
    settings = replace(stage.controller.settings, requests_at_once=8)
    return build(settings, stage.world.session(), stage.now)


def ordinary_left(stage: Stage) -> int:
    """Registrations that could still be made now; takes them."""
    buckets = at_once(stage).budget
    one = {Family.TASK_DEFINITIONS: 1}
    return sum(buckets.take(one, Urgency.ORDINARY, stage.now()) == 0.0 for _ in range(20))


def test_a_push_with_nothing_to_do_takes_nothing() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.world.advance(120)
        assert reconcile([PUSH], at_once(stage), stage.now()).applied == ()
        assert ordinary_left(stage) == 12


def test_a_push_that_rolls_out_takes_one() -> None:
    """The control."""
    with a_stage(Mode="apply") as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.world.advance(120)
        desired = stage.desired("nginx")
        assert desired.stated is not None
        assert desired.stated.task_definition is not None
        task = {**desired.stated.task_definition, "cpu": "512"}
        stated = statement("0ther", task, desired.stated.service)
        stage.controller.table.put_desired(replace(desired, stated=stated))
        assert len(reconcile([PUSH], at_once(stage), stage.now()).applied) == 1
        assert ordinary_left(stage) == 11
