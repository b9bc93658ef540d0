"""People are told once of each state that needs them, and once that all is well again."""

from __future__ import annotations

import pytest

from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health, Reason, Sync
from ecs_gitops.status.notices import decide, subject
from tests.unit.builders import KEY, US

BAD, WORSE = "d1:bad", "d1:worse"


def status(reason: Reason, message: str = "Commit c0ffee2 was rolled back.") -> Status:
    return Status(Sync.OUT_OF_SYNC, Health.DEGRADED, reason, message, "c0ffee2", "c0ffee1")


def told(*states: tuple[Reason, str]) -> list[str]:
    """The first lines of what is sent while a service goes through these states."""
    record, sent = Record(KEY), []
    for reason, digest in states:
        record = decide(record, status(reason), digest, US)
        if record.untold:
            sent.append(record.untold.partition("\n")[0])
        record = Record(KEY, told=record.told)
    return sent


def test_what_is_sent():
    sent = decide(Record(KEY), status(Reason.ROLLED_BACK), BAD, US).untold
    assert sent == (
        "handson/web: RolledBack\n\nCommit c0ffee2 was rolled back.\n\nservice: handson/web\n"
        "sync: OutOfSync\nhealth: Degraded\ndesired commit: c0ffee2\napplied commit: c0ffee1\n"
        "account: 123456789012 us-east-1\ninstall: install-1"
    )
    assert subject(sent) == "handson/web: RolledBack"
    assert len(subject("ü" * 500)) == 100


def test_a_failure_and_its_recovery_are_two_messages():
    states = [(Reason.PROGRESSING, BAD), (Reason.ROLLED_BACK, BAD), (Reason.ROLLED_BACK, BAD)]
    assert told(*states, (Reason.PROGRESSING, WORSE), (Reason.SYNCED, WORSE), (Reason.SYNCED, WORSE)) == [
        "handson/web: RolledBack",
        "handson/web: recovered",
    ]


def test_the_same_failure_of_something_else_is_news():
    assert len(told((Reason.FAILED, BAD), (Reason.PROGRESSING, WORSE), (Reason.FAILED, WORSE))) == 2


def test_what_passes_between_makes_no_state_news():
    between = (Reason.PROGRESSING, Reason.PAUSED, Reason.UNHEALTHY, Reason.BUDGET)
    states = [(Reason.DRIFT_FIGHT, BAD), *((each, BAD) for each in between), (Reason.DRIFT_FIGHT, BAD)]
    assert told(*states) == ["handson/web: DriftFight"]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_news_or_passes_or_is_well(reason: Reason):
    passing = (
        *("RolloutInProgress", "WaitingFor", "WaitingForBudget", "Pending", "Paused", "TasksUnhealthy"),
        *("ObserveMode", "ManualMode", "OutOfScope", "Synced", "Adopted", "Pruned"),
    )
    assert told((reason, BAD)) == ([] if reason in passing else [f"handson/web: {reason}"])
