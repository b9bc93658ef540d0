"""What is remembered: one DynamoDB table, every write that rests on a read conditional."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from botocore.exceptions import ClientError

from ecs_gitops.aws.errors import translate
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.live import StoppedTask
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import Attempt, HistoryEntry, Record
from ecs_gitops.rollout.upgrade import upgraded
from ecs_gitops.store import records
from ecs_gitops.store.heads import FORGET_UNREAD, Source, Trouble, source_from, unread_values
from ecs_gitops.store.records import Item
from ecs_gitops.store.stored import Pair, if_version, moments_from, with_item

_PAGE = 100
"""Keys that BatchGetItem takes; also the items of one TransactWriteItems."""


class Table:
    """Records of all services of one install."""

    def __init__(self, client: Any, name: str, install: Install) -> None:
        self._client = client
        self._name = name
        self._install = install

    # --- one service ---------------------------------------------------------------------------

    def get(self, key: ServiceKey) -> Pair:
        """Git's word and what is remembered of one service, in one consistent read."""
        return self.get_many([key])[key]

    def get_many(self, keys: Iterable[ServiceKey]) -> dict[ServiceKey, Pair]:
        """The same for several services, fifty a request; what is unknown is (None, an empty record)."""
        wanted = list(dict.fromkeys(keys))
        pairs: dict[ServiceKey, Pair] = {key: (None, Record(key)) for key in wanted}
        addresses = [
            records.address(records.partition(self._install, key), sort_key)
            for key in wanted
            for sort_key in (records.DESIRED, records.RECORD)
        ]
        for item in self._batch_get(addresses):
            key = records.service_key(item["pk"]["S"])
            pairs[key] = with_item(pairs[key], item)
        return {key: upgraded(*pair) for key, pair in pairs.items()}

    def desired(self, keys: Iterable[ServiceKey]) -> dict[ServiceKey, Desired]:
        """Git's word on those of these services that it ever named, by consistent reads."""
        partitions = [records.partition(self._install, key) for key in keys]
        found = self._batch_get([records.address(each, records.DESIRED) for each in partitions])
        said = (records.desired_from(records.body(item)) for item in found)
        return {desired.key: desired for desired in said}

    def records(self, keys: Iterable[ServiceKey]) -> dict[ServiceKey, Record]:
        """What is remembered of each of these services; an empty record of those that are unknown."""
        wanted = {records.partition(self._install, key): Record(key) for key in keys}
        for item in self._batch_get([records.address(each, records.RECORD) for each in wanted]):
            _, wanted[item["pk"]["S"]] = with_item((None, wanted[item["pk"]["S"]]), item)
        return {record.key: record for record in wanted.values()}

    def put_desired(self, desired: Desired) -> None:
        """Raises ConflictError when a later read of the source has written already."""
        self._put(
            records.desired_item(self._install, desired),
            f"cannot record what Git says of {desired.key}",
            ConditionExpression="attribute_not_exists(pk) OR #sequence <= :sequence",
            ExpressionAttributeNames={"#sequence": "sequence"},
            ExpressionAttributeValues={":sequence": {"N": str(desired.sequence)}},
        )

    def put_record(
        self, record: Record, history: Sequence[HistoryEntry] = (), ended: Attempt | None = None
    ) -> Record:
        """Store a record, with what happened, at once; returns it as stored (its version moved on).

        Raises ConflictError when somebody stored one since this was read.
        """
        stored = replace(record, version=record.version + 1)
        what = f"cannot record the state of {record.key}"
        write = {"Item": records.record_item(self._install, stored), **if_version(record.version)}
        first = stored.version * _PAGE  # lines of one moment stay in the order in which they were written
        more = [records.history_item(self._install, entry, first + at) for at, entry in enumerate(history)]
        if ended is not None:
            more.append(records.attempt_item(self._install, record.key, ended))
        if not more:
            self._put(what=what, item=write.pop("Item"), **write)
            return stored
        puts = [write, *({"Item": item} for item in more)]
        with translate(what):
            self._client.transact_write_items(
                TransactItems=[{"Put": {"TableName": self._name, **put}} for put in puts]
            )
        return stored

    def forget(self, key: ServiceKey, now: float) -> None:
        """Let the desired record of a pruned service expire; its history stays."""
        with translate(f"cannot let go of {key}"):
            self._client.update_item(
                TableName=self._name,
                Key=records.address(records.partition(self._install, key), records.DESIRED),
                UpdateExpression="SET expires_at = :at",
                ExpressionAttributeValues={":at": {"N": str(int(now) + records.TOMBSTONE_KEPT)}},
            )

    def history(self, key: ServiceKey, limit: int = 50) -> list[HistoryEntry]:
        """A service's history, newest first."""
        items = self._below(key, records.HISTORY, limit, newest_first=True)
        return [records.history_from(records.body(item)) for item in items]

    def attempts(self, key: ServiceKey, limit: int = 50) -> list[Attempt]:
        """Attempts that have ended, newest first."""
        items = self._below(key, records.ATTEMPT, limit, newest_first=True)
        return [records.attempt_from(records.body(item)) for item in items]

    def put_attempt(self, key: ServiceKey, attempt: Attempt) -> None:
        """Something new is known of an attempt that has ended."""
        self._put(records.attempt_item(self._install, key, attempt), f"cannot record an attempt of {key}")

    def add_stopped(self, task: StoppedTask) -> None:
        """Facts that the API forgets within the hour."""
        self._put(records.stopped_item(self._install, task), f"cannot record a stopped task of {task.key}")

    def stopped(self, key: ServiceKey, task_definition_arn: str, limit: int = 20) -> list[StoppedTask]:
        """The stopped tasks of one revision, newest first."""
        prefix = records.stopped_prefix(task_definition_arn)
        items = self._below(key, prefix, limit, newest_first=True)
        return [records.stopped_from(records.body(item)) for item in items]

    # --- all services --------------------------------------------------------------------------

    def keys(self) -> list[ServiceKey]:
        """Every service once, by cluster and name, from an index that may lag a moment behind."""
        found = self._query(**self._fleet(), ProjectionExpression="pk")
        return list(dict.fromkeys(records.service_key(item["pk"]["S"]) for item in found))

    def all(self) -> Iterator[Pair]:
        """Every service once, by cluster and name, from an index that may lag a moment behind."""
        items = self._query(**self._fleet())
        for partition_key, found in groupby(items, key=lambda item: str(item["pk"]["S"])):
            pair: Pair = (None, Record(records.service_key(partition_key)))
            for item in found:
                pair = with_item(pair, item)
            yield upgraded(*pair)

    def due(self, now: float) -> list[tuple[ServiceKey, float]]:
        """Services to look at again, and since when that is due, longest first."""
        items = self._query(
            IndexName="due",
            KeyConditionExpression="due = :fleet AND due_at <= :now",
            ExpressionAttributeValues={
                ":fleet": {"S": records.fleet(self._install)},
                ":now": {"N": f"{now:.3f}"},
            },
        )
        return [(records.service_key(item["pk"]["S"]), float(item["due_at"]["N"])) for item in items]

    # --- a source ------------------------------------------------------------------------------

    def source(self, source: str) -> Source:
        """What is remembered of a source."""
        with translate(f"cannot read what is known of source {source}"):
            answer = self._client.get_item(
                TableName=self._name, Key=records.source_address(self._install, source), ConsistentRead=True
            )
        return source_from(answer.get("Item", {}))

    def head(self, source: str) -> tuple[str | None, int]:
        """The commit taken in whole last (None at first) and the sequence of the newest read."""
        found = self.source(source)
        return found.head, found.sequence

    def begin_read(self, source: str) -> Source:
        """Take the next sequence number; what is known of the source comes with it, in one request."""
        return self._update_source(source, "ADD #sequence :one", {":one": {"N": "1"}}, names=("sequence",))

    def put_head(self, source: str, commit: str, sequence: int, *, looks_up: bool = True) -> None:
        """A reading that succeeded. Raises ConflictError when a later one has stored its head already."""
        said = "SET head = :head, head_sequence = :sequence, #schema = :schema, looks_up = :looks_up"
        self._update_source(
            source,
            said + FORGET_UNREAD,
            {
                ":looks_up": {"BOOL": looks_up},
                ":head": {"S": commit},
                ":sequence": {"N": str(sequence)},
                ":schema": {"N": str(records.SCHEMA)},
            },
            names=("schema",),
            condition="attribute_not_exists(head_sequence) OR head_sequence <= :sequence",
        )

    def note(self, source: str, now: float, **said: str) -> None:
        """One thing about a source, and since when: `seen`, `unreadable`, `late`, `notice` or `told`."""
        ((name, text),) = said.items()
        values = {":text": {"S": text}, ":now": {"N": f"{now:.3f}"}}
        self._update_source(source, f"SET {name} = :text, {name}_at = :now", values)

    def put_unread(self, source: str, trouble: Trouble, sequence: int) -> None:
        """A reading failed. Raises ConflictError when a later one has succeeded already."""
        update, values, condition = unread_values(trouble, sequence)
        self._update_source(source, update, values, condition=condition)

    def put_swept(self, source: str, now: float) -> None:
        """Everything was looked at."""
        self._update_source(source, "SET swept_at = :now", {":now": {"N": f"{now:.3f}"}})

    # --- the budget ----------------------------------------------------------------------------

    def take(self, update: Mapping[str, Any]) -> tuple[bool, dict[str, float]]:
        """Change the buckets if they are as the update expects: whether they were, and how they are now."""
        address = records.budget_address(self._install)
        asked = {"TableName": self._name, "Key": address, "ReturnValues": "ALL_NEW", **update}
        asked["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        with translate("cannot take from the API budget"):
            try:
                return True, moments_from(self._client.update_item(**asked)["Attributes"])
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                return False, moments_from(error.response.get("Item", {}))

    # --- DynamoDB ------------------------------------------------------------------------------

    def _update_source(
        self,
        source: str,
        expression: str,
        values: Item,
        names: Sequence[str] = (),
        condition: str = "",
    ) -> Source:
        request: dict[str, Any] = {
            "TableName": self._name,
            "Key": records.source_address(self._install, source),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
            "ReturnValues": "ALL_NEW",
        }
        if names:
            request["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
        if condition:
            request["ConditionExpression"] = condition
        with translate(f"cannot record what is known of source {source}"):
            return source_from(self._client.update_item(**request)["Attributes"])

    def _put(self, item: Item, what: str, **condition: Any) -> None:
        with translate(what):
            self._client.put_item(TableName=self._name, Item=item, **condition)

    def _batch_get(self, addresses: list[Item]) -> Iterator[Item]:
        for start in range(0, len(addresses), _PAGE):
            keys = addresses[start : start + _PAGE]
            asked = {self._name: {"Keys": keys, "ConsistentRead": True}}
            while asked:
                with translate("cannot read records"):
                    answer = self._client.batch_get_item(RequestItems=asked)
                yield from answer["Responses"].get(self._name, [])
                asked = answer.get("UnprocessedKeys") or {}

    def _below(self, key: ServiceKey, prefix: str, limit: int, *, newest_first: bool) -> list[Item]:
        with translate(f"cannot read what is remembered of {key}"):
            answer = self._client.query(
                TableName=self._name,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={
                    ":pk": {"S": records.partition(self._install, key)},
                    ":prefix": {"S": prefix},
                },
                ScanIndexForward=not newest_first,
                Limit=limit,
            )
        items: list[Item] = answer["Items"]
        return items

    def _fleet(self) -> dict[str, Any]:
        return {
            "IndexName": "fleet",
            "KeyConditionExpression": "fleet = :fleet",
            "ExpressionAttributeValues": {":fleet": {"S": records.fleet(self._install)}},
        }

    def _query(self, **request: Any) -> Iterator[Item]:
        start: dict[str, Any] = {}
        while True:
            with translate("cannot read records"):
                answer = self._client.query(TableName=self._name, **request, **start)
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
