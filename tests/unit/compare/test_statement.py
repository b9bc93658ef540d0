"""The digests of a statement and of its two parts: what they name, and that they stay what they are."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given

from ecs_gitops.compare.statement import in_place_only, statement, with_digests
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.vocabulary import Effect
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.statement_parts import IN_PLACE, SPLIT
from tests.unit.strategies import SERVICES

TASK = {"family": "web", "containerDefinitions": [{"name": "nginx", "image": "é:1"}]}
PINNED = {
    "r1": [
        ((TASK, None), "r1:10e03843b422"),
        ((None, {"desiredCount": 0}), "r1:6d0fd13cad1b"),
        ((TASK, {"desiredCount": 2, "tags": []}), "r1:f3109ed46933"),
        ((TASK, {"networkConfiguration": {}, "loadBalancers": []}), "r1:2b6659f193fe"),
        ((TASK, {"tomorrow": 1, "launchType": "EC2"}), "r1:5388dda8484a"),
    ],
}
"""A digest that changes lifts a quarantine: whoever moves a field adds a split, and leaves these alone."""


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_digest_names_the_manifest_as_stated() -> None:
    stated = statement("c", TASK, {"desiredCount": 0, "networkConfiguration": {"b": "", "a": 1}})
    text = json.dumps(TASK, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    network = '"networkConfiguration":{"a":1,"b":""}'
    assert stated.digest == "d1:" + sha(
        '{"service":{"desiredCount":0,' + network + '},"taskDefinition":' + text + "}"
    )
    assert stated.revision == "r1:" + sha('{"service":{' + network + '},"taskDefinition":' + text + "}")
    assert statement("c", TASK, None).digest == "d1:" + sha('{"taskDefinition":' + text + "}")
    assert statement("c", TASK, None).revision == "r1:" + sha('{"taskDefinition":' + text + "}")
    assert stated.in_place == "p1:" + sha('{"service":{"desiredCount":0}}')


@pytest.mark.parametrize(
    "other", [{"desiredCount": 1}, {"desiredCount": None}, {}, {"desiredCount": False}]
)
def test_a_digest_fills_nothing_in(other: Any) -> None:
    assert statement("c", None, other).digest != statement("c", None, {"desiredCount": 0}).digest


@given(SERVICES)
def test_a_field_belongs_to_one_part(service: dict[str, Any]) -> None:
    """Changing it changes the digest of that part and leaves the other's alone."""
    before = statement("c", TASK, service)
    for name in service:
        after = statement("c", TASK, {**service, name: "other"})
        is_in_place = name in IN_PLACE[SPLIT]
        assert (after.in_place != before.in_place) is is_in_place
        assert (after.revision != before.revision) is not is_in_place
        assert after.digest != before.digest


def test_the_split_is_what_the_table_of_fields_says() -> None:
    """When this fails a field has moved: count SPLIT on, and keep the older names for older digests."""
    top = {name: row for name, row in SERVICE.items() if "." not in name and "[" not in name}
    in_place = {name for name, row in top.items() if row.effect is Effect.IN_PLACE and not row.create_only}
    assert in_place | {"tags"} == IN_PLACE[SPLIT]


@pytest.mark.parametrize(("parts", "digest"), PINNED["r1"])
def test_what_was_digested_once_is_digested_so_for_ever(parts: Any, digest: str) -> None:
    assert statement("c", *parts).revision[: len(digest)] == digest


def test_what_an_older_release_remembered_is_given_its_parts() -> None:
    made = statement("c", TASK, {"desiredCount": 1})
    assert with_digests(Stated(made.digest, "c", TASK, {"desiredCount": 1})) == made
    assert with_digests(Stated("d1:x", "c", None, None)).revision == ""


def test_the_part_in_place_alone_states_no_revision() -> None:
    alone = in_place_only(statement("c", TASK, {"desiredCount": 1, "loadBalancers": []}))
    assert (alone.task_definition, alone.service) == (None, {"desiredCount": 1})
    assert (alone.commit, alone.since) == ("c", "c")
    older = in_place_only(statement("c", TASK, None, since="b"))
    assert (older.service, older.since, older.commit) == (None, "b", "c")


def test_a_statement_names_the_commit_that_brought_its_revision_part() -> None:
    assert (statement("c", TASK, None).since, statement("c", TASK, None, since="b").since) == ("c", "b")
    made = statement("c", TASK, {"desiredCount": 1}, since="b")
    assert (made.commit, made.task_definition, made.service) == ("c", TASK, {"desiredCount": 1})
    assert statement("c", TASK, {}).digest != statement("c", TASK, None).digest
    assert statement("c", TASK, {}).in_place == statement("c", None, {"loadBalancers": []}).in_place
    assert statement("c", TASK, None).in_place != statement("c", TASK, {}).in_place


@pytest.mark.parametrize("parts", [(TASK, None), (None, {"desiredCount": 1}), (TASK, {})])
def test_a_statement_of_one_section_is_given_its_parts_too(parts: Any) -> None:
    made = statement("c", *parts, since="b")
    old = Stated(made.digest, "c", *parts, since="b")
    assert with_digests(old) == made
    assert with_digests(made) is made


def test_what_was_digested_in_another_way_keeps_its_name() -> None:
    """A whole statement is known by the digest it was stored with; its parts are digested anew."""
    old = Stated("d1:as an older release made it", "c", TASK, None)
    found = with_digests(old)
    assert (found.digest, found.revision) == (old.digest, statement("c", TASK, None).revision)
    assert with_digests(Stated("d1:x", "c", TASK, None, revision="r1:known")).revision == "r1:known"
