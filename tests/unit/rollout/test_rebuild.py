"""A record that was lost comes back from deployments and tags: what failed, what runs, what goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ecs_gitops.model.actions import Prune
from ecs_gitops.model.desired import ReconcilePolicy, Stated
from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Outcome, Reason
from ecs_gitops.resources.tags import ATTEMPT_TAG, revision_tags
from ecs_gitops.rollout.rebuild import rebuild
from ecs_gitops.rollout.target import target
from tests.unit.builders import (
    ARN,
    KEY,
    NOW,
    US,
    a_desired,
    a_live,
    a_statement,
    a_task_definition,
    an_attempt,
    planned,
)

OLD = a_statement()
NEW = a_statement(task_definition=a_task_definition("nginx:2"), commit="c0ffee2")


def a_revision(stated: Stated, revision: int, install: Any = US, key: Any = KEY) -> dict[str, Any]:
    tags = revision_tags(install, key, stated, replace(an_attempt(stated), id=f"attempt-{revision}"))
    return {
        "taskDefinitionArn": f"{ARN}:{revision}",
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }


def a_deployment(revision: int, status: str) -> ServiceDeployment:
    return ServiceDeployment(f"sd-{revision}", status, f"{ARN}:{revision}", NOW - 1000 + revision)


REVISIONS = {f"{ARN}:1": a_revision(OLD, 1), f"{ARN}:2": a_revision(NEW, 2)}


def live(*statuses: str, stated: Stated = OLD, revision: int = 1) -> Live:
    found = [a_deployment(at, status) for at, status in enumerate(statuses, start=1)]
    return replace(a_live(stated, revision=revision), deployments=tuple(reversed(found)))


def test_what_runs_as_git_says_is_ours_again():
    record = rebuild(a_desired(OLD), live("SUCCESSFUL"), REVISIONS, US, NOW)
    assert record is not None
    assert (record.applied, record.quarantine) == (OLD, ())
    assert record.succeeded is not None
    assert record.succeeded.identity == OLD.revision
    assert record.attempt is not None
    assert (record.attempt.id, record.attempt.outcome) == ("attempt-1", Outcome.SUCCEEDED)
    assert record.rebuilt
    assert planned(a_desired(OLD), live("SUCCESSFUL"), record) == []


def test_what_was_rolled_back_stays_quarantined():
    seen = live("SUCCESSFUL", "ROLLBACK_SUCCESSFUL")
    record = rebuild(a_desired(NEW), seen, REVISIONS, US, NOW)
    assert record is not None
    assert [entry.digest for entry in record.quarantine] == [NEW.revision]
    fallback = target(a_desired(NEW), record)
    assert fallback is not None
    assert (fallback.stated.revision, fallback.stated.since) == (OLD.revision, OLD.commit)
    assert planned(a_desired(NEW), seen, record) == []


def test_what_is_still_rolled_out_is_followed_and_not_started_again():
    seen = live("SUCCESSFUL", "IN_PROGRESS", stated=NEW, revision=2)
    record = rebuild(a_desired(NEW), seen, REVISIONS, US, NOW)
    assert record is not None
    assert record.attempt is not None
    assert (record.attempt.digest, record.attempt.outcome) == (NEW.revision, None)
    assert record.attempt.deployment_arn == "sd-2"
    assert planned(a_desired(NEW), seen, record) == []


def test_what_git_says_anew_is_rolled_out():
    """The control of the empty plans."""
    record = rebuild(a_desired(NEW), live("SUCCESSFUL"), REVISIONS, US, NOW)
    assert record is not None
    assert len(planned(a_desired(NEW), live("SUCCESSFUL"), record)) == 1


def test_a_service_that_we_never_rolled_out_is_none_of_ours():
    other = replace(US, id="install-2")
    assert rebuild(a_desired(OLD), live("SUCCESSFUL"), {}, US, NOW) is None
    assert rebuild(a_desired(OLD), live(), REVISIONS, US, NOW) is None
    theirs = {f"{ARN}:1": a_revision(OLD, 1, other)}
    assert rebuild(a_desired(OLD), live("SUCCESSFUL"), theirs, US, NOW) is None


def test_a_service_of_others_that_runs_our_revision_is_none_of_ours():
    foreign = {f"{ARN}:1": a_revision(OLD, 1, key=ServiceKey("handson", "other"))}
    assert rebuild(a_desired(OLD), live("SUCCESSFUL"), foreign, US, NOW) is None


def test_a_revision_of_ours_without_an_attempt_was_rolled_out_by_somebody_else():
    bare = a_revision(OLD, 1)
    bare["tags"] = [tag for tag in bare["tags"] if tag["key"] != ATTEMPT_TAG]
    assert len(bare["tags"]) == len(REVISIONS[f"{ARN}:1"]["tags"]) - 1
    assert rebuild(a_desired(OLD), live("SUCCESSFUL"), {f"{ARN}:1": bare}, US, NOW) is None
    seen = live("SUCCESSFUL", "SUCCESSFUL", stated=NEW, revision=2)
    record = rebuild(a_desired(NEW), seen, {**REVISIONS, f"{ARN}:1": bare}, US, NOW)
    assert record is not None
    assert record.attempt is not None
    assert record.attempt.id == "attempt-2"


def test_nothing_is_deleted_by_what_was_rebuilt_until_a_person_confirms():
    desired = a_desired(OLD, present=False, prune_allowed=True, policy=ReconcilePolicy(prune=True))
    record = rebuild(desired, live("SUCCESSFUL"), REVISIONS, US, NOW)
    assert record is not None
    (action,) = planned(desired, live("SUCCESSFUL"), record)
    assert isinstance(action, Prune)
    assert action.held is not None
    assert action.held.reason is Reason.PRUNE_GUARD
    assert "lost, and rebuilt" in action.held.message
    (confirmed,) = planned(desired, live("SUCCESSFUL"), replace(record, rebuilt=False))
    assert confirmed.held is None
