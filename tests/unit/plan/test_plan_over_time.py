"""Attempts, quarantine, modes, prune: what a plan owes to what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.actions import Action, CreateService, Hold, Prune, Reconfigure, Replace, RollOut
from ecs_gitops.model.desired import Desired, ReconcilePolicy
from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.record import Change, Heal, Pause, Quarantined, Record
from ecs_gitops.model.vocabulary import Effect, Mode, Outcome, Reason
from ecs_gitops.rollout.target import target
from tests.unit.builders import (
    ARN,
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
from tests.unit.strategies import BALANCER

NEVER = Record(KEY)
ADOPT = ReconcilePolicy(adopt=True)
V1 = a_statement(commit="1111111")
V2 = a_statement(commit="2222222", task_definition=a_task_definition("nginx:2"))
IMAGE = Change(
    "taskDefinition.containerDefinitions[nginx].image", "nginx:1", "nginx:2", Effect.NEW_DEPLOYMENT
)
ROLL_OUT = RollOut(KEY, V2, True, {}, (IMAGE,))
NOT_OURS = {"tags": ()}


def holds(actions: Sequence[Action]) -> list[Reason | None]:
    return [action.held.reason if action.held else None for action in actions]


def quarantined(*statements: Any) -> tuple[Quarantined, ...]:
    return tuple(Quarantined(each.revision, each.commit, "It failed.", NOW - 9) for each in statements)


def deployment(revision: int, status: str = "IN_PROGRESS", **fields: Any) -> ServiceDeployment:
    return ServiceDeployment(f"deployment-{revision}", status, f"{ARN}:{revision}", NOW - 30, **fields)


# Attempts


def test_a_rollout_under_way_is_not_started_twice() -> None:
    attempt = an_attempt(V2, task_definition_arn=f"{ARN}:2")
    live = replace(
        a_live(V1), deployments=(deployment(2, "ROLLBACK_IN_PROGRESS"), deployment(1, "SUCCESSFUL"))
    )
    assert planned(a_desired(V2), live, a_record(V2, attempt=attempt)) == []


def test_a_rollout_that_was_cut_short_before_ecs_heard_of_it_goes_on() -> None:
    for arn in (None, f"{ARN}:2"):
        attempt = an_attempt(V2, task_definition_arn=arn)
        live = replace(a_live(V1), deployments=(deployment(1, "SUCCESSFUL"),))
        assert planned(a_desired(V2), live, a_record(V1, attempt=attempt)) == [ROLL_OUT]


def test_a_creation_that_was_cut_short_goes_on() -> None:
    record = replace(NEVER, attempt=an_attempt(V1, task_definition_arn=f"{ARN}:1"))
    assert planned(a_desired(V1), Live(), record) == [CreateService(KEY, V1)]


def test_another_digest_supersedes() -> None:
    v3 = a_statement(commit="3333333", task_definition=a_task_definition("nginx:3"))
    attempt = an_attempt(V2, task_definition_arn=f"{ARN}:2")
    live = replace(a_live(V2, revision=2), deployments=(deployment(2),))
    (action,) = planned(a_desired(v3), live, a_record(V2, attempt=attempt))
    assert isinstance(action, RollOut)
    assert action.held is None


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(Outcome.STOPPED_BY_HAND, Reason.STOPPED_BY_HAND), (Outcome.UNKNOWN, Reason.OUTCOME_UNKNOWN)],
)
def test_an_outcome_that_nobody_can_judge_waits_for_a_person(outcome: Outcome, reason: Reason) -> None:
    attempt = an_attempt(V2, outcome=outcome, message="It was stopped.")
    record = a_record(V2, attempt=attempt)
    (action,) = planned(a_desired(V2), a_live(V1), record)
    message = "It was stopped. Run `ecs-gitops retry handson/web` to roll it out again."
    assert action == replace(ROLL_OUT, held=Hold(reason, message))
    assert planned(a_desired(V2), a_live(V1), record, consent=frozenset({reason})) == [ROLL_OUT]


@pytest.mark.parametrize("outcome", [Outcome.STOPPED_BY_HAND, Outcome.UNKNOWN])
def test_an_outcome_that_nobody_can_judge_holds_its_own_revision_alone(outcome: Outcome) -> None:
    record = a_record(V1, attempt=an_attempt(V1, outcome=outcome, message="It was stopped."))
    assert planned(a_desired(V2), a_live(V1), record) == [ROLL_OUT]
    scaled = a_statement(commit="3333333", service={"desiredCount": 5})
    (action,) = planned(a_desired(scaled), a_live(V1), record)
    assert isinstance(action, Reconfigure)
    assert action.held is None


@pytest.mark.parametrize("outcome", [Outcome.STOPPED_BY_HAND, Outcome.UNKNOWN])
def test_what_was_stopped_is_not_created_again_either(outcome: Outcome) -> None:
    reason = Reason.STOPPED_BY_HAND if outcome is Outcome.STOPPED_BY_HAND else Reason.OUTCOME_UNKNOWN
    other = Reason.OUTCOME_UNKNOWN if outcome is Outcome.STOPPED_BY_HAND else Reason.STOPPED_BY_HAND
    record = a_record(V1, attempt=an_attempt(V1, outcome=outcome, message="It was stopped."))
    assert holds(planned(a_desired(V1), Live(), record)) == [reason]
    assert holds(planned(a_desired(V1), Live(), record, consent=frozenset({other}))) == [reason]
    assert holds(planned(a_desired(V1), Live(), record, consent=frozenset({reason}))) == [None]


def test_a_rollout_under_way_leaves_what_changes_in_place_and_what_waits_for_a_person() -> None:
    stated = a_statement(
        commit="3333333",
        task_definition=a_task_definition("nginx:2"),
        service={"desiredCount": 5, "launchType": "FARGATE"},
    )
    attempt = an_attempt(stated, task_definition_arn=f"{ARN}:2")
    live = replace(a_live(V1, launchType="EC2"), deployments=(deployment(2, "ROLLBACK_IN_PROGRESS"),))
    actions = planned(a_desired(stated), live, a_record(stated, attempt=attempt))
    assert [type(each) for each in actions] == [Reconfigure, Replace]
    assert holds(actions) == [None, Reason.REQUIRES_REPLACE]
    other = replace(attempt, digest=V1.revision)
    starts = planned(a_desired(stated), live, a_record(V1, attempt=other))
    assert [type(each) for each in starts] == [RollOut, Replace]  # the control


# Which hold is told, where there are several

WAITS = Hold(Reason.WAITING_FOR, "Waits until handson/auth is rolled out.")
STOPPED = an_attempt(V2, outcome=Outcome.STOPPED_BY_HAND, message="It was stopped.")
HASTY = an_attempt(V1, task_definition_arn=f"{ARN}:1", started_at=NOW - 30, replaces="attempt-0")
ROLLING = replace(a_live(V1), deployments=(deployment(1),))


def test_what_a_person_stopped_is_told_before_what_it_waits_for() -> None:
    record = a_record(V2, attempt=STOPPED)
    assert holds(planned(a_desired(V2), a_live(V1), record, waits=WAITS)) == [Reason.STOPPED_BY_HAND]
    lifted = frozenset({Reason.STOPPED_BY_HAND})
    assert planned(a_desired(V2), a_live(V1), record, waits=WAITS, consent=lifted) == [
        replace(ROLL_OUT, held=WAITS)
    ]


def test_what_waits_for_others_waits_for_them_before_its_turn_and_whoever_asks() -> None:
    record = a_record(V1, attempt=HASTY)
    assert holds(planned(a_desired(V2), ROLLING, record)) == [Reason.PENDING]  # the control
    assert holds(planned(a_desired(V2), ROLLING, record, waits=WAITS)) == [Reason.WAITING_FOR]
    asked = frozenset({Reason.MANUAL})
    assert holds(planned(a_desired(V2), ROLLING, record, waits=WAITS, consent=asked)) == [
        Reason.WAITING_FOR
    ]
    assert holds(planned(a_desired(V2), ROLLING, record, consent=asked)) == [None]


@pytest.mark.parametrize("waits", [None, WAITS])
def test_what_changes_in_place_waits_for_no_rollout(waits: Hold | None) -> None:
    stated = a_statement(commit="3333333", task_definition=V2.task_definition, service={"desiredCount": 5})
    actions = planned(a_desired(stated), ROLLING, a_record(V1, attempt=HASTY), waits=waits)
    assert [type(each) for each in actions] == [Reconfigure, RollOut]
    assert holds(actions) == [None, Reason.WAITING_FOR if waits else Reason.PENDING]


def test_a_mode_or_a_pause_adds_its_hold_where_there_is_none() -> None:
    record = a_record(V2, attempt=STOPPED)
    manual = a_desired(V2, policy=ReconcilePolicy(mode=Mode.MANUAL))
    assert holds(planned(manual, a_live(V1), record)) == [Reason.STOPPED_BY_HAND]
    assert holds(planned(manual, a_live(V1), a_record(V1))) == [Reason.MANUAL]
    paused = Pause(NOW + 60, "ada")
    assert holds(planned(manual, a_live(V1), a_record(V1, paused=paused))) == [Reason.MANUAL]
    assert holds(planned(a_desired(V2), a_live(V1), a_record(V1, paused=paused))) == [Reason.PAUSED]
    stays = planned(a_desired(V2), a_live(V1), replace(record, paused=paused))
    assert holds(stays) == [Reason.STOPPED_BY_HAND]


# Quarantine


def test_what_failed_is_not_rolled_out_again_by_any_commit() -> None:
    again = replace(V2, commit="3333333", since="3333333")
    record = a_record(V1, quarantine=quarantined(V2))
    assert planned(a_desired(again), a_live(V1), record) == []
    wanted = target(a_desired(again), record)
    assert wanted is not None
    assert (wanted.stated.task_definition, wanted.stated.since) == (V1.task_definition, V1.commit)


def test_the_last_success_is_healed_while_git_is_quarantined() -> None:
    record = replace(a_record(V1, quarantine=quarantined(V2)), applied=V2)
    live = a_live(V2, revision=2)
    back = replace(IMAGE, live="nginx:2", desired="nginx:1")
    (action,) = planned(a_desired(V2), live, record)
    assert isinstance(action, RollOut)
    assert (action.register, action.revision_arn, action.changes) == (False, f"{ARN}:1", (back,))
    assert (action.stated.revision, action.heals) == (V1.revision, ())


def test_in_place_fields_are_the_newest_over_an_older_revision() -> None:
    v2 = a_statement(commit="2222222", task_definition=V2.task_definition, service={"desiredCount": 5})
    record = a_record(V1, quarantine=quarantined(v2))
    (action,) = planned(a_desired(v2), a_live(V1), record)
    assert isinstance(action, Reconfigure)
    assert (action.fields, action.held) == ({"desiredCount": 5}, None)


def test_an_in_place_field_that_rests_on_the_newest_revision_goes_out_with_it() -> None:
    service = {"desiredCount": 2, "loadBalancers": [BALANCER], "healthCheckGracePeriodSeconds": 60}
    v2 = a_statement(commit="2222222", task_definition=V2.task_definition, service=service)
    record = a_record(V1, quarantine=quarantined(v2))
    (action,) = planned(a_desired(v2), a_live(V1), record)
    assert isinstance(action, Reconfigure)
    assert action.held == Hold(
        Reason.QUARANTINED,
        "healthCheckGracePeriodSeconds goes out with commit 2222222: rests on what its revision brings.",
    )
    without = {"desiredCount": 2, "healthCheckGracePeriodSeconds": 60}
    alone = a_statement(commit="2222222", task_definition=V2.task_definition, service=without)
    (control,) = planned(a_desired(alone), a_live(V1), a_record(V1, quarantine=quarantined(alone)))
    assert control.held is None
    (whole,) = planned(a_desired(v2), a_live(V1), a_record(V1))
    assert isinstance(whole, RollOut)
    assert set(whole.fields) == {"loadBalancers", "healthCheckGracePeriodSeconds"}


def test_several_fields_that_rest_on_the_newest_revision_are_named_together() -> None:
    service = {"loadBalancers": [BALANCER], "healthCheckGracePeriodSeconds": 60}
    more = {**service, "deploymentConfiguration": {"maximumPercent": 150}}
    v2 = a_statement(commit="2222222", task_definition=V2.task_definition, service=more)
    (action,) = planned(a_desired(v2), a_live(V1), a_record(V1, quarantine=quarantined(v2)))
    assert action.held is not None
    assert action.held.message == (
        "deploymentConfiguration and healthCheckGracePeriodSeconds go out with commit 2222222: "
        "rest on what its revision brings."
    )


def test_nothing_is_done_when_nothing_ever_succeeded() -> None:
    record = a_record(V2, succeeded=None, quarantine=quarantined(V2))
    assert planned(a_desired(V2), a_live(V1), record) == []
    assert planned(a_desired(V2), Live(), record) == []


def test_another_digest_passes_a_quarantine() -> None:
    v3 = a_statement(task_definition=a_task_definition("nginx:3"))
    (action,) = planned(a_desired(v3), a_live(V1), a_record(V1, quarantine=quarantined(V2)))
    assert isinstance(action, RollOut)


def test_a_retry_is_not_drift() -> None:
    attempt = an_attempt(V2, outcome=Outcome.ROLLED_BACK)
    record = a_record(V2, attempt=attempt, heals=(Heal(NOW - 2), Heal(NOW - 1)))
    desired = a_desired(V2, policy=ReconcilePolicy(self_heal=False))
    assert planned(desired, a_live(V1), record) == [ROLL_OUT]


# Modes


@pytest.mark.parametrize(("mode", "reason"), [(Mode.MANUAL, Reason.MANUAL), (Mode.OBSERVE, Reason.OBSERVE)])
@pytest.mark.parametrize(
    "live", [Live(), a_live(V1), a_live(V2, **NOT_OURS)], ids=["create", "roll out", "adopt"]
)
def test_a_mode_holds_everything(mode: Mode, reason: Reason, live: Live) -> None:
    desired = a_desired(V2, policy=ReconcilePolicy(mode=mode))
    record = NEVER if live.service is None or not live.service["tags"] else a_record(V1)
    assert holds(planned(desired, live, record)) == [reason]
    assert holds(planned(desired, live, record, consent=frozenset({reason}))) == [None]


@pytest.mark.parametrize(("mode", "reason"), [(Mode.MANUAL, Reason.MANUAL), (Mode.OBSERVE, Reason.OBSERVE)])
@pytest.mark.parametrize("pruning", [False, True], ids=["to begin", "begun"])
def test_a_mode_holds_a_deletion_too(mode: Mode, reason: Reason, pruning: bool) -> None:
    policy = ReconcilePolicy(prune=True, mode=mode)
    desired = a_desired(V1, present=False, prune_allowed=True, policy=policy)
    record = a_record(V1, pruning=pruning)
    assert holds(planned(desired, a_live(V1), record)) == [reason]
    assert planned(desired, a_live(V1), record, consent=frozenset({reason})) == [Prune(KEY)]
    auto = replace(desired, policy=ReconcilePolicy(prune=True))
    assert planned(auto, a_live(V1), record) == [Prune(KEY)]  # the control


def test_a_deletion_is_guarded_for_the_reason_that_is_told() -> None:
    told = a_desired(V1, present=False, policy=ReconcilePolicy(prune=True))
    how = "Check the last commit, then confirm with `ecs-gitops sync handson/web`."

    def why(desired: Desired, **record: Any) -> str:
        (action,) = planned(desired, a_live(V1), a_record(V1, **record))
        assert action.held is not None
        assert (action.held.reason, action.held.message.endswith(how)) == (Reason.PRUNE_GUARD, True)
        return action.held.message.partition(".")[0]

    assert why(told) == "Too many services vanished from Git at once"
    assert why(replace(told, cause="Rewritten")) == "The branch was rewritten"
    assert why(told, rebuilt=True) == "What was known of it was lost, and rebuilt"
    assert why(replace(told, prune_allowed=True), rebuilt=True) == why(told, rebuilt=True)
    confirmed = frozenset({Reason.PRUNE_GUARD})
    assert planned(told, a_live(V1), a_record(V1, rebuilt=True), consent=confirmed) == [Prune(KEY)]


# Prune


def test_a_service_gone_from_git_is_not_deleted_unless_told() -> None:
    desired = a_desired(V1, present=False, prune_allowed=True)
    assert holds(planned(desired, a_live(V1), a_record(V1))) == [Reason.REQUIRES_PRUNE]


def test_pruning_is_told_and_guarded() -> None:
    told = a_desired(V1, present=False, policy=ReconcilePolicy(prune=True))
    assert holds(planned(told, a_live(V1), a_record(V1))) == [Reason.PRUNE_GUARD]
    allowed = replace(told, prune_allowed=True)
    assert planned(allowed, a_live(V1), a_record(V1)) == [Prune(KEY)]


def test_a_deletion_that_failed_is_not_forgotten() -> None:
    record = a_record(V1, pruning=True)
    assert planned(a_desired(V1, present=False), a_live(V1), record) == [Prune(KEY)]


@pytest.mark.parametrize(
    ("live", "record", "stated"),
    [
        (Live(), a_record(V1), V1),
        (a_live(V1, status="INACTIVE"), a_record(V1), V1),
        (a_live(V1, status="DRAINING"), a_record(V1), V1),
        (a_live(V1), NEVER, V1),
        (a_live(V1, tags=({"key": "ecs-gitops:install", "value": "other"},)), a_record(V1), V1),
        (a_live(V1), a_record(V1), a_statement(bare=True)),
    ],
    ids=["gone", "a tombstone", "draining", "never ours", "another's", "revisions only"],
)
def test_only_what_is_wholly_ours_is_pruned(live: Live, record: Record, stated: Any) -> None:
    desired = a_desired(stated, present=False, prune_allowed=True, policy=ReconcilePolicy(prune=True))
    assert planned(desired, live, record) == []
