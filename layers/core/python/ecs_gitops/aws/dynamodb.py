"""What is remembered: one DynamoDB table, every write that rests on a read conditional."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, TypeVar

from ecs_gitops.aws.dynamodb_requests import PAGE
from ecs_gitops.aws.dynamodb_sources import Sources
from ecs_gitops.model.desired import Desired, Document
from ecs_gitops.model.errors import TooLargeError, UnreadableError
from ecs_gitops.model.live import StoppedTask
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Attempt, HistoryEntry, Record
from ecs_gitops.rollout.upgrade import upgraded
from ecs_gitops.store import bounds, records
from ecs_gitops.store.records import Item
from ecs_gitops.store.stored import Pair, as_told, if_version, moment_of, read, with_item, with_stand_in

_Noun = TypeVar("_Noun")

_LOG = logging.getLogger(__name__)


class Table(Sources):
    """Records of all services of one install.

    An item that cannot be read is told, and stops no other: see `store.stored`.
    """

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
            pairs[key] = _with(pairs[key], item)
        return {key: upgraded(*as_told(pair)) for key, pair in pairs.items()}

    def desired(self, keys: Iterable[ServiceKey]) -> dict[ServiceKey, Desired]:
        """Git's word on those of these services that it ever named, by consistent reads."""
        partitions = [records.partition(self._install, key) for key in keys]
        found: dict[ServiceKey, Desired] = {}
        for item in self._batch_get([records.address(each, records.DESIRED) for each in partitions]):
            desired, record = _with((None, Record(records.service_key(item["pk"]["S"]))), item)
            if desired is not None:
                found[record.key] = desired
        return found

    def records(self, keys: Iterable[ServiceKey]) -> dict[ServiceKey, Record]:
        """What is remembered of each of these services; an empty record of those that are unknown."""
        wanted = {records.partition(self._install, key): Record(key) for key in keys}
        for item in self._batch_get([records.address(each, records.RECORD) for each in wanted]):
            _, wanted[item["pk"]["S"]] = _with((None, wanted[item["pk"]["S"]]), item)
        return {record.key: record for record in wanted.values()}

    def put_desired(self, desired: Desired) -> None:
        """Raises ConflictError when a later read of the source has written already, TooLargeError."""
        what = f"cannot record what Git says of {desired.key}"
        item = records.desired_item(self._install, desired)
        _check_size([item], bounds.LARGEST_ITEM, what)
        self._put(
            item,
            what,
            ConditionExpression="attribute_not_exists(pk) OR #sequence <= :sequence "
            "OR NOT attribute_type(#sequence, :number)",
            ExpressionAttributeNames={"#sequence": "sequence"},
            ExpressionAttributeValues={":sequence": {"N": str(desired.sequence)}, ":number": {"S": "N"}},
        )

    def put_record(
        self, record: Record, history: Sequence[HistoryEntry] = (), ended: Attempt | None = None
    ) -> Record:
        """Store a record, with what happened, at once; returns it as stored (its version moved on).

        Raises ConflictError when somebody stored one since this was read, TooLargeError when it is more
        than DynamoDB takes.
        """
        stored = bounds.record(replace(record, version=record.version + 1))
        what = f"cannot record the state of {record.key}"
        write: dict[str, Any] = {
            "Item": records.record_item(self._install, stored),
            **if_version(record.version),
        }
        _check_size([write["Item"]], bounds.LARGEST_ITEM, what)
        first = stored.version * PAGE  # lines of one moment stay in the order in which they were written
        lines = enumerate(bounds.history(history), start=first)
        more = [records.history_item(self._install, entry, at) for at, entry in lines]
        if ended is not None:
            more.append(records.attempt_item(self._install, record.key, ended))
        if not more:
            self._put(what=what, item=write.pop("Item"), **write)
            return stored
        puts: list[dict[str, Any]] = [write, *({"Item": item} for item in more)]
        _check_size([put["Item"] for put in puts], bounds.LARGEST_TRANSACTION, f"{what} and its history")
        self._put_together(puts, what)
        return stored

    def set_aside(self, key: ServiceKey, now: float) -> None:
        """Put a record that cannot be read where a person finds it; then there is an empty one."""
        place = records.address(records.partition(self._install, key), records.RECORD)
        what = f"cannot set aside what is remembered of {key}"
        for found in self._batch_get([place]):
            self._put(records.set_aside(found, now), what)
            self._put(records.record_item(self._install, Record(key)), what)

    def wait_for_mending(self, key: ServiceKey) -> None:
        """A record that cannot be read is not due any more: looking at it again and again mends nothing."""
        place = records.address(records.partition(self._install, key), records.RECORD)
        self._update(f"cannot put off {key}", Key=place, UpdateExpression="REMOVE due, due_at")

    def forget(self, key: ServiceKey, now: float) -> None:
        """Let the desired record of a pruned service expire; its history stays."""
        self._update(
            f"cannot let go of {key}",
            Key=records.address(records.partition(self._install, key), records.DESIRED),
            UpdateExpression="SET expires_at = :at",
            ExpressionAttributeValues={":at": {"N": str(int(now) + records.TOMBSTONE_KEPT)}},
        )

    def history(self, key: ServiceKey, limit: int = 50) -> list[HistoryEntry]:
        """A service's history, newest first."""
        items = self._below(key, records.HISTORY, limit, newest_first=True)
        return [_line(key, item) for item in items]

    def attempts(self, key: ServiceKey, limit: int = 50) -> list[Attempt]:
        """Attempts that have ended, newest first."""
        items = self._below(key, records.ATTEMPT, limit, newest_first=True)
        return _readable(items, records.attempt_from)

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
        return _readable(items, records.stopped_from)

    # --- all services --------------------------------------------------------------------------

    def keys(self) -> list[ServiceKey]:
        """Every service once, by cluster and name, from an index that may lag a moment behind."""
        found = (_key(item) for item in self._query(**self._fleet(), ProjectionExpression="pk"))
        return list(dict.fromkeys(key for key in found if key is not None))

    def all(self) -> Iterator[Pair]:
        """Every service once, by cluster and name, from an index that may lag a moment behind."""
        items = self._query(**self._fleet())
        for key, found in groupby(items, key=_key):
            if key is None:
                continue
            pair: Pair = (None, Record(key))
            for item in found:
                pair = _with(pair, item)
            yield upgraded(*as_told(pair))

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
        found = ((_key(item), float(item["due_at"]["N"])) for item in items)
        return [(key, at) for key, at in found if key is not None]

    def _below(self, key: ServiceKey, prefix: str, limit: int, *, newest_first: bool) -> list[Item]:
        return self._page(
            f"cannot read what is remembered of {key}",
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":pk": {"S": records.partition(self._install, key)},
                ":prefix": {"S": prefix},
            },
            ScanIndexForward=not newest_first,
            Limit=limit,
        )


