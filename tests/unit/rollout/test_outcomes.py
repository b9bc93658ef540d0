"""What an ended attempt, or a request, changes: in each case that, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecs_gitops.compare.statement import statement
from ecs_gitops.events.trail import CHANGED_OUTSIDE
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.record import Outside, Quarantined, Record
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


def test_what_succeeded_before_is_kept_when_the_same_succeeds_again():
    """Going back to `before` is a rollback: it is never what runs already."""
    first = a_record(NEW, succeeded=a_success(OLD), before="r1:long ago")
    done = outcomes.close(first, an_attempt(NEW, outcome=Outcome.SUCCEEDED, **ARN_2))
    assert done.before == OLD.revision
    again = outcomes.close(done, an_attempt(NEW, outcome=Outcome.SUCCEEDED, **ARN_2))
    assert again.before == OLD.revision


def test_the_first_success_comes_after_nothing():
    done = outcomes.close(a_record(NEW, succeeded=None), an_attempt(NEW, outcome=Outcome.SUCCEEDED))
    assert (done.before, done.succeeded and done.succeeded.identity) == ("", NEW.revision)


@pytest.mark.parametrize("place", ["applied", "replaced_stated", "applying"])
def test_what_succeeded_is_what_the_attempt_stated_wherever_that_is_remembered(place: str):
    others = {"applied": OLD, "replaced_stated": OLD, "applying": OLD}
    record = replace(a_record(OLD), **{**others, place: NEW})  # type: ignore[arg-type]
    other = a_task_definition("other:1")
    ended = an_attempt(NEW, outcome=Outcome.SUCCEEDED, **ARN_2)
    closed = outcomes.close(record, ended, described=other)
    assert closed.succeeded == a_success(NEW, 2)


def test_of_a_service_whose_task_definition_git_does_not_state_the_running_one_succeeded():
    task = a_task_definition("nginx:7")
    stated = statement("c", None, {"networkConfiguration": {}})
    ended = an_attempt(stated, outcome=Outcome.SUCCEEDED, **ARN_2)
    closed = outcomes.close(a_record(stated), ended, described={**task, "revision": 2})
    assert closed.succeeded == replace(a_success(stated, 2), task_definition=task)
    bare = a_statement(bare=True)
    closed = outcomes.close(a_record(bare), an_attempt(bare, outcome=Outcome.SUCCEEDED))
    assert (closed.succeeded and closed.succeeded.service) is None


def test_what_an_older_release_named_succeeded_without_a_digest():
    """`d1:` names a whole statement, and what succeeds is a revision part."""
    ended = replace(an_attempt(NEW, outcome=Outcome.SUCCEEDED, **ARN_2), digest="d1:0")
    closed = outcomes.close(a_record(OLD), ended)
    assert (closed.succeeded and closed.succeeded.identity) == f"{ARN}:2"


def test_a_failure_quarantines_beside_what_failed_before_and_leaves_another_fallback():
    entry = Quarantined("r1:other", "c", "m", 1.0)
    record = a_record(NEW, succeeded=a_success(OLD), quarantine=(entry,))
    closed = outcomes.close(record, an_attempt(NEW, outcome=Outcome.FAILED, message="It failed."))
    assert [each.digest for each in closed.quarantine] == ["r1:other", NEW.revision]
    assert closed.quarantine[1].at == an_attempt(NEW).started_at
    assert closed.succeeded == a_success(OLD)


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


@pytest.mark.parametrize(
    ("verb", "lifted"),
    [
        (Verb.SYNC, {Reason.MANUAL, Reason.DRIFT, Reason.DRIFT_FIGHT, Reason.PRUNE_GUARD}),
        (
            Verb.RETRY,
            {
                *(Reason.MANUAL, Reason.DRIFT, Reason.DRIFT_FIGHT),
                *(Reason.STOPPED_BY_HAND, Reason.OUTCOME_UNKNOWN),
            },
        ),
        (Verb.PAUSE, set()),
        (Verb.RESUME, set()),
    ],
)
def test_a_request_lifts_these_holds_and_no_other(verb: Verb, lifted: set[Reason]):
    """`sync` starts nothing that a person stopped, and `retry` deletes nothing."""
    assert outcomes.consent([wake(None), wake(verb)]) == lifted


def test_several_requests_lift_what_each_of_them_lifts():
    assert outcomes.consent([wake(Verb.SYNC), wake(Verb.RETRY)]) >= {
        Reason.PRUNE_GUARD,
        Reason.STOPPED_BY_HAND,
    }


@pytest.mark.parametrize("verb", [*Verb, None])
def test_only_sync_confirms_what_was_rebuilt(verb: Verb | None):
    assert outcomes.confirm(a_record(rebuilt=True), [wake(None), wake(verb)]).rebuilt == (
        verb is not Verb.SYNC
    )
    assert not outcomes.confirm(a_record(), [wake(verb)]).rebuilt


def outside(what: str) -> Wake:
    return Wake(KEY, Cause(CHANGED_OUTSIDE, "e1", "", what))


def test_the_last_call_from_outside_is_remembered_until_another_one_comes():
    wakes = [outside("UpdateService by alice"), outside("TagResource by bob"), wake(None)]
    seen = outcomes.note_outside(a_record(), wakes, NOW)
    assert seen.changed == Outside("TagResource by bob", NOW)
    assert outcomes.note_outside(seen, [wake(None), wake(Verb.SYNC)], NOW + 60) == seen


def test_who_asked_is_in_the_history():
    (line,) = outcomes.told(a_desired(NEW), [wake(None), wake(Verb.RETRY)], NOW)
    assert (line.event, line.sender, line.commit, line.at) == ("Retry", "ada", "new", NOW)
    assert (line.digest, line.cause) == (NEW.digest, "r1")
    (line,) = outcomes.told(replace(a_desired(NEW), stated=None), [wake(Verb.RETRY)], NOW)
    assert (line.digest, line.message) == ("", "Asked to retry.")


def a_pause(seconds: int, reason: str = "") -> Wake:
    return replace(wake(Verb.PAUSE), seconds=seconds, reason=reason)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (wake(Verb.SYNC), "Asked to sync."),
        (a_pause(7200, "a sale."), "Asked to pause for 2 hours: a sale."),
        (a_pause(86_400), "Asked to pause for 1 day."),
        (a_pause(5400), "Asked to pause for 90 minutes."),
        (a_pause(45), "Asked to pause for 45 seconds."),
    ],
)
def test_what_was_asked_is_told_in_words(asked: Wake, message: str):
    (line,) = outcomes.told(a_desired(NEW), [asked], NOW)
    assert line.message == message


def test_a_first_version_that_fails_leaves_nothing_to_go_back_to():
    closed = outcomes.close(a_record(NEW, succeeded=None), an_attempt(NEW, outcome=Outcome.FAILED))
    assert (closed.succeeded, [each.digest for each in closed.quarantine]) == (None, [NEW.revision])


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
    assert not outcomes.is_refused(None, NEW, a_record())


COMMIT = "1234567aaaa"
BROUGHT = a_statement(commit=COMMIT)


@pytest.mark.parametrize(
    "seen",
    [
        Record(KEY, attempt=an_attempt(BROUGHT)),
        Record(KEY, replaced=an_attempt(BROUGHT)),
        Record(KEY, applied=BROUGHT),
        Record(KEY, applying=BROUGHT),
        Record(KEY, applied=replace(BROUGHT, commit="on top")),
        Record(KEY, applying=replace(BROUGHT, commit="on top")),
        Record(KEY, applied=replace(BROUGHT, since="before")),
        Record(KEY, applying=replace(BROUGHT, since="before")),
        Record(KEY, succeeded=a_success(BROUGHT)),
        Record(KEY, quarantine=(Quarantined("r1:x", COMMIT, "m", 1.0),)),
    ],
)
def test_a_commit_that_had_a_rollout_of_its_own_was_not_passed_over(seen: Record):
    late = [Wake(KEY, Cause("Push", "p", COMMIT))]
    assert outcomes.passed_over(a_desired(NEW), seen, late, NOW) == []
    (line,) = outcomes.passed_over(a_desired(NEW), Record(KEY), late, NOW)  # the control
    assert line.message == "Commit 1234567 was pushed just before it and went out with it, if at all."
