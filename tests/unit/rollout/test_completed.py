"""What ECS completed last is what a failure goes back to, whoever began it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record, Succeeded
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.resources.tags import revision_tags
from ecs_gitops.rollout.completed import note_completed
from tests.unit.builders import (
    ARN,
    KEY,
    US,
    a_desired,
    a_live,
    a_primary,
    a_record,
    a_statement,
    a_success,
    a_task_definition,
    an_attempt,
)

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
V1 = a_statement(commit="1111111", service={"desiredCount": 2, "networkConfiguration": NETWORK})
V2 = a_statement(commit="2222222", task_definition=a_task_definition("nginx:2"), service=V1.service)
DONE = "ecs-svc/9"
FOREIGN = Succeeded(
    f"{ARN}:2", a_task_definition("nginx:2"), {"networkConfiguration": NETWORK}, "", "", DONE
)


def completed(stated: Stated = V2, revision: int = 2, tags: Any = (), **primary: Any) -> Live:
    """ECS once it completed a deployment of this statement, which somebody began."""
    shown = {"id": DONE, **primary}
    live = a_live(stated, revision=revision, deployments=[a_primary(revision, **shown)])
    return replace(live, task_definition={**(live.task_definition or {}), "tags": list(tags)})


def our_tags(stated: Stated = V2, key: ServiceKey = KEY) -> list[dict[str, str]]:
    found = revision_tags(US, key, stated, an_attempt(stated))
    return [{"key": name, "value": value} for name, value in found.items()]


def noted(
    live: Live | None = None, record: Record | None = None, desired: Desired | None = None
) -> Succeeded | None:
    return note_completed(desired or a_desired(V1), record or a_record(V1), live or completed()).succeeded


def test_what_somebody_rolled_out_by_hand_is_gone_back_to() -> None:
    assert noted() == FOREIGN
    never = a_record(V1, succeeded=None)
    assert noted(record=never) == FOREIGN


@pytest.mark.parametrize(
    ("live", "record"),
    [
        (Live(), a_record(V1)),
        (replace(completed(), task_definition=None), a_record(V1)),
        (completed(), replace(a_record(V1), applied=None)),
        (completed(), a_record(V1, attempt=an_attempt(V2))),
        (completed(), a_record(V1, replaced=an_attempt(V2))),
        (completed(rolloutState="IN_PROGRESS"), a_record(V1)),
        (completed(rolloutState="FAILED"), a_record(V1)),
        (a_live(V2, revision=2, deployments=[a_primary(2, id=DONE), a_primary(1)]), a_record(V1)),
        (replace(completed(), task_definition=a_live(V1).task_definition), a_record(V1)),
        (a_live(V2, revision=2, taskDefinition=None, deployments=[a_primary(2, id=DONE)]), a_record(V1)),
    ],
    ids=[
        "no service",
        "nothing runs",
        "not ours",
        "our attempt is open",
        "one whose place was taken is",
        "it goes on",
        "it failed",
        "the one before still has tasks",
        "another revision was described",
        "no revision",
    ],
)
def test_of_what_is_not_completed_or_not_known_nothing_is_noted(live: Live, record: Record) -> None:
    assert note_completed(a_desired(V1), record, live) == record


@pytest.mark.parametrize("outcome", Outcome)
def test_an_attempt_that_ended_hinders_nothing(outcome: Outcome) -> None:
    assert noted(record=a_record(V1, attempt=an_attempt(V1, outcome=outcome))) == FOREIGN


def test_what_was_noted_once_is_not_read_again() -> None:
    seen = replace(a_success(V1, 2), deployment=DONE)
    assert noted(record=a_record(V1, succeeded=seen)) == seen


def test_what_succeeded_keeps_its_words_when_ecs_shows_it_completed() -> None:
    """ECS fills defaults in; a statement is remembered as it was stated."""
    known = a_success(V2, 2)
    assert noted(record=a_record(V2, succeeded=known), desired=a_desired(V2)) == replace(
        known, deployment=DONE
    )


def test_what_succeeded_keeps_its_fields_as_they_were_stated_too() -> None:
    spelled = {
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": ["subnet-a"], "assignPublicIp": "DISABLED"}
        }
    }
    known = replace(a_success(V2, 2), service=spelled)
    assert noted(record=a_record(V2, succeeded=known)) == replace(known, deployment=DONE)
    bare = a_desired(a_statement(task_definition=V2.task_definition, bare=True))  # Git lets the fields go
    assert noted(record=a_record(V2, succeeded=known), desired=bare) == replace(known, deployment=DONE)


def test_a_field_that_ecs_does_not_show_is_no_field_of_what_succeeded() -> None:
    stated = a_statement(service={"serviceConnectConfiguration": {"enabled": False}})
    found = noted(completed(a_statement()), a_record(stated, succeeded=None), a_desired(stated))
    assert found is not None
    assert found.service == {}


def test_what_an_older_release_remembered_without_its_revision_is_recognised() -> None:
    bare = replace(a_success(V2, 2), task_definition_arn="", service=None)
    assert noted(record=a_record(V2, succeeded=bare)) == replace(
        a_success(V2, 2), service={"networkConfiguration": NETWORK}, deployment=DONE
    )
    unread = replace(a_success(V2, 2), task_definition=None)
    assert noted(record=a_record(V2, succeeded=unread)) == replace(unread, deployment=DONE)


def test_a_revision_of_ours_is_known_by_its_tags() -> None:
    found = noted(completed(tags=our_tags()))
    assert found == replace(FOREIGN, digest=V2.revision, commit=V2.commit)


def test_a_revision_of_another_service_of_ours_says_nothing_of_this_one() -> None:
    found = noted(completed(tags=our_tags(key=ServiceKey("handson", "other"))))
    assert found == FOREIGN


def test_a_digest_of_an_older_release_names_no_revision_part() -> None:
    tags = [each if each["value"] != V2.revision else {**each, "value": "d1:0"} for each in our_tags()]
    assert noted(completed(tags=tags)) == replace(FOREIGN, commit=V2.commit)


@pytest.mark.parametrize(
    "known",
    [
        replace(a_success(V1, 1), task_definition=V2.task_definition),
        replace(a_success(V2, 2), task_definition=a_task_definition("nginx:3")),
    ],
    ids=["another revision", "another document"],
)
def test_another_revision_is_something_new(known: Succeeded) -> None:
    found = noted(record=a_record(V1, succeeded=known))
    assert found == FOREIGN


def test_the_same_revision_with_other_fields_of_the_service_is_nobodys_statement() -> None:
    """Its tag tells of a statement that had other fields."""
    known = replace(a_success(V2, 2), service={"networkConfiguration": {"awsvpcConfiguration": {}}})
    assert noted(completed(tags=our_tags()), a_record(V1, succeeded=known)) == FOREIGN


def test_of_the_service_the_fields_that_git_states_or_stated_are_read() -> None:
    stated = a_statement(commit="3", service={"platformVersion": "1.4.0", "desiredCount": 1})
    live = completed(
        a_statement(
            task_definition=V2.task_definition,
            service={"platformVersion": "1.3.0", "networkConfiguration": NETWORK, "launchType": "EC2"},
        )
    )
    found = noted(live, desired=a_desired(stated))
    assert found is not None
    assert found.service == {"networkConfiguration": NETWORK, "platformVersion": "1.3.0"}
    never = noted(live, record=a_record(a_statement(bare=True)), desired=a_desired(stated))
    assert never is not None
    assert never.service == {"platformVersion": "1.3.0"}


@pytest.mark.parametrize(
    "desired", [a_desired(a_statement(bare=True)), replace(a_desired(V1), stated=None)]
)
def test_of_a_service_that_git_does_not_state_only_the_revision_is_read(desired: Desired) -> None:
    found = noted(desired=desired)
    assert found == replace(FOREIGN, service=None)


def test_what_only_the_primary_deployment_shows_is_read_too() -> None:
    connect = {"enabled": True, "namespace": "internal"}
    stated = a_statement(service={"serviceConnectConfiguration": connect})
    live = completed(a_statement(), 1, serviceConnectConfiguration=connect)
    found = noted(live, a_record(stated, succeeded=None), a_desired(stated))
    assert found is not None
    assert found.service == {"serviceConnectConfiguration": connect}