def _with(pair: Pair, item: Item) -> Pair:
    """What is known of a service, and one item more; one that cannot be read is told, and stood in for."""
    try:
        return with_item(pair, item)
    except UnreadableError as error:
        _LOG.error(str(error))
        return with_stand_in(pair, item, error)


def _key(item: Item) -> ServiceKey | None:
    """The service that an item of an index is about; None, and told, when it is about none."""
    try:
        return records.service_key(item["pk"]["S"])
    except ValueError:
        _LOG.error(f"cannot read item {item['pk']['S']}: it is about no service. Look who put it there.")
        return None


def _line(key: ServiceKey, item: Item) -> HistoryEntry:
    """A line of history, or a line that says that it cannot be read."""
    try:
        return read(item, records.history_from)
    except UnreadableError as error:
        return HistoryEntry(key, moment_of(item), "", "", "Unreadable", str(error))


def _readable(items: Iterable[Item], noun: Callable[[Document], _Noun]) -> list[_Noun]:
    """Those items that can be read; of the others is told."""
    found = []
    for item in items:
        try:
            found.append(read(item, noun))
        except UnreadableError as error:
            _LOG.error(str(error))
    return found


def _check_size(items: Iterable[Item], most: int, what: str) -> None:
    """Say what is too large, and by how much, before DynamoDB says that something is."""
    if (size := sum(map(bounds.size, items))) > most:
        raise TooLargeError(f"{what}: that takes {size:,} bytes, and DynamoDB takes {most:,} at most")
