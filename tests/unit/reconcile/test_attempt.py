"""What attempts and their creations are called: the same for the same beginning, and never for another."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from ecs_gitops.model.names import ServiceKey
from ecs_gitops.reconcile.attempt import attempt_id, client_token
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.runtime.bootstrap import Controller
from tests.unit.builders import NOW, a_desired, a_record, a_statement, an_attempt

STATED = a_statement()
TURN = Turn(cast(Controller, None), NOW, (), a_desired(STATED), a_record(STATED, version=3))
OTHER = ServiceKey("handson", "other")


def test_an_attempt_is_named_by_its_beginning_alone() -> None:
    """The same statement is rolled out again after `retry`: that is another attempt."""
    name = attempt_id(TURN, STATED)
    assert attempt_id(replace(TURN), replace(STATED, commit="another")) == name
    others = {
        attempt_id(replace(TURN, now=NOW + 1), STATED),
        attempt_id(replace(TURN, record=replace(TURN.record, version=4)), STATED),
        attempt_id(replace(TURN, record=replace(TURN.record, key=OTHER)), STATED),
        attempt_id(TURN, a_statement(service={"desiredCount": 0})),
    }
    assert len({name, *others}) == 5
    assert {len(each) for each in (name, *others)} == {32}


def test_ecs_takes_a_token_for_one_creation_with_the_same_fields() -> None:
    attempt = an_attempt(STATED)
    token = client_token(attempt, STATED)
    assert client_token(replace(attempt, deadline_at=None), replace(STATED, commit="another")) == token
    assert client_token(replace(attempt, id="attempt-2"), STATED) != token
    scaled = a_statement(service={"desiredCount": 0})
    assert client_token(attempt, scaled) != token
    assert len(token) <= 36
