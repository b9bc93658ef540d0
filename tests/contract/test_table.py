"""The table as the template makes it: conditions hold, pages are turned, what is due is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.compare.statement import statement
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.errors import ConflictError
from ecs_gitops.model.live import StoppedTask
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import Attempt, Heal, HistoryEntry, Record
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.store.heads import Source
from sandbox.world.world import World

ROOT = Path(__file__).parents[2]
US = Install("gitops", "123456789012", "us-east-1")
WEB = ServiceKey("prod", "web")
ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7"


@contextmanager
def table() -> Iterator[Table]:
    with World.inline() as world:
        outputs = world.deploy(
            ROOT / "template.yaml",
            "gitops",
            {"SourceUrl": "https://git.example.com/a", "SourceCredential": "none"},
        )
        yield Table(world.client("dynamodb"), outputs["TableName"], US)


def a_desired(key: ServiceKey = WEB, sequence: int = 1, text: str = "") -> Desired:
    stated = statement("c1", {"family": "web", "text": text}, {"desiredCount": 0})
    return Desired(key, "prod/web.yaml", "c1", sequence, stated)


def a_line(event: str, at: float = 1.0) -> HistoryEntry:
    return HistoryEntry(WEB, at, "c1", "d1:1", event, "")


def test_what_was_never_stored_is_unknown():
    with table() as records:
        assert records.get(WEB) == (None, Record(WEB))
        assert list(records.all()) == []
        assert records.source("main") == Source()
        assert records.head("main") == (None, 0)


def test_what_is_stored_is_read_at_once():
    with table() as records:
        records.put_desired(a_desired())
        stored = records.put_record(Record(WEB, heals=(Heal(1.0), Heal(2.0))))
        assert stored.version == 1
        assert records.get(WEB) == (a_desired(), stored)


def test_an_older_read_of_the_source_does_not_overwrite_a_later_one():
    with table() as records:
        records.put_desired(a_desired(sequence=5))
        records.put_desired(a_desired(sequence=5, text="again"))
        with pytest.raises(ConflictError):
            records.put_desired(a_desired(sequence=4))
        assert records.get(WEB)[0] == a_desired(sequence=5, text="again")


def test_of_two_who_read_the_same_record_one_may_write():
    with table() as records:
        first = records.put_record(Record(WEB))
        records.put_record(replace(first, pruning=True))
        for stale in (first, Record(WEB)):
            with pytest.raises(ConflictError):
                records.put_record(stale)
            with pytest.raises(ConflictError):
                records.put_record(stale, [a_line("Created")])
        assert records.get(WEB)[1].pruning
        assert records.history(WEB) == []


def test_history_and_attempts_are_stored_with_the_record_and_come_newest_first():
    attempt = Attempt("a1", "d1:1", "c1", "Push", 1.0, 2.0, outcome=Outcome.SUCCEEDED)
    with table() as records:
        record = records.put_record(Record(WEB), [a_line("Sync"), a_line("Created")], attempt)
        records.put_record(record, [a_line("Succeeded")])
        assert [line.event for line in records.history(WEB)] == ["Succeeded", "Created", "Sync"]
        assert [line.event for line in records.history(WEB, limit=1)] == ["Succeeded"]
        assert records.attempts(WEB) == [attempt]
        assert records.history(ServiceKey("prod", "web2")) == []


def test_stopped_tasks_are_found_by_revision():
    task = StoppedTask(WEB, "arn/task/1", ARN, "ecs-svc/1", "", "gone", (), 5.0)
    with table() as records:
        records.add_stopped(task)
        records.add_stopped(replace(task, task_definition_arn=f"{ARN}1"))
        assert records.stopped(WEB, ARN) == [task]


def test_every_service_is_listed_once_however_many_pages_there_are():
    keys = [ServiceKey("prod", f"web-{number:03}") for number in range(120)]
    with table() as records:
        for key in keys:
            records.put_desired(a_desired(key, text="x" * 20_000))
        records.put_record(Record(keys[7]))
        listed = list(records.all())
        assert [record.key for _, record in listed] == keys
        assert all(desired is not None for desired, _ in listed)
        assert [record.version for _, record in listed].count(1) == 1
        assert len(records.get_many(keys)) == 120


def test_what_is_due_is_found_and_nothing_else():
    with table() as records:
        for number, due_at in enumerate((None, 50.0, 100.0, 100.5)):
            records.put_record(Record(ServiceKey("prod", f"web-{number}"), due_at=due_at))
        assert records.due(100.0) == [
            (ServiceKey("prod", "web-1"), 50.0),
            (ServiceKey("prod", "web-2"), 100.0),
        ]


def test_a_service_that_is_no_longer_due_is_not_found():
    with table() as records:
        record = records.put_record(Record(WEB, due_at=1.0))
        records.put_record(replace(record, due_at=None))
        assert records.due(100.0) == []


def test_reads_of_a_source_are_numbered_and_the_latest_has_the_last_word():
    with table() as records:
        assert [records.begin_read("main").sequence for _ in range(3)] == [1, 2, 3]
        records.put_head("main", "c2", 2)
        records.put_head("main", "c3", 3)
        with pytest.raises(ConflictError):
            records.put_head("main", "c2", 2)
        records.note("main", 7.0, seen="c4")
        records.put_swept("main", 9.0)
        assert records.begin_read("main") == Source("c3", 4, "c4", 7.0, 9.0)


def test_a_forgotten_service_comes_back_whole_when_git_names_it_again():
    with table() as records:
        records.put_desired(a_desired())
        records.forget(WEB, 100.0)
        assert records.get(WEB)[0] == a_desired()
        records.put_desired(a_desired(sequence=2))
        assert records.get(WEB)[0] == a_desired(sequence=2)


def test_a_transaction_that_is_refused_leaves_everything_as_it_was():
    with World.inline() as world:
        dynamodb = world.client("dynamodb")
        dynamodb.create_table(
            TableName="t",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        old, new, changed = an_item("old", "1"), an_item("new", "1"), an_item("old", "2")
        dynamodb.put_item(TableName="t", Item=old)
        if_new = {"TableName": "t", "Item": changed, "ConditionExpression": "attribute_not_exists(pk)"}
        mend = {
            "TableName": "t",
            "Key": {name: old[name] for name in ("pk", "sk")},
            "UpdateExpression": "SET said = :said",
            "ExpressionAttributeValues": {":said": {"S": "2"}},
        }
        fails = {"Put": {**if_new, "Item": an_item("old", "3", sort="b")}}
        dynamodb.put_item(TableName="t", Item=fails["Put"]["Item"])
        before = everything(dynamodb)
        for write in ({"Put": {"TableName": "t", "Item": new}}, {"Update": mend}):
            with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
                dynamodb.transact_write_items(TransactItems=[write, fails])
            assert everything(dynamodb) == before
            dynamodb.transact_write_items(TransactItems=[write])
            assert everything(dynamodb) != before
            before = everything(dynamodb)


def an_item(key: str, said: str, sort: str = "a") -> dict[str, Any]:
    return {"pk": {"S": key}, "sk": {"S": sort}, "said": {"S": said}}


def everything(dynamodb: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dynamodb.scan(TableName="t")["Items"]
    return sorted(found, key=str)
