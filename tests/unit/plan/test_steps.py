"""What holds for the steps of every plan: each does and claims what it says, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.model.actions import Action, Hold, Reconfigure, Replace, RollOut, brake_fields
from ecs_gitops.model.desired import ReconcilePolicy, Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Change, Quarantined, Record
from ecs_gitops.model.vocabulary import Outcome, Reason
from ecs_gitops.plan.changeset import find_changes
from ecs_gitops.plan.steps import Terms, to_actions
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.statement_parts import IN_PLACE, SPLIT
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from tests.unit.builders import (
    ARN,
    KEY,
    NOW,
    a_desired,
    a_live,
    a_record,
    a_statement,
    a_success,
    a_task_definition,
    an_attempt,
    applied,
    planned,
)
from tests.unit.strategies import BALANCER, SERVICES, TASK_DEFINITIONS

STATEMENTS = st.builds(
    lambda task, service, bare: a_statement(task_definition=task, service=service, bare=bare),
    TASK_DEFINITIONS,
    SERVICES,
    st.just(False) | st.booleans(),
)
NO_HEAL = ReconcilePolicy(self_heal=False)
STAYS = Hold(Reason.DRIFT, "It stays.")
WAITS = Hold(Reason.WAITING_FOR, "It waits.")
Step = RollOut | Reconfigure | Replace


def steps(stated: Stated, live: Live, record: Record, *, heal: bool = True, **more: Any) -> list[Step]:
    desired = a_desired(stated, policy=ReconcilePolicy(self_heal=heal))
    found = planned(desired, live, record, **more)
    assert all(isinstance(each, RollOut | Reconfigure | Replace) for each in found)
    return [each for each in found if isinstance(each, RollOut | Reconfigure | Replace)]


def ready(actions: Sequence[Action]) -> list[Any]:
    return [each for each in actions if each.held is None]


@given(STATEMENTS, STATEMENTS, STATEMENTS, st.booleans(), st.sampled_from([None, WAITS]))
def test_every_difference_is_in_exactly_one_step(
    before: Stated, runs: Stated, stated: Stated, heal: bool, waits: Hold | None
) -> None:
    """Nothing that differs is lost between the steps, and nothing is told twice."""
    live, record = a_live(runs), a_record(before)
    found = steps(stated, live, record, heal=heal, waits=waits)
    told = Counter(str(change) for each in found for change in each.changes)
    assert told == Counter(map(str, find_changes(stated, live, record).every))


@given(STATEMENTS, STATEMENTS, STATEMENTS, st.booleans(), st.booleans())
def test_whatever_was_cut_off_is_finished_by_the_next_plan(
    before: Stated, runs: Stated, stated: Stated, heal: bool, merges: bool
) -> None:
    """After any prefix of a plan the next one finishes it: one by one, with one deployment in all."""
    live, record = a_live(runs), a_record(before)
    first = ready(steps(stated, live, record, heal=heal))
    rolled = 0
    while todo := ready(steps(stated, live, record, heal=heal)):
        live, record = applied(todo[0], live, record, merges=merges)
        rolled += isinstance(todo[0], RollOut)
        assert rolled <= 1
    assert rolled == sum(isinstance(each, RollOut) for each in first)


@given(STATEMENTS, STATEMENTS, STATEMENTS)
def test_no_step_claims_what_it_did_not_carry(before: Stated, runs: Stated, stated: Stated) -> None:
    """A step carries exactly the fields whose changes it shows, and the record claims no others."""
    live, record = a_live(runs), a_record(before)
    for step in ready(steps(stated, live, record)):
        shown = {field.partition(".")[2] for field in brake_fields(step.changes)} - {""}
        carried = set(step.fields) - {"forceNewDeployment"}
        tags = isinstance(step, Reconfigure) and bool(step.tags or step.untag)
        assert carried == shown - {"tags"}
        assert tags is ("tags" in shown)
        assert isinstance(step, Reconfigure) or step.register is any(
            change.path.startswith("taskDefinition") for change in step.changes
        )
        told = applied(step, live, record)[1].applied
        assert told is not None
        was, now = dict((record.applied or stated).service or {}), dict(told.service or {})
        same = {*was, *now} - carried - {"tags"}
        assert tags or ecs_service.tags(now) == ecs_service.tags(was)
        assert {name: now.get(name) for name in same} == {name: was.get(name) for name in same}
        brings = isinstance(step, RollOut) and step.register
        assert told.task_definition == (stated if brings else record.applied or stated).task_definition
        live, record = applied(step, live, record)


@given(STATEMENTS, STATEMENTS, STATEMENTS)
def test_only_what_was_told_and_is_different_is_put_back(
    before: Stated, runs: Stated, stated: Stated
) -> None:
    live, record = a_live(runs), a_record(before)
    service = ecs_service.observed(live.service or {})
    for step in ready(steps(stated, live, record)):
        assert set(step.heals) <= set(brake_fields(step.changes))
        for healed in step.heals:
            section, _, name = healed.partition(".")
            if section == "taskDefinition":
                one, other = before.task_definition or {}, stated.task_definition or {}
                assert canonical(TASK_DEFINITION, one) == canonical(TASK_DEFINITION, other)
                continue
            told, said = (before.service or {}).get(name), (stated.service or {}).get(name)
            assert told is not None
            if name == "tags":
                keys = {each["key"]: each["value"] for each in told}
                assert any(keys.get(each["key"]) == each["value"] for each in said or ())
                continue
            context = {
                each: service[each] for each in ("launchType", "schedulingStrategy") if each in service
            }
            forms = [canonical(SERVICE, {**context, **(each.service or {})}) for each in (before, stated)]
            assert told == said or forms[0].get(name) == forms[1].get(name)


@given(STATEMENTS, STATEMENTS, STATEMENTS)
def test_of_what_may_not_be_put_back_nothing_goes_along(
    before: Stated, runs: Stated, stated: Stated
) -> None:
    """Under `selfHeal: false` no step that is ready touches what somebody else changed."""
    live, record = a_live(runs), a_record(before)
    kept = steps(stated, live, record, heal=False)
    assert [each.heals for each in ready(kept)] == [()] * len(ready(kept))
    healed = {field for each in steps(stated, live, record) for field in getattr(each, "heals", ())}
    shown = {
        field
        for each in kept
        if each.held is not None and each.held.reason is Reason.DRIFT
        for field in getattr(each, "heals", ())
    }
    assert shown == healed


@given(TASK_DEFINITIONS, SERVICES, SERVICES, st.booleans())
def test_what_changes_in_place_starts_no_deployment(
    task: dict[str, Any], one: dict[str, Any], other: dict[str, Any], scalable: bool
) -> None:
    in_place = IN_PLACE[SPLIT]
    revision = {name: value for name, value in one.items() if name not in in_place}
    before = a_statement(task_definition=task, service=one)
    newest = {name: value for name, value in other.items() if name in in_place}
    stated = a_statement(task_definition=task, service={**revision, **newest})
    assert stated.revision == before.revision
    live, record = a_live(before, scalable=scalable), a_record(before)
    found = steps(stated, live, record)
    assert all(isinstance(each, Reconfigure) and each.held is None for each in found)
    for step in found:
        assert isinstance(step, Reconfigure)
        assert set(step.fields) <= in_place
        assert step.heals == ()
        live, record = applied(step, live, record)
    assert steps(stated, live, record) == []


@given(STATEMENTS, STATEMENTS, STATEMENTS)
def test_what_holds_a_rollout_holds_nothing_else(before: Stated, runs: Stated, stated: Stated) -> None:
    """Each ready step changes in place, and the rollout that waits shows all that waits with it."""
    live, record = a_live(runs), a_record(before)
    free, held = steps(stated, live, record), steps(stated, live, record, waits=WAITS)
    assert all(isinstance(each, Reconfigure) for each in ready(held))
    rolls = [each for each in ready(free) if isinstance(each, RollOut)]
    waiting = [each for each in held if each.held == WAITS]
    assert [type(each) for each in waiting] == [RollOut] * len(rolls)
    if not rolls:
        assert held == free


# By example

V1 = a_statement(commit="1111111")
NEWER = a_task_definition("nginx:2")
GRACE = "healthCheckGracePeriodSeconds"


def shown(action: Action) -> list[str]:
    return [change.path for change in action.changes]


def test_what_rests_on_a_rollout_that_waits_waits_with_it() -> None:
    service = {"desiredCount": 5, "loadBalancers": [BALANCER], GRACE: 60}
    stated = a_statement(commit="2222222", service=service)
    goes, waits = steps(stated, a_live(V1), a_record(V1), waits=WAITS)
    assert (type(goes), goes.fields, goes.held) == (Reconfigure, {"desiredCount": 5}, None)
    assert (type(waits), set(waits.fields), waits.held) == (RollOut, {"loadBalancers", GRACE}, WAITS)
    (all_at_once,) = steps(stated, a_live(V1), a_record(V1))
    assert set(all_at_once.fields) == {"desiredCount", "loadBalancers", GRACE}


def test_drift_is_put_back_beside_a_rollout_that_waits_and_not_shown_with_it_again() -> None:
    before = a_statement(service={GRACE: 60})
    stated = a_statement(service={GRACE: 60, "loadBalancers": [BALANCER]})
    live = a_live(before, **{GRACE: 10})
    back, waits = steps(stated, live, a_record(before), waits=WAITS)
    assert (type(back), back.fields, back.held, back.heals) == (
        Reconfigure,
        {GRACE: 60},
        None,
        (f"service.{GRACE}",),
    )
    assert (type(waits), set(waits.fields), waits.held) == (RollOut, {"loadBalancers"}, WAITS)


def test_a_rollout_that_waits_for_drift_keeps_what_is_ours_apart() -> None:
    """The image is drift, and may not be put back; the count is Git's own change."""
    stated = a_statement(commit="2222222", service={"desiredCount": 5})
    live = a_live(a_statement(task_definition=NEWER))
    goes, held = steps(stated, live, a_record(V1), heal=False)
    assert (type(goes), goes.fields, goes.held, goes.heals) == (Reconfigure, {"desiredCount": 5}, None, ())
    assert (type(held), held.heals) == (RollOut, ("taskDefinition",))
    assert held.held is not None
    assert held.held.reason is Reason.DRIFT


