"""How plans look to a person and to a machine."""

from __future__ import annotations

import json

from ecs_gitops.cli.view import action_document, action_lines, as_json, compact
from ecs_gitops.model.actions import Hold, RollOut
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Change
from ecs_gitops.model.vocabulary import Effect, Reason

KEY = ServiceKey("prod", "web")
STATED = Stated("d1:abc", "c0ffee", None, None)
IMAGE = Change("taskDefinition.containerDefinitions[web].image", "web:1", "web:2", Effect.NEW_DEPLOYMENT)


def test_a_change_shows_both_sides_and_what_it_costs() -> None:
    lines = [text.plain for text in action_lines(RollOut(KEY, STATED, True, {}, (IMAGE,)))]
    assert lines == [
        "prod/web  roll out (new deployment)",
        '  ~ taskDefinition.containerDefinitions[web].image: "web:1" → "web:2"  (new deployment)',
    ]


def test_zero_is_a_value_and_none_is_absence() -> None:
    zero = Change("service.desiredCount", 2, 0, Effect.IN_PLACE)
    added = Change("service.desiredCount", None, 0, Effect.IN_PLACE)
    lines = [text.plain for text in action_lines(RollOut(KEY, STATED, False, {}, (zero, added)))]
    assert lines[1:] == [
        "  ~ service.desiredCount: 2 → 0  (in place)",
        "  + service.desiredCount: 0  (in place)",
    ]


def test_a_held_action_says_why_in_both_forms() -> None:
    held = RollOut(KEY, STATED, True, {}, (IMAGE,), Hold(Reason.MANUAL, "Waits for a sync."))
    assert action_lines(held)[1].plain == "  held: ManualMode: Waits for a sync."
    assert json.loads(as_json(action_document(held)))["held"] == {
        "reason": "ManualMode",
        "message": "Waits for a sync.",
    }


def test_a_long_value_is_cut_where_a_person_stops_reading() -> None:
    assert len(compact("x" * 500)) == 118
