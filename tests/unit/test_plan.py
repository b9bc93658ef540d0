"""What to do for one service, from Git's word, ECS's and what is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.actions import Action, Adopt, CreateService, Hold, Prune, Reconfigure, Replace, RollOut
from ecs_gitops.model import (
    Change,
    Desired,
    Effect,
    Live,
    Mode,
    Outcome,
    Quarantined,
    Reason,
    ReconcilePolicy,
    Record,
    ServiceDeployment,
)
from ecs_gitops.plan import plan, target, to_applied
from tests.unit.builders import (
    ARN,
    KEY,
    NOW,
    US,
    a_desired,
    a_live,
    a_primary,
    a_record,
    a_statement,
    a_task_definition,
    an_attempt,
    applied,
    planned,
)
from tests.unit.strategies import BALANCER, SERVICES, TASK_DEFINITIONS
from tests.unit.test_canonical import shuffled

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
    return tuple(Quarantined(each.digest, each.commit, "It failed.", NOW - 9) for each in statements)


def deployment(revision: int, status: str = "IN_PROGRESS", **fields: Any) -> ServiceDeployment:
    return ServiceDeployment(f"deployment-{revision}", status, f"{ARN}:{revision}", NOW - 30, **fields)


# Nothing to decide on


@pytest.mark.parametrize(
    "desired",
    [None, replace(a_desired(V2), stated=None), a_desired(V2, in_scope=False)],
    ids=["no manifest", "never valid", "out of scope"],
)
def test_nothing_is_done_without_a_word_of_git(desired: Desired | None) -> None:
    assert planned(desired, a_live(V1), a_record(V1)) == []
    assert planned(desired, Live(), NEVER) == []


def test_in_sync_is_the_empty_list() -> None:
    assert planned(a_desired(V1), a_live(V1), a_record(V1)) == []


# Create


def test_a_missing_service_is_created() -> None:
    assert planned(a_desired(V1), Live(), NEVER) == [CreateService(KEY, V1)]


def test_a_tombstone_is_no_service() -> None:
    assert planned(a_desired(V1), a_live(V1, status="INACTIVE"), NEVER) == [CreateService(KEY, V1)]


def test_a_service_that_still_drains_is_waited_for() -> None:
    (action,) = planned(a_desired(V1), a_live(V1, status="DRAINING"), NEVER)
    message = "The deleted service still drains; it is created again after that."
    assert action == CreateService(KEY, V1, held=Hold(Reason.PENDING, message))


def test_a_service_is_never_created_from_a_part() -> None:
    assert planned(a_desired(a_statement(bare=True)), Live(), NEVER) == []
    assert planned(a_desired(replace(V1, task_definition=None)), Live(), NEVER) == []


# Adopt


def test_adopting_what_equals_git_changes_nothing() -> None:
    live = a_live(V1, **NOT_OURS)
    assert planned(a_desired(V1), live, NEVER) == [Adopt(KEY, V1)]


def test_adopting_what_differs_waits_for_a_word() -> None:
    message = (
        "The service exists and differs from Git in one field. "
        "Set reconcile.adopt: true to let Git change it, or state in Git what runs."
    )
    assert planned(a_desired(V2), a_live(V1, **NOT_OURS), NEVER) == [
        Adopt(KEY, V2, (IMAGE,), Hold(Reason.AWAITING_ADOPTION, message))
    ]


def test_an_adoption_that_was_allowed_rolls_out() -> None:
    assert planned(a_desired(V2, policy=ADOPT), a_live(V1, **NOT_OURS), NEVER) == [ROLL_OUT]


def test_adoption_resets_nothing() -> None:
    live = a_live(V1, enableExecuteCommand=True, **NOT_OURS)
    assert planned(a_desired(V1, policy=ADOPT), live, NEVER) == [Adopt(KEY, V1)]


def test_a_service_of_another_install_is_never_touched() -> None:
    live = a_live(V1, tags=({"key": "ecs-gitops:install", "value": "other"},))
    held = Hold(
        Reason.OWNED_BY_OTHER, "The service belongs to the install other; this install is install-1."
    )
    for record in (NEVER, a_record(V1)):
        actions = planned(a_desired(V2, policy=ADOPT), live, record, consent=frozenset(Reason))
        assert actions == [Adopt(KEY, V2, (IMAGE,), held)]


def test_our_own_tag_makes_up_for_a_lost_record() -> None:
    assert planned(a_desired(V2), a_live(V1), NEVER) == [ROLL_OUT]
    assert planned(a_desired(V1), a_live(V1), NEVER) == [Adopt(KEY, V1)]


# Change


def test_a_new_task_definition_is_one_rollout_that_carries_all() -> None:
    stated = a_statement(
        task_definition=a_task_definition("nginx:2"),
        service={"desiredCount": 0, "enableExecuteCommand": True},
    )
    (action,) = planned(a_desired(stated), a_live(V1), a_record(V1))
    assert isinstance(action, RollOut)
    assert (action.register, action.fields) == (True, {"desiredCount": 0, "enableExecuteCommand": True})
    assert [change.path for change in action.changes] == [
        IMAGE.path,
        "service.desiredCount",
        "service.enableExecuteCommand",
    ]


def test_what_costs_nothing_starts_no_deployment() -> None:
    stated = a_statement(service={"desiredCount": 0})
    change = Change("service.desiredCount", 2, 0, Effect.IN_PLACE)
    assert planned(a_desired(stated), a_live(V1), a_record(V1)) == [
        Reconfigure(KEY, stated, {"desiredCount": 0}, {}, (), (change,))
    ]


def test_a_field_that_starts_a_deployment_registers_nothing() -> None:
    network = {"awsvpcConfiguration": {"subnets": ["a"]}}
    stated = a_statement(service={"networkConfiguration": network})
    (action,) = planned(a_desired(stated), a_live(V1), a_record(V1))
    assert isinstance(action, RollOut)
    assert (action.register, action.fields) == (False, {"networkConfiguration": network})


def test_capacity_providers_are_changed_by_force() -> None:
    strategy = [{"capacityProvider": "spot", "weight": 1}]
    stated = a_statement(service={"capacityProviderStrategy": strategy})
    (action,) = planned(a_desired(stated), a_live(V1, launchType="EC2"), a_record(V1))
    assert isinstance(action, RollOut)
    assert action.fields == {"capacityProviderStrategy": strategy, "forceNewDeployment": True}


def test_deployment_configuration_is_sent_whole() -> None:
    """What Git let go inside it is sent as its default, since AWS may merge."""
    stated = a_statement(service={"deploymentConfiguration": {"maximumPercent": 150}})
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    live = a_live(V1, deploymentConfiguration={"bakeTimeInMinutes": 5, "alarms": alarms})
    (action,) = planned(a_desired(stated), live, a_record(V1))
    assert isinstance(action, Reconfigure)
    assert action.fields == {
        "deploymentConfiguration": {
            "maximumPercent": 150,
            "bakeTimeInMinutes": 0,
            "alarms": {"alarmNames": [], "enable": False, "rollback": False},
        }
    }


def test_tags_change_before_a_rollout_and_only_those_git_owns() -> None:
    before = a_statement(service={"tags": [{"key": "team", "value": "a"}, {"key": "old", "value": "1"}]})
    after = a_statement(
        task_definition=a_task_definition("nginx:2"), service={"tags": [{"key": "team", "value": "b"}]}
    )
    live = a_live(before, tags=({"key": "aws:x", "value": "1"}, {"key": "theirs", "value": "1"}))
    actions = planned(a_desired(after), live, a_record(before))
    assert [type(action) for action in actions] == [Reconfigure, RollOut]
    tags = actions[0]
    assert isinstance(tags, Reconfigure)
    assert (tags.fields, tags.tags, tags.untag) == ({}, {"team": "b"}, ("old",))


def test_a_create_only_field_is_shown_and_the_rest_goes_on() -> None:
    stated = a_statement(service={"launchType": "FARGATE", "desiredCount": 1})
    actions = planned(a_desired(stated), a_live(V1, launchType="EC2"), a_record(V1))
    message = (
        "ECS cannot change launchType of an existing service. Delete the service by hand "
        "to have it created anew, or state in Git what runs."
    )
    change = Change("service.launchType", "EC2", "FARGATE", Effect.REPLACEMENT)
    assert holds(actions) == [None, Reason.REQUIRES_REPLACE]
    assert actions[1] == Replace(KEY, stated, (change,), Hold(Reason.REQUIRES_REPLACE, message))


def test_what_carries_traffic_is_never_removed_silently() -> None:
    before = a_statement(service={"loadBalancers": [BALANCER]})
    after = a_statement(service={"desiredCount": 2})
    (action,) = planned(a_desired(after), a_live(before), a_record(before))
    assert isinstance(action, RollOut)
    assert action.held == Hold(
        Reason.REQUIRES_STATEMENT,
        "The manifest no longer states loadBalancers, which is never removed silently. "
        "Write `loadBalancers: []` to remove it, or state it again to keep it.",
    )
    assert to_applied(after, a_record(before)).service == {"loadBalancers": [BALANCER], "desiredCount": 2}


def test_a_scaled_service_keeps_its_count() -> None:
    stated = a_statement(service={"desiredCount": 2})
    scaled = a_live(stated, desiredCount=9, scalable=True)
    assert planned(a_desired(stated), scaled, a_record(stated)) == []
    alone = replace(scaled, scalable=False)
    assert [type(action) for action in planned(a_desired(stated), alone, a_record(stated))] == [Reconfigure]


def test_the_revision_alone_is_ours_without_a_service_section() -> None:
    stated = a_statement(bare=True, task_definition=a_task_definition("nginx:2"))
    live = a_live(V1, desiredCount=7, enableExecuteCommand=True)
    assert planned(a_desired(stated), live, a_record(V1)) == [replace(ROLL_OUT, stated=stated)]


def test_the_live_task_definition_is_kept_when_none_is_stated() -> None:
    stated = replace(V1, task_definition=None)
    assert planned(a_desired(stated), a_live(V2), a_record(V1)) == []


def test_what_only_the_primary_deployment_shows_is_seen() -> None:
    connect = {"enabled": True, "namespace": "internal"}
    stated = a_statement(service={"serviceConnectConfiguration": connect})
    live = a_live(a_statement(), deployments=[a_primary(1, serviceConnectConfiguration=connect)])
    assert planned(a_desired(stated), live, a_record(stated)) == []


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


# Quarantine


def test_what_failed_is_not_rolled_out_again_by_any_commit() -> None:
    again = replace(V2, commit="3333333")
    record = a_record(V1, quarantine=quarantined(V2))
    assert planned(a_desired(again), a_live(V1), record) == []
    assert target(a_desired(again), record) == V1


def test_the_last_success_is_healed_while_git_is_quarantined() -> None:
    record = replace(a_record(V1, quarantine=quarantined(V2)), applied=V2)
    live = a_live(V2, revision=2)
    back = replace(IMAGE, live="nginx:2", desired="nginx:1")
    assert planned(a_desired(V2), live, record) == [RollOut(KEY, V1, True, {}, (back,))]


def test_nothing_is_done_when_nothing_ever_succeeded() -> None:
    record = replace(NEVER, quarantine=quarantined(V2))
    assert planned(a_desired(V2), a_live(V1), record) == []
    assert planned(a_desired(V2), Live(), record) == []


def test_another_digest_passes_a_quarantine() -> None:
    v3 = a_statement(task_definition=a_task_definition("nginx:3"))
    (action,) = planned(a_desired(v3), a_live(V1), a_record(V1, quarantine=quarantined(V2)))
    assert isinstance(action, RollOut)


def test_a_retry_is_not_drift() -> None:
    attempt = an_attempt(V2, outcome=Outcome.ROLLED_BACK)
    record = a_record(V2, attempt=attempt, heals=(NOW - 1, NOW - 2))
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
        (a_live(V1, status="DRAINING"), a_record(V1), V1),
        (a_live(V1), NEVER, V1),
        (a_live(V1, tags=({"key": "ecs-gitops:install", "value": "other"},)), a_record(V1), V1),
        (a_live(V1), a_record(V1), a_statement(bare=True)),
    ],
    ids=["gone", "draining", "never ours", "another's", "revisions only"],
)
def test_only_what_is_wholly_ours_is_pruned(live: Live, record: Record, stated: Any) -> None:
    desired = a_desired(stated, present=False, prune_allowed=True, policy=ReconcilePolicy(prune=True))
    assert planned(desired, live, record) == []


# Properties

STATEMENTS = st.builds(
    lambda task, service, bare: a_statement(task_definition=task, service=service, bare=bare),
    TASK_DEFINITIONS,
    SERVICES,
    st.just(False) | st.booleans(),
)
RECORDS = st.just(NEVER) | STATEMENTS.map(a_record)


@given(STATEMENTS, STATEMENTS, RECORDS, st.booleans(), st.booleans())
def test_what_is_planned_and_applied_needs_no_second_plan(
    stated: Any, runs: Any, record: Record, merges: bool, scalable: bool
) -> None:
    """Convergence: only what waits for a person is left, whatever was so before."""
    desired = a_desired(stated, policy=ADOPT)
    live = a_live(runs, scalable=scalable)
    first = planned(desired, live, record)
    for action in first:
        if action.held is None:
            live, record = applied(action, live, record, merges=merges)
    second = planned(desired, live, record)
    assert [action for action in second if action.held is None] == []
    assert second == [action for action in first if action.held is not None]


@given(STATEMENTS)
def test_a_created_service_needs_no_second_plan(stated: Any) -> None:
    desired = a_desired(stated)
    live, record = Live(), NEVER
    for action in planned(desired, live, record):
        live, record = applied(action, live, record)
    assert planned(desired, live, record) == []


@given(STATEMENTS, STATEMENTS, RECORDS, st.randoms())
def test_a_plan_rests_on_values_and_not_on_their_order(
    stated: Any, runs: Any, record: Record, random: Any
) -> None:
    live = a_live(runs)
    mixed = replace(
        live,
        service={
            **shuffled(dict(live.service or {}), random),
            "placementStrategy": live.service["placementStrategy"],
        },  # type: ignore[index]
        task_definition=shuffled(dict(live.task_definition or {}), random),
    )
    desired = a_desired(stated, policy=ADOPT)
    assert planned(desired, mixed, record) == planned(desired, live, record)


@given(STATEMENTS, STATEMENTS, RECORDS)
def test_every_change_of_a_plan_is_a_real_one(stated: Any, runs: Any, record: Record) -> None:
    for action in plan(a_desired(stated, policy=ADOPT), a_live(runs), record, install=US, now=NOW):
        assert all(change.live != change.desired for change in action.changes)
        assert action.changes or isinstance(action, Adopt)
