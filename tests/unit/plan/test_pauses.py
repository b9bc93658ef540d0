"""While a service is paused nothing is applied, everything is watched, and it ends by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecs_gitops.model.live import Live
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.record import Pause, Record
from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync, Verb
from ecs_gitops.plan import pauses
from ecs_gitops.plan.due import look_again_at
from ecs_gitops.rollout.outcomes import told
from ecs_gitops.status.assess import assess
from tests.unit.builders import (
    KEY,
    NOW,
    a_desired,
    a_live,
    a_record,
    a_statement,
    a_task_definition,
    an_attempt,
    planned,
)

PAUSE = Pause(NOW + 600, "AROAEXAMPLE:alice", "load test")
OLD, NEW = a_statement(), a_statement(task_definition=a_task_definition("nginx:2"), commit="c0ffee2")


def asking(verb: Verb, seconds: int = 0, reason: str = "") -> Wake:
    return Wake(KEY, Cause("Request", verb.value), verb, "AROAEXAMPLE:alice", seconds, reason)


def test_a_pause_is_kept_with_who_asked_and_why() -> None:
    heard = pauses.hear(a_record(), [asking(Verb.PAUSE, 600, "load test")], NOW)
    assert heard == a_record(paused=PAUSE)


def test_the_last_word_of_several_counts() -> None:
    both = [asking(Verb.PAUSE, 600), asking(Verb.RESUME)]
    assert pauses.hear(a_record(), both, NOW).paused is None
    assert pauses.hear(a_record(), both[::-1], NOW).paused == Pause(NOW + 600, "AROAEXAMPLE:alice")


def test_a_pause_that_is_over_is_forgotten_and_one_that_lasts_is_not() -> None:
    record = a_record(paused=PAUSE)
    assert pauses.hear(record, [], NOW + 599) == record
    assert pauses.hear(record, [], NOW + 600) == a_record()


def test_a_pause_without_a_time_is_none() -> None:
    assert pauses.hear(a_record(), [asking(Verb.PAUSE)], NOW) == a_record()


@pytest.mark.parametrize(
    ("live", "desired"),
    [
        (a_live(OLD), a_desired(NEW)),
        (a_live(OLD, desiredCount=7), a_desired(OLD)),
        (Live(), a_desired(OLD)),
        (a_live(OLD), a_desired(OLD, present=False, prune_allowed=True)),
    ],
    ids=["push", "drift", "deleted by hand", "gone from Git"],
)
def test_everything_waits_and_is_shown(live: Live, desired: object) -> None:
    (waiting,) = planned(desired, live, a_record(OLD, paused=PAUSE))  # type: ignore[arg-type]
    (control,) = planned(desired, live, a_record(OLD))  # type: ignore[arg-type]
    assert waiting.held is not None
    assert (waiting.key, type(waiting)) == (control.key, type(control))
    assert waiting.held.reason in (Reason.PAUSED, Reason.REQUIRES_PRUNE)
    consented = planned(desired, live, a_record(OLD, paused=PAUSE), consent=frozenset(Reason))  # type: ignore[arg-type]
    assert [each.held.reason for each in consented if each.held] == [Reason.PAUSED]


def test_what_a_person_is_told() -> None:
    record = a_record(OLD, paused=PAUSE)
    actions = planned(a_desired(NEW), a_live(OLD), record)
    status = assess(a_desired(NEW), a_live(OLD), record, actions, now=NOW)
    assert (status.sync, status.health, status.reason) == (
        Sync.OUT_OF_SYNC,
        Health.SUSPENDED,
        Reason.PAUSED,
    )
    assert status.message == (
        "Paused until 2027-01-15 08:10Z by AROAEXAMPLE:alice: load test. ECS runs web:1: 2 of 2 tasks are "
        "running. What Git says now waits. `ecs-gitops resume handson/web` ends the pause."
    )


def test_with_nothing_to_do_it_is_in_sync_and_paused() -> None:
    status = assess(a_desired(OLD), a_live(OLD), a_record(OLD, paused=PAUSE), [], now=NOW)
    assert (status.sync, status.health, status.reason) == (Sync.SYNCED, Health.SUSPENDED, Reason.PAUSED)
    assert "Nothing waits." in status.message


def test_a_rollout_under_way_is_told_first() -> None:
    record = a_record(OLD, paused=PAUSE, attempt=an_attempt(OLD))
    assert assess(a_desired(OLD), a_live(OLD), record, [], now=NOW).reason is Reason.PROGRESSING


def test_it_is_looked_at_when_the_pause_ends() -> None:
    record = a_record(OLD, paused=PAUSE, attempt=an_attempt(OLD, outcome=Outcome.SUCCEEDED))
    status = assess(a_desired(OLD), a_live(OLD), record, [], now=NOW)
    assert look_again_at(a_desired(OLD), a_live(OLD), record, [], status, now=NOW) == NOW + 600
    over: Record = replace(record, paused=None)
    assert look_again_at(a_desired(OLD), a_live(OLD), over, [], status, now=NOW) is None


def test_history_says_who_asked_for_how_long() -> None:
    (entry,) = told(a_desired(OLD), [asking(Verb.PAUSE, 7200, "load test")], NOW)
    assert (entry.event, entry.message) == ("Pause", "Asked to pause for 2 hours: load test.")
    assert (entry.sender, entry.cause) == ("AROAEXAMPLE:alice", "pause")
