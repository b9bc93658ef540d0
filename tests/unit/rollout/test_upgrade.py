"""What an older release remembered by one digest is known by that of its revision part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.compare.statement import statement
from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.record import Quarantined, Record, Succeeded
from ecs_gitops.rollout.upgrade import renamed_as_described, renamed_by, unnamed, upgraded
from tests.unit.builders import ARN, KEY, a_desired, a_statement, a_task_definition, an_attempt

NETWORK: dict[str, Any] = {"networkConfiguration": {}}
V1 = a_statement(commit="1111111", service={"desiredCount": 1, **NETWORK})
V2 = a_statement(commit="2222222", task_definition=a_task_definition("nginx:2"))
LOST = "d1:of what nobody remembers"


def old(stated: Stated) -> Stated:
    """As a release remembered it that knew one digest."""
    return Stated(stated.digest, stated.commit, stated.task_definition, stated.service)


def an_entry(digest: str) -> Quarantined:
    return Quarantined(digest, "c", "It failed.", 1.0)


def old_success(stated: Stated) -> Succeeded:
    return Succeeded("", stated.task_definition, stated.service, stated.digest, stated.commit)


def named(record: Record, desired: Desired | None = None) -> Record:
    return upgraded(desired, record)[1]


def test_what_is_of_this_release_is_left_as_it_is() -> None:
    desired = a_desired(V1)
    record = Record(
        KEY,
        applied=V1,
        applying=V2,
        attempt=an_attempt(V1),
        replaced=an_attempt(V2),
        succeeded=Succeeded(f"{ARN}:1", V1.task_definition, {}, V1.revision),
        quarantine=(an_entry(V2.revision),),
        before=V2.revision,
        told=f"RolledBack:{V2.revision}",
    )
    found = upgraded(desired, record)
    assert found[0] is desired
    assert found[1] is record
    assert upgraded(None, Record(KEY)) == (None, Record(KEY))
    empty = Record(KEY, applied=Stated("", "c", None, None))  # of a rebuilt record: nothing is known
    assert named(empty) is empty


def test_a_desired_record_is_given_the_digests_of_its_parts() -> None:
    assert upgraded(a_desired(old(V1)), Record(KEY)) == (a_desired(V1), Record(KEY))
    never = replace(a_desired(V1), stated=None)
    assert upgraded(never, Record(KEY))[0] is never


@pytest.mark.parametrize(
    "place", ["desired", "applied", "applying", "replaced_stated", "succeeded", "renamed"]
)
def test_whatever_still_holds_a_statement_names_it(place: str) -> None:
    """Attempts, quarantine, what succeeded before and what was told: one after the other."""
    record = Record(
        KEY,
        attempt=replace(an_attempt(V1), digest=V1.digest),
        replaced=replace(an_attempt(V1), digest=V1.digest),
        quarantine=(an_entry(V1.digest), an_entry(LOST)),
        before=V1.digest,
        told=f"RolledBack:{V1.digest}",
    )
    desired = a_desired(old(V2), renamed={V1.digest: V1.revision} if place == "renamed" else {})
    if place == "desired":
        desired = a_desired(old(V1))
    elif place == "succeeded":
        record = replace(record, succeeded=old_success(V1))
    elif place != "renamed":
        record = replace(record, **{place: old(V1)})  # type: ignore[arg-type]
    found = named(record, desired)
    assert found.attempt is not None
    assert found.replaced is not None
    assert {found.attempt.digest, found.replaced.digest, found.before} == {V1.revision}
    assert [each.digest for each in found.quarantine] == [V1.revision, LOST]
    assert found.told == f"RolledBack:{V1.revision}"
    assert unnamed(found) == {LOST}
    again = upgraded(desired, found)[1]
    assert again == found


@pytest.mark.parametrize(
    "record",
    [
        Record(KEY, applied=old(V1)),
        Record(KEY, applying=old(V1)),
        Record(KEY, succeeded=old_success(V1)),
        Record(KEY, attempt=replace(an_attempt(V1), digest=V1.digest)),
        Record(KEY, replaced=replace(an_attempt(V1), digest=V1.digest)),
        Record(KEY, quarantine=(an_entry(V1.digest),)),
        Record(KEY, before=V1.digest),
        Record(KEY, told=f"RolledBack:{V1.digest}"),
    ],
)
def test_one_thing_of_an_older_release_is_enough(record: Record) -> None:
    found = named(record, a_desired(V1))
    assert found != record
    assert "d1:" not in str(replace(found, applied=None, applying=None))
    for before, after in ((record.applied, found.applied), (record.applying, found.applying)):
        assert after == (replace(V1, since=V1.commit) if before else None)


def test_what_has_no_name_is_given_none() -> None:
    """A rebuilt record applied what nobody remembers: nothing succeeded before, and nothing was told."""
    rebuilt = Stated("", "c", None, None, revision=V1.revision)
    record = Record(KEY, applied=rebuilt, quarantine=(an_entry(LOST), an_entry("")))
    assert named(record, a_desired(V2)) == record


def test_what_was_told_without_a_digest_stays() -> None:
    record = Record(KEY, told="SourceUnreadable", quarantine=(an_entry(V1.digest),))
    assert named(record, a_desired(V1)).told == "SourceUnreadable"
    assert named(replace(record, told=""), a_desired(V1)).told == ""


def test_what_succeeded_becomes_its_revision_part_with_what_runs_where_it_does() -> None:
    record = Record(
        KEY, applied=old(V1), succeeded=old_success(V1), task_definition_arn=f"{ARN}:3", before=V2.digest
    )
    known = Succeeded(f"{ARN}:3", V1.task_definition, NETWORK, V1.revision, V1.commit)
    assert named(record).succeeded == known
    other = replace(record, applied=old(V2))
    assert named(other).succeeded == replace(known, task_definition_arn="")
    assert named(replace(record, task_definition_arn=None)).succeeded == replace(
        known, task_definition_arn=""
    )
    ran = replace(old_success(V1), task_definition_arn=f"{ARN}:7")
    assert named(replace(record, succeeded=ran)).succeeded == replace(known, task_definition_arn=f"{ARN}:7")


def test_of_a_success_whose_statement_nobody_remembers_no_digest_is_made_up() -> None:
    lost = Succeeded("", None, None, LOST, "c")
    assert named(Record(KEY, succeeded=lost)).succeeded == replace(lost, digest="")
    bare = a_statement(bare=True)
    found = named(Record(KEY, succeeded=old_success(bare))).succeeded
    assert found is not None
    assert (found.service, found.digest) == (None, bare.revision)
    fields = statement("c", None, V1.service)
    found = named(Record(KEY, succeeded=old_success(fields))).succeeded
    assert found is not None
    assert (found.service, found.digest) == (NETWORK, fields.revision)


def test_what_failed_is_known_by_the_revision_that_it_ran() -> None:
    """It starts nothing and lifts nothing: the same words stay in quarantine, others stay unnamed."""
    record = Record(
        KEY,
        attempt=replace(an_attempt(V2), digest="d1:a"),
        quarantine=(an_entry("d1:a"), an_entry("d1:b"), an_entry("r1:c")),
    )
    assert unnamed(record) == {"d1:a", "d1:b"}
    filled = {**a_task_definition("nginx:2"), "revision": 2, "status": "ACTIVE", "volumes": []}
    revisions = {"d1:a": filled, "d1:b": a_task_definition("nginx:3")}
    found = renamed_as_described(record, revisions, V2)
    assert [each.digest for each in found.quarantine] == [V2.revision, "d1:b", "r1:c"]
    assert found.attempt is not None
    assert found.attempt.digest == V2.revision
    assert renamed_as_described(record, revisions, replace(V2, task_definition=None)) is record
    assert unnamed(Record(KEY, replaced=replace(an_attempt(V2), digest=LOST))) == {LOST}


def test_ingest_keeps_the_name_of_what_it_overwrites() -> None:
    before = {"d1:before": "r1:before"}
    assert renamed_by(a_desired(old(V1))) == {V1.digest: V1.revision}
    assert renamed_by(a_desired(old(V1), renamed=before)) == {**before, V1.digest: V1.revision}
    assert renamed_by(a_desired(V1, renamed=before)) == before
    assert renamed_by(replace(a_desired(V1, renamed=before), stated=None)) == before
