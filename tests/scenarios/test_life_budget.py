"""Many services in one push: ECS is asked no more than its share, everybody gets there, nobody fails."""

from __future__ import annotations

from ecs_gitops.budget import Family, Urgency
from ecs_gitops.model import Reason
from tests.scenarios.stage import Stage, a_manifest, a_stage

MANY = 30


def a_push_of(stage: Stage, image: str) -> None:
    stage.push({f"s{each}": a_manifest(image, 1, family=f"s{each}") for each in range(MANY)})


def reasons(stage: Stage) -> list[Reason]:
    return [record.status.reason for _, record in stage.controller.table.all() if record.status]


def registered(stage: Stage) -> list[float]:
    """When each revision was registered."""
    return [
        entry.at
        for entry in stage.world.journal
        if entry.kind == "request"
        and entry.detail["action"] == "ecs:RegisterTaskDefinition"
        and entry.detail["who"] != "admin"
    ]


def test_a_push_of_many_services_never_takes_more_than_our_share() -> None:
    with a_stage() as stage:
        a_push_of(stage, "nginx:1")
        stage.world.advance(30)
        assert Reason.BUDGET in reasons(stage)
        stage.world.advance(900)
        assert reasons(stage) == [Reason.SYNCED] * MANY
        times = registered(stage)
        assert len(times) == MANY
        for start in times:  # in any window no more than 16 at once and 0.8 a second
            for seconds in (1, 10, 60):
                within = sum(start <= at < start + seconds for at in times)
                assert within <= 16 + 0.8 * seconds
        assert stage.failures() == []


def spend_the_ordinary_part(stage: Stage) -> None:
    """Others register what they may, and rollbacks three of the four that are kept for them."""
    budget, one = stage.controller.budget, {Family.TASK_DEFINITIONS: 1}
    while not budget.take(one, Urgency.ORDINARY, stage.now()):
        pass
    assert budget.take({Family.TASK_DEFINITIONS: 3}, Urgency.ROLLBACK, stage.now()) == 0.0


def a_service_at_its_second_version(stage: Stage) -> None:
    for image in ("nginx:1", "nginx:2"):
        stage.push({"nginx": a_manifest(image)})
        stage.until_rolled_out("nginx", image)
    stage.world.advance(60)


def test_a_service_that_git_takes_back_need_not_wait_for_the_others() -> None:
    with a_stage() as stage:
        a_service_at_its_second_version(stage)
        spend_the_ordinary_part(stage)
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.world.advance(2)
        assert stage.status("nginx").reason is Reason.PROGRESSING
        assert stage.image("nginx") == "nginx:1"


def test_something_new_waits_its_turn() -> None:
    """The control: what is no way back stands in line."""
    with a_stage() as stage:
        a_service_at_its_second_version(stage)
        spend_the_ordinary_part(stage)
        stage.push({"nginx": a_manifest("nginx:3")})
        stage.world.advance(2)
        status = stage.status("nginx")
        assert (status.reason, status.message) == (
            Reason.BUDGET,
            "Many services change at once: ECS takes no more calls of us for now. This one waits its turn; "
            "nothing needs to be done.",
        )
        assert stage.image("nginx") == "nginx:2"
        stage.world.advance(300)
        assert stage.image("nginx") == "nginx:3"
        assert stage.failures() == []
