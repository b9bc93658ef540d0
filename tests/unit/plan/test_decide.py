"""What to do for one service, from Git's word, ECS's and what is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.actions import Action, Adopt, CreateService, Hold, Reconfigure, Replace, RollOut
from ecs_gitops.model.desired import Desired, ReconcilePolicy
from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.record import Change, Quarantined, Record
from ecs_gitops.model.vocabulary import Effect, Outcome, Reason
from ecs_gitops.plan.decide import plan
from ecs_gitops.resources.service import create_request
from ecs_gitops.rollout.told import taken_over
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
    a_success,
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


def test_what_failed_is_created_as_what_succeeded_with_the_revision_it_has() -> None:
    service = {"desiredCount": 5, "loadBalancers": [BALANCER], "healthCheckGracePeriodSeconds": 60}
    failed = a_statement(commit="2222222", task_definition=V2.task_definition, service=service)
    record = a_record(V1, quarantine=quarantined(failed))
    (action,) = planned(a_desired(failed), Live(), record)
    assert isinstance(action, CreateService)
    assert (action.revision_arn, action.held) == (f"{ARN}:1", None)
    assert (action.stated.service, action.stated.revision) == ({"desiredCount": 5}, V1.revision)
    unknown = replace(a_success(V1), task_definition_arn="")
    (action,) = planned(a_desired(failed), Live(), replace(record, succeeded=unknown))
    assert isinstance(action, CreateService)
    assert action.revision_arn is None
    assert planned(a_desired(failed), Live(), replace(record, succeeded=None)) == []


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_only_a_service_that_was_there_can_be_put_back(outcome: Outcome | None) -> None:
    """One whose creation ECS took back, or is at work on, was not deleted by somebody else."""
    attempt = an_attempt(V1, outcome=outcome, message="It ended.")
    (action,) = planned(a_desired(V1), Live(), a_record(V1, attempt=attempt))
    assert isinstance(action, CreateService)
    was_there = outcome in (Outcome.SUCCEEDED, Outcome.SUPERSEDED)
    assert action.heals == (("service",) if was_there else ())
    no_heal = ReconcilePolicy(self_heal=False)
    (new,) = planned(a_desired(V2, policy=no_heal), Live(), a_record(V1))
    assert isinstance(new, CreateService)
    assert (new.heals, new.held) == ((), None)
    (back,) = planned(a_desired(V1, policy=no_heal), Live(), a_record(V1, attempt=attempt))
    assert holds([back]) != [None] or not was_there


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


def test_an_adoption_counts_what_differs() -> None:
    stated = a_statement(task_definition=V2.task_definition, service={"desiredCount": 5})
    (action,) = planned(a_desired(stated), a_live(V1, **NOT_OURS), NEVER)
    assert action.held is not None
    assert action.held.message.startswith("The service exists and differs from Git in 2 fields. ")


def test_an_adoption_that_was_allowed_rolls_out() -> None:
    assert planned(a_desired(V2, policy=ADOPT), a_live(V1, **NOT_OURS), NEVER) == [ROLL_OUT]


def test_an_adoption_of_which_all_waits_for_a_person_is_noted_first() -> None:
    """It is ours, and told nothing; what is not held adopts by what it does."""
    fixed = a_statement(service={"launchType": "FARGATE"})
    live = a_live(V1, launchType="EC2", **NOT_OURS)
    actions = planned(a_desired(fixed, policy=ADOPT), live, NEVER)
    assert [type(action) for action in actions] == [Adopt, Replace]
    assert holds(actions) == [None, Reason.REQUIRES_REPLACE]
    scaled = a_statement(service={"launchType": "FARGATE", "desiredCount": 5})
    actions = planned(a_desired(scaled, policy=ADOPT), live, NEVER)
    assert [type(action) for action in actions] == [Reconfigure, Replace]


def test_a_person_may_allow_an_adoption() -> None:
    consent = frozenset({Reason.AWAITING_ADOPTION})
    assert planned(a_desired(V2), a_live(V1, **NOT_OURS), NEVER, consent=consent) == [ROLL_OUT]


def test_adoption_resets_nothing() -> None:
    live = a_live(V1, enableExecuteCommand=True, **NOT_OURS)
    assert planned(a_desired(V1, policy=ADOPT), live, NEVER) == [Adopt(KEY, V1)]


def test_who_plans_without_a_controller_is_not_told_a_name_of_it() -> None:
    live = a_live(V1, tags=({"key": "ecs-gitops:install", "value": "other"},))
    (held,) = plan(a_desired(V2), live, NEVER, install=replace(US, id=""), now=NOW)
    assert held.held is not None
    assert held.held.message.startswith("The service belongs to the install other. Take ")


def test_a_service_of_another_install_is_never_touched() -> None:
    live = a_live(V1, tags=({"key": "ecs-gitops:install", "value": "other"},))
    held = Hold(
        Reason.OWNED_BY_OTHER,
        "The service belongs to the install other; this install is install-1. Take its manifest away here; "
        "or there, without reconcile.prune, and then the tag ecs-gitops:install.",
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


def test_our_own_mark_is_no_tag_of_a_manifest() -> None:
    stated = a_statement(service={"tags": [{"key": "ecs-gitops:install", "value": "mine"}]})
    live = a_live(a_statement(service={"desiredCount": 2}))
    assert planned(a_desired(stated), live, a_record(stated)) == []
    team = {"key": "team", "value": "web"}
    assert create_request({"tags": [*stated.service["tags"], team], "desiredCount": 0}) == {
        "tags": [team],
        "desiredCount": 0,
    }


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


def test_what_a_create_only_field_would_decide_is_not_sent_to_the_service_as_it_is() -> None:
    stated = a_statement(service={"schedulingStrategy": "DAEMON", "deploymentConfiguration": {}})
    before = a_statement(service={"desiredCount": 2, "deploymentConfiguration": {}})
    live = a_live(before, deploymentConfiguration={"maximumPercent": 200, "minimumHealthyPercent": 100})
    (action,) = planned(a_desired(stated), live, a_record(before))
    assert isinstance(action, Replace)
    assert [change.path for change in action.changes] == ["service.schedulingStrategy"]


def test_what_carries_traffic_is_never_removed_silently() -> None:
    before = a_statement(service={"loadBalancers": [BALANCER]})
    after = a_statement(service={"desiredCount": 2})
    (action,) = planned(a_desired(after), a_live(before), a_record(before))
    assert isinstance(action, RollOut)
    assert (action.register, action.fields, action.heals) == (False, {"loadBalancers": []}, ())
    assert action.held == Hold(
        Reason.REQUIRES_STATEMENT,
        "The manifest no longer states loadBalancers, which is never removed silently. "
        "Write `loadBalancers: []` to remove it, or state it again to keep it.",
    )
    assert taken_over(after, before).service == {"loadBalancers": [BALANCER], "desiredCount": 2}


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
