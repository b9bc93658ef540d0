"""Keys and encodings of what is remembered: our nouns ↔ items of the table. Pure.

Every item carries `schema`. An item of an older release lacks fields, which then take their defaults; one
of a newer release has fields we do not know, which are left alone.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from ecs_gitops.model.desired import Desired, Document, Problem, ReconcilePolicy, RolloutPolicy, Stated
from ecs_gitops.model.live import StoppedContainer, StoppedTask
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import (
    Attempt,
    Booking,
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
from ecs_gitops.model.vocabulary import Effect, Health, Mode, Outcome, Reason, Sync

SCHEMA = 1
DESIRED = "desired"
RECORD = "record"
ATTEMPT = "attempt#"
HISTORY = "history#"
STOPPED = "stopped#"
STOPPED_KEPT = 14 * 24 * 3600
"""Seconds that facts about stopped tasks are kept."""
TOMBSTONE_KEPT = 30 * 24 * 3600
"""Seconds that a pruned service is remembered."""

Item = dict[str, dict[str, Any]]
"""A DynamoDB item as the low-level API spells it."""


def fleet(install: Install) -> str:
    """The hash key of the indexes over all services of this account and Region."""
    return f"{install.account}/{install.region}"


def partition(install: Install, key: ServiceKey) -> str:
    """Partition key of everything remembered of one service."""
    return f"{fleet(install)}/{key.cluster}/Service/{key.name}"


def service_key(partition_key: str) -> ServiceKey:
    """The inverse of `partition`."""
    _, _, cluster, _, name = partition_key.split("/")
    return ServiceKey(cluster, name)


def address(partition_key: str, sort_key: str) -> Item:
    """An item's key."""
    return {"pk": {"S": partition_key}, "sk": {"S": sort_key}}


def source_address(install: Install, source: str) -> Item:
    """Key of the item that holds a source's head and sequence."""
    return address(f"{fleet(install)}/_source/{source}", "source")


def budget_address(install: Install) -> Item:
    """Key of the item that holds the token buckets of this account and Region."""
    return address(f"{fleet(install)}/_budget/ecs", "budget")


def desired_item(install: Install, desired: Desired) -> Item:
    """A desired record; its sequence stands beside the body for conditions."""
    item = _packed(_item(install, desired.key, DESIRED, desired))
    return {**item, "fleet": {"S": fleet(install)}, "sequence": {"N": str(desired.sequence)}}


def record_item(install: Install, record: Record) -> Item:
    """A record; version and due time stand beside the body for conditions and the index of due times."""
    item = _packed(_item(install, record.key, RECORD, record))
    item |= {"fleet": {"S": fleet(install)}, "version": {"N": str(record.version)}}
    if record.due_at is not None:
        item |= {"due": {"S": fleet(install)}, "due_at": {"N": f"{record.due_at:.3f}"}}
    return item


def attempt_item(install: Install, key: ServiceKey, attempt: Attempt) -> Item:
    """An attempt that has ended, beside the newest one, which is part of the record."""
    return _item(install, key, f"{ATTEMPT}{_sortable(attempt.started_at)}#{attempt.id}", attempt)


def history_item(install: Install, entry: HistoryEntry, ordinal: int = 0) -> Item:
    """One line of history; `ordinal` orders lines of one moment."""
    sort_key = f"{HISTORY}{_sortable(entry.at)}#{ordinal:010d}#{entry.event}"
    return _item(install, entry.key, sort_key, entry)


def stopped_item(install: Install, task: StoppedTask) -> Item:
    """A stopped task's facts, which expire."""
    revision = task.task_definition_arn.rpartition("/")[2]
    sort_key = f"{STOPPED}{revision}#{_sortable(task.stopped_at)}#{task.task_arn.rpartition('/')[2]}"
    item = _item(install, task.key, sort_key, task)
    return {**item, "expires_at": {"N": str(int(task.stopped_at) + STOPPED_KEPT)}}


def stopped_prefix(task_definition_arn: str) -> str:
    """Beginning of the sort keys of all stopped tasks of one revision."""
    return f"{STOPPED}{task_definition_arn.rpartition('/')[2]}#"


def body(item: Mapping[str, Any]) -> Document:
    """An item's document, packed or, in small items and those of release 0.1, as text."""
    stored = item["body"]
    document: Document = json.loads(zlib.decompress(stored["B"]) if "B" in stored else stored["S"])
    return document


def desired_from(data: Document) -> Desired:
    """The inverse of a desired record's body."""
    rollout, policy = data.get("rollout") or {}, data.get("policy") or {}
    return Desired(
        **_plain(Desired, data, "key", "stated", "rollout", "policy", "problem", "unread"),
        key=ServiceKey(**data["key"]),
        stated=_stated(data.get("stated")),
        rollout=RolloutPolicy(
            **_plain(RolloutPolicy, rollout, "wait_for"),
            wait_for=_keys(rollout.get("wait_for")),
        ),
        policy=ReconcilePolicy(
            **_plain(ReconcilePolicy, policy, "mode"), mode=Mode(policy.get("mode", Mode.AUTO))
        ),
        problem=_problem(data.get("problem")),
        unread=_keys(data.get("unread")),
    )


