"""What is remembered comes back as it was, also from a release that knew less or more."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.model.desired import Desired, Document, Problem, ReconcilePolicy, RolloutPolicy, Stated
from ecs_gitops.model.live import StoppedContainer, StoppedTask
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import (
    Attempt,
    Change,
    Heal,
    HistoryEntry,
    Outside,
    Pause,
    Quarantined,
    Record,
    Status,
    Succeeded,
)
from ecs_gitops.model.vocabulary import Effect, Health, Outcome, Reason, Sync
from ecs_gitops.store import records

US = Install("install-1", "123456789012", "us-east-1")
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,30}", fullmatch=True)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(NAMES, PLAIN, max_size=3)
TIMES = st.floats(0, 4e9, allow_nan=False)
KEYS = st.builds(ServiceKey, NAMES, NAMES)


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=3).map(tuple)


def perhaps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


STATED = st.builds(Stated, task_definition=perhaps(DOCUMENTS), service=perhaps(DOCUMENTS))
SUCCEEDED = st.builds(Succeeded, task_definition=perhaps(DOCUMENTS), service=perhaps(DOCUMENTS))
DESIRED = st.builds(
    Desired,
    key=KEYS,
    stated=perhaps(STATED),
    rollout=st.builds(RolloutPolicy, wait_for=several(KEYS), deadline=st.integers(0, 10**6)),
    policy=st.builds(ReconcilePolicy),
    problem=perhaps(st.builds(Problem)),
)
CHANGES = several(st.builds(Change, live=PLAIN, desired=PLAIN))
STATUSES = st.builds(Status, changes=CHANGES, at=TIMES)
ATTEMPTS = st.builds(
    Attempt,
    started_at=TIMES,
    deadline_at=perhaps(TIMES),
    ended_at=perhaps(TIMES),
    outcome=perhaps(st.sampled_from(Outcome)),
    task_definition_arn=perhaps(st.text(max_size=9)),
)
RECORDS = st.builds(
    Record,
    key=KEYS,
    **{name: perhaps(STATED) for name in ("applied", "applying", "replaced_stated")},
    succeeded=perhaps(SUCCEEDED),
    applied_at=perhaps(TIMES),
    attempt=perhaps(ATTEMPTS),
    quarantine=several(st.builds(Quarantined, at=TIMES)),
    heals=several(st.builds(Heal, at=TIMES, fields=several(NAMES))),
    changed=perhaps(st.builds(Outside, at=TIMES)),
    due_at=perhaps(TIMES),
    waiting_for=several(KEYS),
    blocked_by=several(KEYS),
    pruning=st.booleans(),
    status=perhaps(STATUSES),
    running=perhaps(DOCUMENTS),
    paused=perhaps(st.builds(Pause, until=TIMES)),
    version=st.integers(0, 10**6),
)
ENTRIES = st.builds(HistoryEntry, key=KEYS, at=TIMES, changes=CHANGES)
STOPPED = st.builds(
    StoppedTask,
    key=KEYS,
    stopped_at=TIMES,
    containers=several(st.builds(StoppedContainer, exit_code=perhaps(st.integers(0, 255)))),
)


def again(document: Document) -> Document:
    """Through the text that is stored."""
    read: Document = json.loads(records.to_json(document))
    return read


@given(DESIRED)
def test_a_desired_record_comes_back_as_it_was(desired: Desired):
    assert records.desired_from(records.body(records.desired_item(US, desired))) == desired


@given(RECORDS)
def test_a_record_comes_back_as_it_was(record: Record):
    assert records.record_from(records.body(records.record_item(US, record))) == record


@given(ATTEMPTS, ENTRIES, STOPPED)
def test_everything_else_comes_back_as_it_was(attempt: Attempt, entry: HistoryEntry, task: StoppedTask):
    key = ServiceKey("prod", "web")
    assert records.attempt_from(records.body(records.attempt_item(US, key, attempt))) == attempt
    assert records.history_from(records.body(records.history_item(US, entry))) == entry
    assert records.stopped_from(records.body(records.stopped_item(US, task))) == task


@given(RECORDS, DESIRED)
def test_every_item_carries_its_schema_and_the_place_it_is_found_at(record: Record, desired: Desired):
    for item, key in (
        (records.record_item(US, record), record.key),
        (records.desired_item(US, desired), desired.key),
    ):
        assert item["schema"] == {"N": "1"}
        assert item["pk"]["S"] == f"123456789012/us-east-1/{key.cluster}/Service/{key.name}"
        assert records.service_key(item["pk"]["S"]) == key
        assert item["fleet"] == {"S": "123456789012/us-east-1"}


@pytest.mark.parametrize("missing", [field.name for field in fields(Record) if field.name != "key"])
def test_a_record_of_an_older_release_takes_the_defaults(missing: str):
    stored = dict(records.body(records.record_item(US, Record(ServiceKey("prod", "web"), applied_at=1.0))))
    del stored[missing]
    whole = Record(ServiceKey("prod", "web"), applied_at=1.0)
    default = getattr(Record(ServiceKey("prod", "web")), missing)
    assert records.record_from(stored) == replace(whole, **{missing: default})


def test_what_a_newer_release_remembers_is_left_alone():
    desired = Desired(ServiceKey("prod", "web"), "p", "c", 1, Stated("d1:1", "c", {}, {}))
    stored = json.loads(records.to_json(desired))
    stored["novelty"] = stored["stated"]["novelty"] = stored["rollout"]["novelty"] = 1
    assert records.desired_from(stored) == desired


def test_a_record_is_found_as_due_only_while_it_is_due():
    record = Record(ServiceKey("prod", "web"))
    assert not {"due", "due_at"} & records.record_item(US, record).keys()
    due = records.record_item(US, replace(record, due_at=1795405500.5))
    assert (due["due"], due["due_at"]) == ({"S": "123456789012/us-east-1"}, {"N": "1795405500.500"})


@given(st.lists(TIMES, min_size=2, max_size=6, unique=True))
def test_history_sorts_as_it_happened(times: list[float]):
    key = ServiceKey("prod", "web")
    entries = [HistoryEntry(key, round(at, 3), "c", "d", "Created", "") for at in times]
    by_key = sorted(entries, key=lambda entry: records.history_item(US, entry)["sk"]["S"])
    assert [entry.at for entry in by_key] == sorted(entry.at for entry in entries)


def test_stopped_tasks_are_found_by_revision_and_expire():
    arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7"
    container = StoppedContainer("web", 137, "OutOfMemoryError")
    task = StoppedTask(ServiceKey("prod", "web"), "a/b/1", arn, "ecs-svc/1", "", "", (container,), 100.0)
    item = records.stopped_item(US, task)
    assert item["sk"]["S"].startswith(records.stopped_prefix(arn))
    assert not item["sk"]["S"].startswith(records.stopped_prefix(f"{arn}1"))
    assert int(item["expires_at"]["N"]) == 100 + records.STOPPED_KEPT


def test_zeros_and_empty_words_are_values():
    change = Change("service.desiredCount", 0, "", Effect.IN_PLACE)
    status = again({"changes": [change]})
    assert status == {
        "changes": [{"path": "service.desiredCount", "live": 0, "desired": "", "effect": "in place"}]
    }


def test_what_cannot_be_remembered_is_refused():
    with pytest.raises(TypeError, match="cannot remember a object"):
        records.to_json({"x": object()})


def test_the_drawn_records_are_full_ones():
    """The control: these properties would prove nothing of records that are always empty."""
    key = ServiceKey("prod", "web")
    stated = Stated("d1:1", "c", {"family": "web"}, {"desiredCount": 0})
    status = Status(Sync.SYNCED, Health.HEALTHY, Reason.SYNCED, "m")
    full = Record(
        key,
        applied=stated,
        quarantine=(Quarantined("d1:0", "b", "m", 1.0),),
        waiting_for=(key,),
        status=status,
        heals=(Heal(1.0, ("service.desiredCount",)),),
    )
    stored = records.body(records.record_item(US, full))
    assert {name for name, value in stored.items() if value} >= {
        "applied",
        "quarantine",
        "waiting_for",
        "heals",
    }
    assert records.record_from(stored) == full
    assert records.record_from({**stored, "waiting_for": []}) != full
    assert RolloutPolicy(wait_for=(key,)) != RolloutPolicy()