def test_tags_go_before_a_rollout_and_those_of_others_making_stay_apart() -> None:
    tags = [{"key": "team", "value": "a"}, {"key": "version", "value": "1"}]
    before = a_statement(commit="1111111", service={"tags": tags})
    newer = [{"key": "team", "value": "a"}, {"key": "version", "value": "2"}]
    stated = a_statement(commit="2222222", task_definition=NEWER, service={"tags": newer})
    changed = [{"key": "team", "value": "theirs"}, {"key": "version", "value": "1"}]
    live = a_live(a_statement(service={"tags": changed}))
    ours, rolls, theirs = steps(stated, live, a_record(before), heal=False)
    assert isinstance(ours, Reconfigure)
    assert isinstance(theirs, Reconfigure)
    assert (ours.tags, ours.untag, ours.held, ours.heals) == ({"version": "2"}, (), None, ())
    assert (type(rolls), rolls.held, rolls.fields) == (RollOut, None, {})
    assert (theirs.tags, theirs.heals, theirs.fields) == ({"team": "a"}, ("service.tags",), {})
    assert theirs.held is not None
    back, again = steps(stated, live, a_record(before))
    assert isinstance(back, Reconfigure)
    assert (back.tags, back.heals, back.held) == ({"team": "a", "version": "2"}, ("service.tags",), None)
    assert (type(again), again.heals) == (RollOut, ())


