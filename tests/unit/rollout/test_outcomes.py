"""What an ended attempt, or a request, changes: in each case that, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.record import Quarantined
from ecs_gitops.model.vocabulary import Outcome, Reason, Verb
from ecs_gitops.rollout import outcomes
from tests.unit.builders import (
    ARN,
    KEY,
    NOW,
    a_desired,
    a_record,
    a_statement,
    a_success,
    a_task_definition,
    an_attempt,
)

OLD = a_statement(commit="0ld", task_definition=a_task_definition("nginx:0"))
NEW = a_statement(commit="new", service={"desiredCount": 3})
ARN_2 = {"task_definition_arn": f"{ARN}:2"}
BAD = (Outcome.FAILED, Outcome.ROLLED_BACK)


@pytest.mark.parametrize("outcome", Outcome)
def test_only_a_bad_end_is_quarantined(outcome: Outcome):
    attempt = an_attempt(NEW, outcome=outcome, message="It ended.", ended_at=NOW)
    closed = outcomes.close(a_record(NEW, succeeded=a_success(OLD)), attempt, "A task exited with code 3.")
    entry = Quarantined(NEW.revision, NEW.commit, "It ended. A task exited with code 3.", NOW)
    assert closed.quarantine == ((entry,) if outcome in BAD else ())
    assert closed.attempt == attempt


@pytest.mark.parametrize("outcome", Outcome)
def test_only_a_success_is_what_quarantine_falls_back_to(outcome: Outcome):
    closed = outcomes.close(a_record(NEW, succeeded=a_success(OLD)), an_attempt(NEW, outcome=outcome))
    assert closed.succeeded is not None
    assert closed.succeeded.identity == (NEW if outcome is Outcome.SUCCEEDED else OLD).revision


def test_an_in_place_change_on_top_moves_no_fallback():
    """What succeeded is a revision part: which in-place fields were told with it is no matter."""
    on_top = replace(a_statement(commit="0n7op", service={"desiredCount": 9}), since=NEW.since)
    closed = outcomes.close(a_record(on_top), an_attempt(NEW, outcome=Outcome.SUCCEEDED, **ARN_2))
    assert closed.succeeded == replace(a_success(NEW, 2), service={})


def test_the_success_of_one_whose_place_was_taken_is_known_by_what_it_states():
    record = replace(a_record(NEW), succeeded=None, replaced_stated=OLD)
    closed = outcomes.close(record, an_attempt(OLD, outcome=Outcome.SUCCEEDED, **ARN_2))
    assert closed.succeeded == replace(a_success(OLD, 2), service={})


def test_of_a_success_that_nobody_stated_the_revision_is_read_off_ecs():
    described = {**a_task_definition("nginx:7"), "revision": 2, "status": "ACTIVE"}
    other = a_statement(task_definition=a_task_definition("nginx:7"))
    ended = an_attempt(other, outcome=Outcome.SUCCEEDED, **ARN_2)
    closed = outcomes.close(a_record(OLD), ended, described=described)
    assert closed.succeeded is not None
    assert closed.succeeded.task_definition == a_task_definition("nginx:7")
    assert (closed.succeeded.service, closed.before) == (None, OLD.revision)


def test_a_fallback_that_fails_itself_is_not_fallen_back_to_again():
    closed = outcomes.close(a_record(OLD), an_attempt(OLD, outcome=Outcome.ROLLED_BACK))
    assert closed.succeeded is None


def test_a_digest_is_quarantined_once_with_its_latest_reason():
    record = a_record(NEW, quarantine=(Quarantined(NEW.revision, "c", "before", 1.0),))
    closed = outcomes.close(record, an_attempt(NEW, outcome=Outcome.FAILED, message="now", ended_at=NOW))
    assert [entry.message for entry in closed.quarantine] == ["now"]


def test_a_retry_lifts_this_digest_and_no_other():
    entries = (Quarantined(NEW.revision, "c", "m", 1.0), Quarantined(OLD.revision, "c", "m", 1.0))
    assert outcomes.retry(a_record(quarantine=entries), NEW).quarantine == entries[1:]


def wake(request: Verb | None) -> Wake:
    return Wake(KEY, Cause("Request", "r1"), request, "ada")


def test_nobodys_wake_lifts_a_hold():
    assert outcomes.consent([wake(None)]) == frozenset()


def test_no_request_lifts_what_only_git_or_the_install_may_say():
    lifted = outcomes.consent([wake(verb) for verb in Verb])
    assert lifted
    assert not lifted & {
        *(Reason.OBSERVE, Reason.OWNED_BY_OTHER, Reason.AWAITING_ADOPTION, Reason.REQUIRES_PRUNE),
        *(Reason.REQUIRES_REPLACE, Reason.REQUIRES_STATEMENT, Reason.PENDING),
    }


def test_who_asked_is_in_the_history():
    (line,) = outcomes.told(a_desired(NEW), [wake(None), wake(Verb.RETRY)], NOW)
    assert (line.event, line.sender, line.commit, line.at) == ("Retry", "ada", "new", NOW)


def test_a_superseded_attempt_says_by_what():
    over = outcomes.supersede(an_attempt(OLD), NEW, NOW)
    assert over == replace(
        an_attempt(OLD),
        outcome=Outcome.SUPERSEDED,
        message="Commit new was rolled out in its place.",
        ended_at=NOW,
    )


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_a_refused_attempt_is_one_that_failed_without_a_deployment(outcome: Outcome | None):
    attempt = an_attempt(NEW, outcome=outcome)
    assert outcomes.is_refused(attempt, NEW, a_record()) == (outcome is Outcome.FAILED)
    deployed = replace(attempt, deployment_arn="ecs-svc/1")
    assert not outcomes.is_refused(deployed, NEW, a_record())
    quarantined = a_record(quarantine=(Quarantined(NEW.revision, "c", "m", 1.0),))
    assert not outcomes.is_refused(attempt, NEW, quarantined)
    assert not outcomes.is_refused(attempt, OLD, a_record())