def record_from(data: Document) -> Record:
    """The inverse of a record's body."""
    return Record(
        **_plain(
            Record,
            data,
            *(
                "key",
                "applied",
                "applying",
                "replaced",
                "replaced_stated",
                "succeeded",
                "attempt",
                "quarantine",
                "heals",
                "waiting_for",
                "blocked_by",
                "status",
                "paused",
                "changed",
                "booked",
            ),
        ),
        key=ServiceKey(**data["key"]),
        applied=_stated(data.get("applied")),
        applying=_stated(data.get("applying")),
        replaced=attempt_from(data["replaced"]) if data.get("replaced") else None,
        replaced_stated=_stated(data.get("replaced_stated")),
        succeeded=_succeeded(data.get("succeeded")),
        attempt=attempt_from(data["attempt"]) if data.get("attempt") else None,
        quarantine=tuple(Quarantined(**_plain(Quarantined, each)) for each in data.get("quarantine", ())),
        heals=tuple(_heal(each) for each in data.get("heals", ())),
        waiting_for=_keys(data.get("waiting_for")),
        blocked_by=_keys(data.get("blocked_by")),
        status=status_from(data["status"]) if data.get("status") else None,
        paused=Pause(**_plain(Pause, data["paused"])) if data.get("paused") else None,
        changed=Outside(**_plain(Outside, data["changed"])) if data.get("changed") else None,
        booked=tuple(Booking(**_plain(Booking, each)) for each in data.get("booked", ())),
    )


def attempt_from(data: Document) -> Attempt:
    """The inverse of an attempt's body."""
    outcome = data.get("outcome")
    return Attempt(**_plain(Attempt, data, "outcome"), outcome=Outcome(outcome) if outcome else None)


def status_from(data: Document) -> Status:
    """The inverse of a status inside a record."""
    return Status(
        **_plain(Status, data, "sync", "health", "reason", "changes"),
        sync=Sync(data["sync"]),
        health=Health(data["health"]),
        reason=Reason(data["reason"]),
        changes=_changes(data.get("changes")),
    )


def history_from(data: Document) -> HistoryEntry:
    """The inverse of a history line's body."""
    return HistoryEntry(
        **_plain(HistoryEntry, data, "key", "changes"),
        key=ServiceKey(**data["key"]),
        changes=_changes(data.get("changes")),
    )


def stopped_from(data: Document) -> StoppedTask:
    """The inverse of a stopped task's body."""
    return StoppedTask(
        **_plain(StoppedTask, data, "key", "containers"),
        key=ServiceKey(**data["key"]),
        containers=tuple(StoppedContainer(**_plain(StoppedContainer, each)) for each in data["containers"]),
    )


def to_json(value: object) -> str:
    """Any of our values as one line of JSON: dataclasses as objects."""
    return json.dumps(value, default=_to_plain, separators=(",", ":"), ensure_ascii=False)


def _item(install: Install, key: ServiceKey, sort_key: str, value: object) -> Item:
    item = address(partition(install, key), sort_key)
    return {**item, "schema": {"N": str(SCHEMA)}, "body": {"S": to_json(value)}}


def _packed(item: Item) -> Item:
    """The body compressed: a record says one task definition up to four times, and all are read at once."""
    return {**item, "body": {"B": zlib.compress(item["body"]["S"].encode())}}


def _to_plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot remember a {type(value).__name__}")


def _plain(noun: type[Any], data: Document, *apart: str) -> dict[str, Any]:
    """The members of a noun that need no conversion; what it does not know is left out."""
    return {
        field.name: data[field.name]
        for field in fields(noun)
        if field.name in data and field.name not in apart
    }


def _stated(data: Document | None) -> Stated | None:
    return Stated(**_plain(Stated, data)) if data else None


def _succeeded(data: Document | None) -> Succeeded | None:
    """An older release remembered a whole statement, and no revision's ARN."""
    if not data:
        return None
    return Succeeded(**{"task_definition_arn": "", **_plain(Succeeded, data)})


def _heal(data: Document | float) -> Heal:
    """An older release remembered the time alone."""
    if isinstance(data, Mapping):
        return Heal(data["at"], tuple(data.get("fields", ())))
    return Heal(float(data))


def _problem(data: Document | None) -> Problem | None:
    return Problem(Reason(data["reason"]), data["message"], data["commit"]) if data else None


def _keys(data: Sequence[Document] | None) -> tuple[ServiceKey, ...]:
    return tuple(ServiceKey(**each) for each in data or ())


def _changes(data: Sequence[Document] | None) -> tuple[Change, ...]:
    return tuple(
        Change(each["path"], each["live"], each["desired"], Effect(each["effect"])) for each in data or ()
    )


def _sortable(seconds: float) -> str:
    """Seconds as text that sorts as they do."""
    return f"{seconds:017.6f}"
