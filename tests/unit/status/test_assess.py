"""What a person is told of one service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.actions import Action, Adopt, Hold
from ecs_gitops.model.desired import Desired, Problem, ReconcilePolicy, Stated
from ecs_gitops.model.live import Live, ServiceDeployment, StoppedContainer, StoppedTask
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Pause, Quarantined, Record, Status
from ecs_gitops.model.vocabulary import Health, Mode, Outcome, Reason, Sync
from ecs_gitops.plan import pauses
from ecs_gitops.status.assess import assess
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

V1 = a_statement(commit="1111111aaaa")
V2 = a_statement(commit="2222222bbbb", task_definition=a_task_definition("nginx:2"))
OPEN = an_attempt(V2, task_definition_arn=f"{ARN}:2")


def deployment(status: str, revision: int = 2, *, ago: float = 50, **fields: Any) -> ServiceDeployment:
    return ServiceDeployment(f"{revision}-{ago}", status, f"{ARN}:{revision}", NOW - ago, **fields)


def a_stop(
    reason: str = "Essential container in task exited",
    *,
    code: str = "EssentialContainerExited",
    exit_code: int | None = 1,
    said: str = "",
    revision: int = 2,
    ago: float = 5,
) -> StoppedTask:
    container = StoppedContainer("nginx", exit_code, said, "nginx:2")
    arn, at = f"{ARN}:{revision}", NOW - ago
    return StoppedTask(KEY, f"task-{ago}", arn, "ecs-svc/1", code, reason, (container,), at)


def told(
    desired: Desired | None,
    live: Live,
    record: Record,
    stopped: tuple[StoppedTask, ...] = (),
    actions: list[Action] | None = None,
) -> tuple[Sync, Health, Reason, str]:
    left = planned(desired, live, record) if actions is None else actions
    status = assess(desired, live, record, left, now=NOW, stopped=stopped)
    return status.sync, status.health, status.reason, status.message


def test_all_is_well() -> None:
    status = assess(a_desired(V1), a_live(V1), a_record(V1), [], now=NOW)
    assert status == Status(
        Sync.SYNCED,
        Health.HEALTHY,
        Reason.SYNCED,
        "ECS runs commit 1111111 as web:1: 2 of 2 tasks are running.",
        desired_commit=V1.commit,
        applied_commit=V1.commit,
        at=NOW,
    )


def test_nothing_wanted_is_not_unhealthy() -> None:
    stated = a_statement(commit=V1.commit, service={"desiredCount": 0})
    assert told(a_desired(stated), a_live(stated), a_record(stated)) == (
        Sync.SYNCED,
        Health.SUSPENDED,
        Reason.SYNCED,
        "ECS runs commit 1111111 as web:1: 0 of 0 tasks are running. Its desired count is 0.",
    )


def test_a_rollout_is_followed() -> None:
    live = replace(a_live(V2, revision=2, runningCount=1), deployments=(deployment("IN_PROGRESS"),))
    assert told(a_desired(V2), live, a_record(V2, attempt=OPEN), (a_stop(),)) == (
        Sync.SYNCED,
        Health.PROGRESSING,
        Reason.PROGRESSING,
        "Rolling out commit 2222222: 1 of 2 tasks are running. "
        "A task stopped: container nginx exited with code 1. Read the container's log.",
    )


def test_a_rollout_back_is_not_in_sync() -> None:
    live = replace(a_live(V1), deployments=(deployment("ROLLBACK_IN_PROGRESS"),))
    record = a_record(V2, attempt=OPEN)
    assert told(a_desired(V2), live, record)[:3] == (
        Sync.OUT_OF_SYNC,
        Health.PROGRESSING,
        Reason.PROGRESSING,
    )


def test_a_rollout_past_its_deadline_is_degraded() -> None:
    late = replace(OPEN, started_at=NOW - 1860, deadline_at=NOW - 60)
    live = replace(a_live(V2, revision=2), deployments=(deployment("IN_PROGRESS"),))
    assert told(a_desired(V2), live, a_record(V2, attempt=late)) == (
        Sync.SYNCED,
        Health.DEGRADED,
        Reason.DEADLINE_EXCEEDED,
        "Rolling out commit 2222222: 2 of 2 tasks are running. It has no outcome after 31 minutes. "
        "Look at the service's events, or push a fix.",
    )


ROLLED_BACK = a_record(
    V1,
    attempt=replace(OPEN, outcome=Outcome.ROLLED_BACK, message="ECS rolled web:2 back."),
    quarantine=(Quarantined(V2.revision, V2.commit, "ECS rolled web:2 back.", NOW - 9),),
)


def test_a_rollback_is_a_failure_with_the_tasks_own_reason() -> None:
    old = a_stop("Essential container in task exited", exit_code=3, revision=1)
    assert told(a_desired(V2), a_live(V1), ROLLED_BACK, (old, a_stop())) == (
        Sync.OUT_OF_SYNC,
        Health.DEGRADED,
        Reason.ROLLED_BACK,
        "Commit 2222222 was rolled back. A task stopped: container nginx exited with code 1. "
        "Read the container's log. ECS runs commit 1111111 as web:1: 2 of 2 tasks are running. "
        "Push a fix, or run `ecs-gitops retry handson/web` to try the same again.",
    )


def test_without_a_stopped_task_ecs_own_words_are_told() -> None:
    assert told(a_desired(V2), a_live(V1), ROLLED_BACK)[3].startswith(
        "Commit 2222222 was rolled back. ECS rolled web:2 back. ECS runs commit 1111111"
    )


def test_a_failure_that_comes_back_by_another_commit_is_recognised() -> None:
    again = replace(V2, commit="3333333cccc", since="3333333cccc")
    record = replace(ROLLED_BACK, attempt=an_attempt(V1, outcome=Outcome.SUCCEEDED))
    assert told(a_desired(again), a_live(V1), record)[2:] == (
        Reason.QUARANTINED,
        "Commit 3333333 states what failed at commit 2222222, so it is not rolled out. "
        "ECS rolled web:2 back. ECS runs commit 1111111 as web:1: 2 of 2 tasks are running. "
        "Push a fix, or run `ecs-gitops retry handson/web` to try the same again.",
    )


def test_a_first_rollout_that_failed_names_no_commit_as_running() -> None:
    record = replace(ROLLED_BACK, applied=V2, succeeded=None)
    message = told(a_desired(V2), a_live(V2, revision=2, runningCount=0), record)[3]
    assert "ECS runs web:2: 0 of 2 tasks are running." in message


def test_an_invalid_manifest_leaves_the_last_word_in_force() -> None:
    problem = Problem(Reason.INVALID_MANIFEST, "web.yaml:3:5: servce: is no field", "3333333")
    assert told(a_desired(V1, problem=problem), a_live(V1), a_record(V1)) == (
        Sync.OUT_OF_SYNC,
        Health.HEALTHY,
        Reason.INVALID_MANIFEST,
        "web.yaml:3:5: servce: is no field. Commit 1111111 stays in force until it is mended.",
    )


def test_a_reference_that_is_out_of_reach_leaves_us_not_knowing() -> None:
    problem = Problem(Reason.REFERENCE_UNAVAILABLE, "stack platform has no output Nothing", "3333333")
    desired = replace(a_desired(V1, problem=problem), stated=None)
    assert told(desired, Live(), Record(KEY)) == (
        Sync.UNKNOWN,
        Health.MISSING,
        Reason.REFERENCE_UNAVAILABLE,
        "stack platform has no output Nothing. Nothing was ever applied.",
    )


def test_a_held_action_gives_its_reason() -> None:
    desired = a_desired(V2, policy=ReconcilePolicy(self_heal=False))
    sync, health, reason, message = told(desired, a_live(V1), a_record(V2))
    assert (sync, health, reason) == (Sync.OUT_OF_SYNC, Health.HEALTHY, Reason.DRIFT)
    assert message.endswith("Put it back with `ecs-gitops sync handson/web`, or state the change in Git.")


def test_what_waits_for_others_names_them() -> None:
    others = (ServiceKey("handson", "auth"), ServiceKey("handson", "db"))
    assert told(a_desired(V2), a_live(V1), a_record(V1, waiting_for=others))[2:] == (
        Reason.WAITING_FOR,
        "Waits until handson/auth and handson/db are rolled out, which the same commit changes.",
    )


def test_what_is_about_to_happen_is_counted() -> None:
    assert told(a_desired(V2), a_live(V1), a_record(V1))[2:] == (
        Reason.PENDING,
        "One change of commit 2222222 is about to be applied.",
    )
    assert told(a_desired(V2), Live(), Record(KEY)) == (
        Sync.OUT_OF_SYNC,
        Health.MISSING,
        Reason.PENDING,
        "The service is about to be created from commit 2222222.",
    )


def test_a_service_that_must_exist_is_missed() -> None:
    assert told(a_desired(a_statement(bare=True)), Live(), Record(KEY)) == (
        Sync.OUT_OF_SYNC,
        Health.MISSING,
        Reason.SERVICE_MISSING,
        "The service does not exist, and the manifest has no section `service` to create it from. "
        "Add the section, or create the service by other means.",
    )


def test_tasks_that_keep_stopping_are_told() -> None:
    live = a_live(V1, runningCount=1)
    assert told(a_desired(V1), live, a_record(V1), (a_stop(revision=1),)) == (
        Sync.SYNCED,
        Health.DEGRADED,
        Reason.UNHEALTHY,
        "ECS runs commit 1111111 as web:1: 1 of 2 tasks are running. "
        "A task stopped: container nginx exited with code 1. Read the container's log.",
    )
    assert told(a_desired(V1), live, a_record(V1), (a_stop(revision=1, ago=601),))[1] is Health.PROGRESSING


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (Live(), (Sync.SYNCED, Health.MISSING, Reason.PRUNED, "The service was deleted, as Git says.")),
        (
            a_live(V1, status="DRAINING", runningCount=2),
            (
                Sync.OUT_OF_SYNC,
                Health.PROGRESSING,
                Reason.PENDING,
                "The service is deleted; its last tasks are stopping.",
            ),
        ),
        (
            a_live(V1),
            (
                Sync.OUT_OF_SYNC,
                Health.HEALTHY,
                Reason.REQUIRES_PRUNE,
                "desired_state/handson/web.yaml is gone from Git, and its last version did not set "
                "reconcile.prune: true. Delete the service by hand, or bring the file back.",
            ),
        ),
    ],
    ids=["gone", "draining", "kept"],
)
def test_a_service_gone_from_git_says_what_becomes_of_it(live: Live, expected: Any) -> None:
    assert told(a_desired(V1, present=False), live, a_record(V1)) == expected


def test_out_of_scope_is_said() -> None:
    assert told(a_desired(V1, in_scope=False), Live(), Record(KEY))[2:] == (
        Reason.OUT_OF_SCOPE,
        "desired_state/handson/web.yaml is valid, but cluster handson is none of those this install "
        "may manage. Add it to the stack parameter Clusters.",
    )


def test_without_a_manifest_nothing_is_known() -> None:
    assert told(None, Live(), Record(KEY))[:3] == (Sync.UNKNOWN, Health.MISSING, Reason.PENDING)
    never = replace(a_desired(V1), stated=None)
    assert told(never, Live(), Record(KEY))[3] == "No valid manifest was read yet."


def test_an_adoption_that_only_waits_for_the_mode_is_in_sync() -> None:
    desired = a_desired(V1, policy=ReconcilePolicy(mode=Mode.OBSERVE))
    assert told(desired, a_live(V1, tags=()), Record(KEY)) == (
        Sync.SYNCED,
        Health.HEALTHY,
        Reason.OBSERVE,
        "Nothing is applied: the install (stack parameter Mode) or the manifest (reconcile.mode) "
        "only observes.",
    )


# Which of several reasons is told

PAUSED = Pause(NOW + 3600, "ada", "a sale")
UNTIL = pauses.describe(PAUSED)
RESUME = "`ecs-gitops resume handson/web` ends the pause."
RUNS = "ECS runs commit 1111111 as web:1: 2 of 2 tasks are running."
PRUNES = ReconcilePolicy(prune=True)


def test_of_a_paused_deletion_the_pause_is_told() -> None:
    gone = a_desired(V1, present=False, prune_allowed=True, policy=PRUNES)
    guarded, over = replace(gone, prune_allowed=False), replace(PAUSED, until=NOW)
    for desired in (gone, guarded):
        found = told(desired, a_live(V1), a_record(V1, paused=PAUSED))
        assert found[1:3] == (Health.SUSPENDED, Reason.PAUSED)
    assert told(guarded, a_live(V1), a_record(V1, paused=over))[2] is Reason.PRUNE_GUARD
    assert told(gone, a_live(V1), a_record(V1)) == (
        Sync.OUT_OF_SYNC,
        Health.HEALTHY,
        Reason.PENDING,
        "desired_state/handson/web.yaml is gone from Git; the service is about to be deleted.",
    )
    assert told(gone, a_live(V1), Record(KEY))[:3] == (Sync.UNKNOWN, Health.HEALTHY, Reason.PRUNED)


def test_a_pause_tells_whether_anything_waits() -> None:
    waits = f"{UNTIL} {RUNS} What Git says now waits. {RESUME}".replace("commit 1111111 as ", "")
    assert told(a_desired(V2), a_live(V1), a_record(V1, paused=PAUSED)) == (
        Sync.OUT_OF_SYNC,
        Health.SUSPENDED,
        Reason.PAUSED,
        waits,
    )
    drifted = told(a_desired(V1), a_live(V2), a_record(V1, paused=PAUSED))
    assert (drifted[0], drifted[3]) == (Sync.OUT_OF_SYNC, waits)
    nothing = (Sync.SYNCED, Health.SUSPENDED, Reason.PAUSED, f"{UNTIL} {RUNS} Nothing waits. {RESUME}")
    assert told(a_desired(V1), a_live(V1), a_record(V1, paused=PAUSED)) == nothing


@pytest.mark.parametrize(
    ("desired", "applied"),
    [(a_desired(V2), V1), (a_desired(V1), None), (replace(a_desired(V1), stated=None), V1)],
    ids=["another statement", "never applied", "never valid"],
)
def test_what_was_not_applied_yet_waits_for_the_end_of_a_pause(
    desired: Desired, applied: Stated | None
) -> None:
    record = replace(a_record(V1, paused=PAUSED), applied=applied)
    sync, _, reason, message = told(desired, a_live(V1), record, actions=[])
    assert (sync, reason) == (Sync.OUT_OF_SYNC, Reason.PAUSED)
    assert "What Git says now waits." in message


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_only_an_attempt_that_ended_badly_tells_how_the_revision_failed(outcome: Outcome | None) -> None:
    attempt = replace(OPEN, outcome=outcome, message="Its own end.", ended_at=NOW)
    reason, message = told(a_desired(V2), a_live(V1), replace(ROLLED_BACK, attempt=attempt))[2:]
    if outcome is Outcome.ROLLED_BACK:
        assert (reason, message[:45]) == (
            Reason.ROLLED_BACK,
            "Commit 2222222 was rolled back. Its own end. ",
        )
    elif outcome is Outcome.FAILED:
        assert (reason, message[:36]) == (Reason.FAILED, "Commit 2222222 failed. Its own end. ")
    elif outcome is None:
        assert reason is Reason.PROGRESSING
    else:
        start = "Commit 2222222 failed and is not rolled out again. ECS rolled web:2 back. "
        assert reason is Reason.QUARANTINED
        assert message.startswith(start)


def test_the_end_of_another_revision_or_commit_is_not_told_of_this_one() -> None:
    other = replace(OPEN, digest=V1.revision, outcome=Outcome.ROLLED_BACK, message="Its own end.")
    assert told(a_desired(V2), a_live(V1), replace(ROLLED_BACK, attempt=other))[2] is Reason.QUARANTINED
    again = replace(V2, commit="3333333cccc", since="3333333cccc")
    assert told(a_desired(again), a_live(V1), ROLLED_BACK)[2:] == (
        Reason.QUARANTINED,
        "Commit 3333333 states what failed at commit 2222222, so it is not rolled out. "
        f"ECS rolled web:2 back. {RUNS} "
        "Push a fix, or run `ecs-gitops retry handson/web` to try the same again.",
    )
    gone = replace(ROLLED_BACK, attempt=None)
    assert told(a_desired(V2), a_live(V1), gone)[2] is Reason.QUARANTINED


def test_in_place_fields_on_top_of_a_failure_are_told_as_applied() -> None:
    top = a_statement(commit="3333333cccc", task_definition=V2.task_definition)
    desired = a_desired(replace(top, since=V2.since))
    assert told(desired, a_live(V1), ROLLED_BACK)[2:] == (
        Reason.ROLLED_BACK,
        "Commit 3333333 is applied; the revision that failed at 2222222 is not tried again. "
        f"ECS rolled web:2 back. {RUNS} If this was what it lacked: `ecs-gitops retry handson/web`.",
    )


PROBLEM = Problem(Reason.INVALID_MANIFEST, "web.yaml:3:5: servce: is no field", "3333333")
OTHER = ServiceKey("handson", "auth")


@pytest.mark.parametrize(
    ("desired", "live", "record", "reason"),
    [
        (a_desired(V1, in_scope=False, present=False), Live(), Record(KEY), Reason.OUT_OF_SCOPE),
        (a_desired(V1, present=False, problem=PROBLEM), Live(), Record(KEY), Reason.PRUNED),
        (a_desired(V2, problem=PROBLEM), a_live(V1), a_record(V2, attempt=OPEN), Reason.INVALID_MANIFEST),
        (a_desired(V2), a_live(V1), a_record(V2, attempt=OPEN, paused=PAUSED), Reason.PROGRESSING),
        (a_desired(V2), a_live(V1), replace(ROLLED_BACK, paused=PAUSED), Reason.PAUSED),
        (a_desired(V2), Live(), replace(ROLLED_BACK, succeeded=None), Reason.ROLLED_BACK),
        (
            a_desired(V2, policy=ReconcilePolicy(mode=Mode.MANUAL)),
            a_live(V1),
            a_record(V1, waiting_for=(OTHER,)),
            Reason.WAITING_FOR,
        ),
        (
            a_desired(a_statement(bare=True)),
            Live(),
            a_record(V1, waiting_for=(OTHER,)),
            Reason.SERVICE_MISSING,
        ),
        (a_desired(V2, policy=ReconcilePolicy(mode=Mode.MANUAL)), a_live(V1), a_record(V1), Reason.MANUAL),
        (a_desired(V1), a_live(V1), a_record(V1, waiting_for=(OTHER,)), Reason.SYNCED),
    ],
    ids=[
        "scope before absence",
        "absence before a problem",
        "a problem before a rollout",
        "a rollout before a pause",
        "a pause before a failure",
        "a failure before what is missing",
        "what it waits for before other holds",
        "missing, and nothing to wait with",
        "a hold before what is to be done",
        "nothing to do waits for nobody",
    ],
)
def test_of_several_reasons_the_first_is_told(
    desired: Desired, live: Live, record: Record, reason: Reason
) -> None:
    assert told(desired, live, record)[2] is reason


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.MANUAL])
def test_what_is_missing_or_differs_is_not_in_sync_whatever_holds_it(mode: Mode) -> None:
    desired = a_desired(V1, policy=ReconcilePolicy(mode=mode))
    assert told(desired, Live(), Record(KEY))[:2] == (Sync.OUT_OF_SYNC, Health.MISSING)
    assert told(replace(desired, stated=V2), a_live(V1, tags=()), Record(KEY))[0] is Sync.OUT_OF_SYNC
    assert told(replace(desired, stated=V2), a_live(V1), a_record(V1))[:1] == (Sync.OUT_OF_SYNC,)
    assert told(desired, a_live(V1, tags=()), Record(KEY))[0] is Sync.SYNCED  # the control


def test_of_a_hold_that_is_no_mode_nothing_is_in_sync() -> None:
    held = Adopt(KEY, V1, (), Hold(Reason.AWAITING_ADOPTION, "It waits."))
    assert told(a_desired(V1), a_live(V1), Record(KEY), actions=[held])[0] is Sync.OUT_OF_SYNC


def test_what_waits_for_others_says_it_in_the_words_of_its_hold() -> None:
    waits = Hold(Reason.WAITING_FOR, "Waits until handson/auth is rolled out, mend it.")
    actions = planned(a_desired(V2), a_live(V1), a_record(V1), waits=waits)
    record = a_record(V1, waiting_for=(OTHER,))
    assert told(a_desired(V2), a_live(V1), record, actions=actions)[3] == waits.message
    assert told(a_desired(V2), a_live(V1), record)[3] == (
        "Waits until handson/auth is rolled out, which the same commit changes."
    )


def test_the_commit_that_ecs_was_brought_to_is_told() -> None:
    def at(record: Record, desired: Desired | None = None) -> str:
        return assess(desired or a_desired(V2), a_live(V1), record, [], now=NOW).applied_commit

    top = replace(V1, commit="3333333", since="1111111")
    assert (at(Record(KEY)), at(a_record(V2))) == ("", V2.commit)
    assert at(a_record(top)) == "1111111"  # an older revision in force: the one that brought it
    assert at(a_record(top), a_desired(V1)) == "3333333"
    assert at(a_record(replace(top, since=""))) == "3333333"  # an older release did not remember it
