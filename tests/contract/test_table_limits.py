"""DynamoDB's limits: what it refuses, what is bounded before it would, and what cannot be read."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecs_gitops.aws.buckets import Buckets
from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.aws.errors import translate
from ecs_gitops.model.desired import Stated
from ecs_gitops.model.errors import (
    ConflictError,
    RefusedError,
    RetryableError,
    ThrottledError,
    TooLargeError,
)
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Change, HistoryEntry, Quarantined, Record
from ecs_gitops.model.vocabulary import Effect, Reason
from ecs_gitops.plan.budget import Family, Urgency
from ecs_gitops.store import bounds, records
from tests.contract.test_table import US, WEB, a_desired, a_line, table

AUTH = ServiceKey("prod", "auth")
PLACE = records.address(records.partition(US, WEB), "record")
KB_400 = 400 * 1024


def client_of(table_: Table) -> Any:
    return table_._client


def put(table_: Table, item: dict[str, Any]) -> None:
    client_of(table_).put_item(TableName=table_._name, Item=item)


def noise(size: int) -> str:
    """A text that does not get smaller when it is packed."""
    blocks = (hashlib.sha512(str(at).encode()).hexdigest() for at in range(size // 128 + 1))
    return "".join(blocks)[:size]


@pytest.mark.parametrize(("over", "is_taken"), [(0, True), (1, False)])
def test_an_item_holds_400_kb_with_the_names_of_its_attributes(over: int, is_taken: bool) -> None:
    with table() as remembered:
        item = {**PLACE, "said": {"S": ""}}
        item["said"] = {"S": "x" * (KB_400 - bounds.size(item) + over)}
        assert bounds.size(item) == KB_400 + over
        if is_taken:
            put(remembered, item)
            return
        with pytest.raises(ClientError, match="Item size has exceeded the maximum allowed size"):
            put(remembered, item)
        with (
            pytest.raises(TooLargeError, match="cannot try: Item size has exceeded"),
            translate("cannot try"),
        ):
            put(remembered, item)


def test_a_transaction_holds_4_mb() -> None:
    with table() as remembered:
        puts = [
            {"Item": {**PLACE, "sk": {"S": f"x{at}"}, "said": {"S": "x" * 390_000}}} for at in range(11)
        ]
        remembered._put_together(puts[:10], "cannot try")
        with pytest.raises(RefusedError, match="Transaction size"):
            remembered._put_together(puts, "cannot try")


def test_a_history_line_of_two_thousand_fields_is_cut_and_says_so() -> None:
    changes = tuple(
        Change(f"taskDefinition.containerDefinitions[{at}].environment[V{v}].value", "a" * 80, "b" * 80, e)
        for at in range(10)
        for v in range(200)
        for e in (Effect.NEW_DEPLOYMENT,)
    )
    with table() as remembered:
        lines = [replace(a_line(f"Created{at}"), changes=changes) for at in range(120)]
        stored = remembered.put_record(Record(WEB), lines)
        newest, *_, oldest = remembered.history(WEB, 200)
        assert stored.version == 1
        assert len(oldest.changes) == bounds.CHANGES + 1
        assert oldest.changes[-1] == Change("and 1,900 more fields", None, None, Effect.NEW_DEPLOYMENT)
        assert newest.message == " (and 30 more lines)"
        assert len(records.to_json(changes)) > KB_400  # the control: this was too large


def test_a_line_of_history_of_an_older_release_is_read() -> None:
    line = HistoryEntry(WEB, 1.0, "c", "d", "Created", "m")
    item = records.history_item(US, line)
    as_text = {**item, "body": {"S": records.to_json(line)}}
    assert "B" in item["body"]
    assert records.history_from(records.body(as_text)) == line


def test_a_desired_record_that_is_too_large_is_refused_with_its_size() -> None:
    stated = Stated("d1:1", "c1", {"family": "web", "text": noise(1_000_000)}, {})
    with table() as remembered, pytest.raises(TooLargeError) as refused:
        remembered.put_desired(replace(a_desired(), stated=stated))
    assert str(refused.value).startswith("cannot record what Git says of prod/web: that takes ")
    assert str(refused.value).endswith(" bytes, and DynamoDB takes 409,600 at most")


def test_ten_thousand_versions_that_failed_are_remembered_as_five_hundred() -> None:
    failed = tuple(Quarantined(f"d1:{at}", noise(40), "why " * 5000, 1.0) for at in range(10_000))
    with table() as remembered:
        stored = remembered.put_record(Record(WEB, quarantine=failed))
        assert remembered.get(WEB)[1] == stored
        assert [each.digest for each in stored.quarantine] == [f"d1:{at}" for at in range(9_500, 10_000)]


REASONS = {
    "ConditionalCheckFailed": ConflictError,
    "TransactionConflict": ConflictError,
    "ThrottlingError": ThrottledError,
    "ProvisionedThroughputExceeded": ThrottledError,
    "ItemCollectionSizeLimitExceeded": TooLargeError,
    "ValidationError": RefusedError,
    "SomethingNew": RetryableError,
}


@pytest.mark.parametrize("code", REASONS)
def test_the_reasons_of_a_cancelled_transaction_are_read(code: str) -> None:
    reasons = [{"Code": "None"}, {"Code": code, "Message": "why"}]
    answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    with pytest.raises(REASONS[code]) as found, translate("cannot try"):
        raise ClientError(answer, "TransactWriteItems")  # type: ignore[arg-type]
    assert type(found.value) is REASONS[code]
    assert str(found.value) == "cannot try: why (item 2 of the transaction)"


def test_of_several_reasons_the_one_that_stays_is_told() -> None:
    large = "Item size to update has exceeded the maximum allowed size"
    reasons = [
        {"Code": "TransactionConflict", "Message": "busy"},
        {"Code": "ValidationError", "Message": large},
    ]
    answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    with pytest.raises(TooLargeError, match="item 2"), translate("cannot try"):
        raise ClientError(answer, "TransactWriteItems")  # type: ignore[arg-type]


def packed(body: Any) -> dict[str, Any]:
    return {"B": zlib.compress(json.dumps(body).encode())}


WHOLE = {"key": {"cluster": "prod", "name": "web"}}
STRANGE: dict[str, tuple[dict[str, Any], str]] = {
    "not zlib": ({"body": {"B": b"\x00\x01"}}, "its body is not packed as ours are"),
    "cut off": ({"body": {"B": zlib.compress(b"{}" * 999)[:-9]}}, "its body is cut off"),
    "a bomb": ({"body": {"B": zlib.compress(b" " * 2**25)}}, "larger than 16,777,216 bytes"),
    "not JSON": ({"body": {"S": "{"}}, "its body is no JSON"),
    "not UTF-8": ({"body": {"B": zlib.compress(b'{"a": "\xff"}')}}, "its body is no JSON"),
    "deep": ({"body": {"S": "[" * 100_000}}, "its body is nested too deeply"),
    "no object": ({"body": packed([1])}, "a Record is [1]"),
    "no body": ({}, "it lacks 'body'"),
    "a newer schema": ({"schema": {"N": "2"}, "body": packed(WHOLE)}, "a newer release wrote it"),
    "an unknown word": (
        {"body": packed({**WHOLE, "status": {"sync": "Fine", "health": "Healthy", "reason": "Synced"}})},
        "'Fine' is not a valid Sync",
    ),
    "beyond numbers": ({"body": {"S": '{"key": 1, "due_at": 1e999}'}}, "1e999 is no number"),
    "NaN": ({"body": {"S": '{"key": 1, "due_at": NaN}'}}, "NaN is no number"),
    "no time": ({"body": packed({**WHOLE, "due_at": 1e50})}, "which is no time"),
    "a wrong type": ({"body": packed({**WHOLE, "told": 5})}, "told is 5"),
    "members missing": ({"body": packed({})}, "it lacks 'key'"),
    "another's": ({"body": packed({"key": {"cluster": "prod", "name": "x"}})}, "its body is about prod/x"),
    "no version": ({"body": packed(WHOLE), "version": {"S": "x"}}, "it lacks 'N'"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_record_that_cannot_be_read_is_told_and_stops_no_other(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    strange, why = STRANGE[name]
    with table() as remembered:
        remembered.put_desired(a_desired())
        remembered.put_desired(a_desired(AUTH))
        good = remembered.put_record(Record(AUTH))
        put(remembered, {**PLACE, "fleet": {"S": records.fleet(US)}, "version": {"N": "3"}, **strange})
        for found in (dict_of(remembered), remembered.get_many([AUTH, WEB])):
            assert found[AUTH] == (a_desired(AUTH), good)
            status = found[WEB][1].status
            assert status is not None
            assert status.reason is Reason.UNREADABLE
            assert why in status.message
            assert "ecs-gitops sync prod/web" in status.message
        assert why in caplog.text
        with pytest.raises(ConflictError):  # nobody writes over what might be mended
            remembered.put_record(found[WEB][1])
        remembered.set_aside(WEB, 7.0)
        assert remembered.get(WEB) == (a_desired(), Record(WEB))
        assert remembered.put_record(Record(WEB)).version == 1
        kept = client_of(remembered).get_item(
            TableName=remembered._name, Key={**PLACE, "sk": {"S": "unreadable#0000000007.000000#record"}}
        )["Item"]
        assert kept.get("body") == strange.get("body")


def dict_of(remembered: Table) -> dict[ServiceKey, Any]:
    return {record.key: (desired, record) for desired, record in remembered.all()}


@pytest.mark.parametrize("name", [name for name in STRANGE if name != "no version"])
def test_a_desired_record_that_cannot_be_read_is_told_and_written_anew(name: str) -> None:
    strange, _ = STRANGE[name]
    if name in ("a wrong type", "no time", "an unknown word"):
        strange = {"body": packed({**WHOLE, "path": 5})}
    with table() as remembered:
        remembered.put_desired(a_desired(AUTH))
        place = {**PLACE, "sk": {"S": "desired"}}
        put(remembered, {**place, "fleet": {"S": records.fleet(US)}, "sequence": {"N": "3"}, **strange})
        found = dict_of(remembered)
        assert found[AUTH][0] == a_desired(AUTH)
        assert found[WEB][0].problem.reason is Reason.UNREADABLE
        assert found[WEB][1].status.reason is Reason.UNREADABLE
        assert remembered.desired([WEB, AUTH]).keys() == {WEB, AUTH}
        with pytest.raises(ConflictError):
            remembered.put_desired(a_desired(sequence=2))
        remembered.put_desired(a_desired(sequence=3))
        assert remembered.get(WEB)[0] == a_desired(sequence=3)


def test_an_item_of_no_service_a_bad_line_and_a_bad_source_stop_nothing() -> None:
    with table() as remembered:
        record = remembered.put_record(Record(WEB, due_at=1.0), [a_line("Created")])
        fleet = {"S": records.fleet(US)}
        due = {"due": fleet, "due_at": {"N": "1"}}
        put(remembered, {**records.address("somebody's", "x"), "fleet": fleet, **due})
        put(remembered, {**PLACE, "sk": {"S": "history#0000000009.000000#x"}, "body": {"S": "?"}})
        put(remembered, {**PLACE, "sk": {"S": "attempt#0000000009.000000#x"}, "body": {"S": "?"}})
        assert remembered.keys() == [WEB]
        assert [each for _, each in remembered.all()] == [record]
        assert remembered.due(5.0) == [(WEB, 1.0)]
        assert [(each.event, each.at) for each in remembered.history(WEB)] == [
            ("Unreadable", 9.0),
            ("Created", 1.0),
        ]
        assert remembered.attempts(WEB) == []


def test_a_source_whose_item_is_damaged_is_read_again_behind_all_that_was_read() -> None:
    with table() as remembered:
        remembered.put_desired(a_desired(sequence=41))
        damaged = {"sequence": {"S": "?"}, "head_sequence": {"S": "?"}, "swept_at": {"S": "?"}}
        put(remembered, {**records.source_address(US, "main"), **damaged, "head": {"N": "1"}})
        assert remembered.source("main").head is None
        assert remembered.begin_read("main").sequence == 42
        remembered.put_head("main", "c2", 42)
        assert remembered.head("main") == ("c2", 42)


def test_a_budget_that_is_damaged_begins_again() -> None:
    with table() as remembered:
        buckets, one = Buckets(remembered), {Family.SERVICES: 1}
        buckets.take(one, Urgency.ORDINARY, 5.0)
        place = records.budget_address(US)
        found = client_of(remembered).get_item(TableName=remembered._name, Key=place)["Item"]
        put(remembered, {name: {"S": "?"} if "N" in value else value for name, value in found.items()})
        assert Buckets(remembered).take(one, Urgency.ORDINARY, 6.0) == 0.0
