"""AWS's rules between fields: each finds its fault and leaves its neighbour alone."""

from __future__ import annotations

from typing import Any

import pytest

from ecs_gitops.resources.finding import Finding
from ecs_gitops.resources.rules import RULES, check_rules
from tests.unit.rule_cases import FAULTS, GOOD
from tests.unit.rule_cases_more import MORE_FAULTS, MORE_GOOD

ALL = [*FAULTS, *MORE_FAULTS]


@pytest.mark.parametrize(
    ("rule", "task_definition", "service", "finding"), ALL, ids=[each[0] for each in ALL]
)
def test_a_rule_finds_its_fault(rule: str, task_definition: Any, service: Any, finding: Finding) -> None:
    (found,) = check_rules(task_definition, service)
    told = (found.path, found.message, found.expected, found.warning)
    assert (found.rule, *told) == (rule, finding.path, finding.message, finding.expected, finding.warning)


@pytest.mark.parametrize(("task_definition", "service"), [*GOOD, *MORE_GOOD])
def test_what_aws_takes_passes_every_rule(task_definition: Any, service: Any) -> None:
    assert check_rules(task_definition, service) == []


def test_containers_without_a_name_are_not_the_same_container() -> None:
    found = check_rules({"family": "f", "containerDefinitions": [{"image": "i", "memory": 4}] * 2}, None)
    assert [(each.path[2], each.message) for each in found] == [(0, "lacks name"), (1, "lacks name")]


def test_every_rule_has_a_fault_a_name_and_a_source() -> None:
    assert {rule.id for rule in RULES} == {each[0] for each in ALL}
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.source for rule in RULES)
