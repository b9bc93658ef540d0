"""What AWS answers equals what was asked for: no difference is ever seen that nobody made.

The sandbox fills AWS's defaults in from its own reading of the facts, so that a default forgotten in the
core's tables is found by one who does not know them.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given

from ecs_gitops.canonical import canonical
from ecs_gitops.diff import diff
from ecs_gitops.model import Change
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from sandbox.ecs.definitions import described
from tests.unit.builders import a_task_definition
from tests.unit.strategies import TASK_DEFINITIONS

PREFIX = "arn:aws:ecs:us-east-1:123456789012"


def differences(asked: dict[str, Any], answered: dict[str, Any]) -> tuple[Change, ...]:
    sides = (canonical(TASK_DEFINITION, each) for each in (answered, asked))
    return diff(TASK_DEFINITION, *sides, "taskDefinition")


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    return described(asked, prefix=PREFIX, revision=1, now=0, by=f"{PREFIX}:user/somebody")


@given(TASK_DEFINITIONS)
def test_a_registered_task_definition_is_what_was_asked_for(asked: dict[str, Any]) -> None:
    assert differences(asked, answer(asked)) == ()


def test_the_answer_says_more_than_the_request() -> None:
    """The control: without one form for both, the same check finds differences."""
    asked = a_task_definition()
    assert diff(TASK_DEFINITION, answer(asked), asked, "taskDefinition") != ()