def test_what_goes_back_to_a_registered_revision_registers_none() -> None:
    v2 = a_statement(commit="2222222", task_definition=NEWER, service={"platformVersion": "1.4.0"})
    quarantine = (Quarantined(v2.revision, v2.commit, "It failed.", NOW),)
    record = replace(a_record(V1, quarantine=quarantine), applied=v2)
    (back,) = steps(v2, a_live(v2, revision=2), record)
    assert isinstance(back, RollOut)
    assert (back.register, back.revision_arn) == (False, f"{ARN}:1")
    moved = a_statement(commit="2222222", service={"platformVersion": "1.4.0"})
    failed = (Quarantined(moved.revision, moved.commit, "It failed.", NOW),)
    record_of = replace(a_record(V1, quarantine=failed), applied=moved)
    (back,) = steps(moved, a_live(moved), record_of)  # the same revision, with its fields as they were
    assert isinstance(back, RollOut)
    assert (back.register, back.revision_arn, back.fields) == (False, None, {"platformVersion": "LATEST"})
    unknown = replace(record, succeeded=replace(a_success(V1), task_definition_arn=""))
    (back,) = steps(v2, a_live(v2, revision=2), unknown)
    assert isinstance(back, RollOut)
    assert (back.register, back.revision_arn) == (True, None)


def terms(**more: Any) -> Terms:
    later = Hold(Reason.QUARANTINED, "later")
    return Terms(
        brake=lambda fields: None, later=lambda names: replace(later, message=" ".join(names)), **more
    )


def test_what_an_older_revision_lacks_is_named_where_no_rollout_is_shown() -> None:
    service = {"desiredCount": 2, GRACE: 60, "placementStrategy": [{"type": "random"}]}
    stated = a_statement(service=service)
    found = find_changes(stated, a_live(V1), a_record(V1))
    goes, later = to_actions(KEY, stated, found, terms(lacks=frozenset({"loadBalancers"})))
    assert (shown(goes), goes.held) == (["service.placementStrategy"], None)
    assert (shown(later), later.held) == ([f"service.{GRACE}"], Hold(Reason.QUARANTINED, GRACE))
    more = to_actions(
        KEY, stated, found, terms(lacks=frozenset({"loadBalancers", "capacityProviderStrategy"}))
    )
    (both,) = more
    assert both.held == Hold(Reason.QUARANTINED, f"{GRACE} placementStrategy")
    (all_go,) = to_actions(KEY, stated, found, terms())
    assert (len(shown(all_go)), all_go.held) == (2, None)


