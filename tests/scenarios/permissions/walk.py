"""The walk: the few scenarios that together use every right the controller's roles are granted."""

from __future__ import annotations

from tests.scenarios.permissions import amiss, ordinary
from tests.scenarios.permissions.setting import Scenario

OFTEN = {"FullSweepInterval": "60"}
WALK = (
    Scenario("a push is rolled out, logged, and leaves no message", ordinary.a_push),
    Scenario("a push is found though no event tells of it", ordinary.a_push_that_no_event_tells_of),
    Scenario("a service is changed in place", ordinary.a_service_is_changed_in_place),
    Scenario("a service whose file is gone is deleted", ordinary.a_service_is_pruned),
    Scenario("references of every kind are filled in", ordinary.references_of_every_kind),
    Scenario("a source is read with a token", ordinary.a_source_with_a_token, ordinary.a_token),
    Scenario(
        "a rollback is told, with its cause",
        amiss.a_rollback_is_told_with_its_cause,
        amiss.a_topic,
    ),
    Scenario("a head that cannot be read is told", amiss.a_head_that_cannot_be_read_is_told, amiss.a_topic),
    Scenario("a change by hand is put back at once", ordinary.a_change_by_hand_is_put_back_at_once),
    Scenario(
        "a change by hand is found by the sweep",
        ordinary.a_change_by_hand_is_found_by_the_sweep,
        parameters=OFTEN,
    ),
    Scenario(
        "many services are looked at within seconds", ordinary.many_services_are_looked_at_within_seconds
    ),
    Scenario(
        "many services are found by the sweep",
        ordinary.many_services_are_found_by_the_sweep,
        parameters=OFTEN,
    ),
    Scenario("a turn that is cut off registers nothing twice", amiss.a_turn_is_cut_off_after_it_registered),
    Scenario("what is throttled is tried again soon", amiss.what_is_throttled_is_tried_again_soon),
    Scenario("who finds no call left is woken in turn", amiss.who_finds_no_call_left_is_woken_in_turn),
    Scenario("an event that cannot be taken in is kept", amiss.an_event_that_cannot_be_taken_in_is_kept),
    Scenario("old revisions are retired", ordinary.old_revisions_are_retired),
)
