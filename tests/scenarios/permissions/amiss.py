"""What goes wrong, and what must come of it all the same."""

from __future__ import annotations

from collections.abc import Mapping

from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.plan.budget import Family, Urgency
from sandbox.front.denied import refuse
from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, Request
from sandbox.tasks.simulated import exits
from sandbox.wires.inline import Killed
from sandbox.world.world import World
from tests.scenarios.git_host import fetches_that_answer
from tests.scenarios.permissions.setting import AT_REST, STACK, messages
from tests.scenarios.stage import CLUSTER, Stage, a_manifest


def a_rollback_is_told_with_its_cause(stage: Stage) -> None:
    stage.world.tasks.outcomes["sick:1"] = exits(3)
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    stage.push({"nginx": a_manifest("sick:1")})
    stage.until_heard("nginx", "RolledBack")
    stage.world.advance(AT_REST)
    assert stage.outcome("nginx") is Outcome.ROLLED_BACK, "the rollback is not known"
    assert "exited with code 3" in stage.status("nginx").message, "nobody is told why"
    published = [call["params"]["Subject"] for call in stage.calls("sns:Publish") if call["status"] == 200]
    assert published == ["handson/nginx: RolledBack"], f"{len(published)} notifications were sent"


def a_head_that_cannot_be_read_is_told(stage: Stage) -> None:
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    stage.world.faults.instead = fetches_that_answer(503)
    stage.push({"nginx": a_manifest("nginx:2")})
    stage.world.advance(2 * AT_REST)
    published = [call["params"]["Subject"] for call in stage.calls("sns:Publish") if call["status"] == 200]
    assert published == ["config repository: not followed"], f"{len(published)} notifications were sent"


def a_topic(world: World) -> Mapping[str, str]:
    """The topic that people are told on."""
    world.client("sns").create_topic(Name="deployments")
    return {}


def a_turn_is_cut_off_after_it_registered(stage: Stage) -> None:
    def then(principal: Principal, action: str, _: Request) -> None:
        if action == "ecs:RegisterTaskDefinition" and len(stage.calls(action)) == 1:
            raise Killed

    stage.world.faults.then = then
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    assert len(stage.calls("ecs:RegisterTaskDefinition")) == 1, "it was registered twice"


def what_is_throttled_is_tried_again_soon(stage: Stage) -> None:
    throttle(stage, "Reconciler", "ecs:CreateService", TRIES)
    throttle(stage, "ConfigPush", "sqs:SendMessage", TRIES)
    stage.push({"nginx": a_manifest("nginx:1")})
    pushed = stage.now()
    stage.until(lambda: bool(stage.service("nginx")), "the service")
    took = stage.now() - pushed
    assert took < SOON, f"it took {took:.0f} s"


TRIES = 3
"""Of one call by botocore, before it gives up."""
SOON = 70.0
"""Seconds: each of the two waits thirty, where a message that nobody puts off is hidden for 60 or 180."""


def who_finds_no_call_left_is_woken_in_turn(stage: Stage) -> None:
    spend_the_budget(stage)
    stage.push({"nginx": a_manifest("nginx:1")})
    pushed = stage.now()
    stage.until(lambda: bool(stage.service("nginx")), "the service")
    took = stage.now() - pushed
    assert took < A_TURN, f"its turn came after {took:.0f} s"
    stage.world.advance(5)
    timer = stage.resource("TimerQueue").rpartition("/")[2]
    assert timer not in messages(stage), "the timer's message stays in its queue"


A_TURN = 40.0
"""Seconds; the next sweep would come later."""


def spend_the_budget(stage: Stage) -> None:
    """Others register what they may, and ten more stand in line."""
    budget, one = stage.controller.budget, {Family.TASK_DEFINITIONS: 1}
    while not budget.take(one, Urgency.ORDINARY, stage.now()):
        pass
    for _ in range(10):
        budget.book(one, Urgency.ORDINARY, stage.now())


def an_event_that_cannot_be_taken_in_is_kept(stage: Stage) -> None:
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    throttle(stage, "RolloutEvents", "dynamodb:BatchGetItem", 1000)
    stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", forceNewDeployment=True)
    kept = stage.resource("EventsDeadLetters").rpartition("/")[2]
    stage.world.until(lambda: messages(stage).get(kept), 900, "a dead letter")


def throttle(stage: Stage, function: str, action: str, times: int) -> None:
    """So many calls of a function are refused for now."""
    before, left = stage.world.faults.instead, [times]

    def instead(principal: Principal, asked: str, request: Request) -> Answer | None:
        ours = principal.name.startswith(f"{STACK}-{function}Role")
        if ours and asked == action and left[0] > 0:
            left[0] -= 1
            return refuse(request, action.partition(":")[0], "ThrottlingException", "Rate exceeded")
        return before(principal, asked, request)

    stage.world.faults.instead = instead
