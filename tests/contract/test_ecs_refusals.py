"""What ECS refuses: every rule is met by a request, with the exact error, and not by its neighbour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.proofs.fidelity.case import FARGATE, Case, app
from sandbox.proofs.fidelity.ground import Ground
from sandbox.proofs.fidelity.shown import CASES, amiss, refusals
from sandbox.services.ecs.refusals.every import REFUSALS
from sandbox.world.world import World

RULES = {rule.id: rule for rule in REFUSALS}


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with World.inline() as world:
        yield Ground(world)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_ecs_refuses_the_one_in_awss_words_and_accepts_the_other(ground: Ground, case: Case) -> None:
    assert amiss(ground, case, RULES[case.rule]) == ""


def test_every_rule_has_its_cases_and_every_case_its_rule() -> None:
    assert {case.rule for case in CASES} == RULES.keys()
    assert len(REFUSALS) == len(RULES)
    assert all(case.operation in RULES[case.rule].operations for case in CASES)


def test_a_rule_that_is_gone_is_missed_in_the_count(ground: Ground) -> None:
    """The control: the same count with one refusal taken away says so."""
    rules = [RULES["ecs-percents"], RULES["ecs-delete-scaled"]]
    assert refusals(ground, rules).misses == ()
    ground.world.ecs.rules = tuple(rule for rule in REFUSALS if rule.id != "ecs-percents")
    try:
        tally = refusals(ground, rules)
    finally:
        ground.world.ecs.rules = REFUSALS
    assert (tally.held, tally.total) == (1, 2)
    assert tally.misses[0].startswith("ecs-percents: CreateService answers no error instead of")


def test_a_rule_without_a_case_is_missed_in_the_count(ground: Ground) -> None:
    unknown = replace(RULES["ecs-percents"], id="ecs-of-tomorrow")
    assert refusals(ground, [unknown]).misses == ("ecs-of-tomorrow: there is no case",)


def test_a_refusal_reaches_boto3_as_its_own_exception(ground: Ground) -> None:
    ecs = ground.ecs
    with pytest.raises(ecs.exceptions.ClientException, match="No Fargate configuration exists"):
        ecs.register_task_definition(family="web", **app(), **{**FARGATE, "memory": "4096"})
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.create_service(cluster="nowhere", serviceName="web", taskDefinition="web", desiredCount=1)
    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.update_service(cluster="prod", service="nobody", desiredCount=1)
    with pytest.raises(ecs.exceptions.PlatformUnknownException):
        ecs.create_service(
            cluster="prod",
            serviceName="web",
            taskDefinition="web-fargate",
            desiredCount=1,
            launchType="FARGATE",
            platformVersion="9",
            networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        )
