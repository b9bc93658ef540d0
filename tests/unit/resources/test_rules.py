"""AWS's rules between fields: each finds its fault and leaves its neighbour alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ecs_gitops.resources.finding import Finding, Path
from ecs_gitops.resources.rule import Sections
from ecs_gitops.resources.rules import RULES, check_rules
from ecs_gitops.resources.sound import guarded, wrong
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


def misspelt(document: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The document with one key misspelt, for each of its keys; the path of the key that was meant."""
    if isinstance(document, dict):
        for key, item in document.items():
            rest = {name: each for name, each in document.items() if name != key}
            yield (*path, key), {**rest, f"{key}x": item}
            yield from ((at, {**rest, key: other}) for at, other in misspelt(item, (*path, key)))
    elif isinstance(document, list):
        for index, item in enumerate(document):
            for at, other in misspelt(item, (*path, index)):
                yield at, [*document[:index], other, *document[index + 1 :]]


@pytest.mark.parametrize(("task_definition", "service"), [each[1:3] for each in ALL])
def test_a_misspelt_key_invents_no_other_fault(task_definition: Any, service: Any) -> None:
    sections = {"taskDefinition": task_definition or {}, "service": service or {}}
    mended = check_rules(task_definition, service)
    for path, document in misspelt(sections):
        if len(path) == 1:
            continue
        *parent, meant = path
        fault = Finding((*parent, f"{meant}x"), "", suggestion=str(meant), unknown=True)
        sound = guarded(document, wrong([fault]))
        found = check_rules(sound["taskDefinition"], sound["service"])
        assert set(found) <= set(mended), path


def test_without_the_guard_a_misspelt_key_would_be_told_twice() -> None:
    """The control: what is missing since it was misspelt looks like another fault."""
    containers = [{"name": "web", "image": "web:1", "memry": 128}]
    task = {"family": "web", "containerDefinitions": containers}
    path = ("taskDefinition", "containerDefinitions", 0, "memry")
    fault = Finding(path, "", suggestion="memory", unknown=True)
    assert [each.rule for each in check_rules(task, None)] == ["ecs-memory-stated"]
    assert check_rules(guarded({"taskDefinition": task}, wrong([fault]))["taskDefinition"], None) == []


@pytest.mark.parametrize(("task_definition", "service"), [each[1:3] for each in ALL])
def test_a_rule_that_is_not_asked_has_nothing_to_say(task_definition: Any, service: Any) -> None:
    sections = {"taskDefinition": task_definition or {}, "service": service or {}}
    for _, document in misspelt(sections):
        asked = Sections(document.get("taskDefinition", {}), document.get("service", {}))
        passed_over = [rule for rule in RULES if not rule.concerns(asked.stated)]
        assert passed_over
        assert [rule.id for rule in passed_over if list(rule.check(asked))] == []


def test_every_rule_has_a_fault_a_name_and_a_source() -> None:
    assert {rule.id for rule in RULES} == {each[0] for each in ALL}
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.source for rule in RULES)