def test_what_goes_out_with_the_newest_revision_is_named_beside_what_is_done_meanwhile() -> None:
    """An older revision is rolled out, or drift is kept: neither hides what waits for the newest one."""
    lacking = replace(terms(), lacks=frozenset({"loadBalancers"}))
    stated = a_statement(task_definition=NEWER, service={"desiredCount": 2, GRACE: 60})
    found = find_changes(stated, a_live(V1), a_record(V1))
    goes, later = to_actions(KEY, stated, found, lacking)
    assert (type(goes), goes.held, shown(goes)[0][:14]) == (RollOut, None, "taskDefinition")
    assert (shown(later), later.held) == ([f"service.{GRACE}"], Hold(Reason.QUARANTINED, GRACE))
    drifted = a_statement(service={"desiredCount": 2, GRACE: 60})
    found = find_changes(drifted, a_live(V1, desiredCount=5), a_record(V1))
    kept = to_actions(KEY, drifted, found, replace(lacking, brake=lambda fields: STAYS))
    assert [(shown(each), each.held) for each in kept] == [
        (["service.desiredCount"], STAYS),
        ([f"service.{GRACE}"], Hold(Reason.QUARANTINED, GRACE)),
    ]


def test_the_brake_is_asked_for_all_that_somebody_else_changed_and_nothing_more() -> None:
    asked: list[tuple[str, ...]] = []
    tags = [{"key": "team", "value": "a"}]
    before = a_statement(service={"desiredCount": 2, "tags": tags, "propagateTags": "NONE"})
    stated = a_statement(service={"desiredCount": 2, "tags": tags, "propagateTags": "SERVICE"})
    live = a_live(a_statement(task_definition=NEWER, service={"desiredCount": 5}))
    found = find_changes(stated, live, a_record(before))

    def brake(fields: tuple[str, ...]) -> Hold | None:
        asked.append(fields)
        return STAYS

    to_actions(KEY, stated, found, replace(terms(), brake=brake))
    assert asked == [("service.desiredCount", "service.tags", "taskDefinition")]
    version = a_statement(service={"platformVersion": "1.4.0"})
    moved = find_changes(version, a_live(version, platformVersion="1.3.0"), a_record(version))
    (back,) = to_actions(KEY, version, moved, replace(terms(), brake=brake))
    assert isinstance(back, RollOut)
    assert (back.held, back.heals, asked.pop()) == (STAYS, *[("service.platformVersion",)] * 2)
    pushed = a_statement(task_definition=a_task_definition("nginx:3"), service={"propagateTags": "SERVICE"})
    found = find_changes(pushed, a_live(V1), a_record(V1))
    assert all(each.held is None for each in to_actions(KEY, pushed, found, replace(terms(), brake=brake)))
    assert len(asked) == 1


def test_drift_of_one_call_is_held_or_put_back_as_one() -> None:
    before = a_statement(service={"desiredCount": 2, "enableExecuteCommand": True})
    live = a_live(before, desiredCount=5, enableExecuteCommand=False)
    (one,) = steps(before, live, a_record(before), heal=False)
    assert one.heals == ("service.desiredCount", "service.enableExecuteCommand")
    assert isinstance(one, Reconfigure)
    assert one.is_heal


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_a_rollout_on_its_way_is_not_begun_again_and_all_else_is_done(outcome: Outcome | None) -> None:
    stated = a_statement(commit="2222222", task_definition=NEWER, service={"desiredCount": 5})
    attempt = an_attempt(stated, outcome=outcome, deployment_arn="ecs-svc/1", message="It ended.")
    found = steps(stated, a_live(V1), a_record(stated, attempt=attempt))
    if outcome is None:
        assert [type(each) for each in found] == [Reconfigure]
        assert found[0].held is None
    else:
        assert RollOut in [type(each) for each in found]


def test_changes_are_told_in_the_order_of_the_manifest() -> None:
    stated = a_statement(
        task_definition=NEWER, service={"platformVersion": "1.4.0", "desiredCount": 5, "loadBalancers": []}
    )
    (one,) = steps(stated, a_live(V1), a_record(V1))
    image = "taskDefinition.containerDefinitions[nginx].image"
    assert shown(one) == [image, "service.desiredCount", "service.platformVersion"]
    assert list(one.fields) == ["desiredCount", "platformVersion"]
    assert isinstance(one.changes[0], Change)
