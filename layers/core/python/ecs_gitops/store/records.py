"""Keys and encodings of what is remembered: our nouns ↔ items of the table. Pure.

Every item carries `schema`. An item of an older release lacks fields, which then take their defaults; one
of a newer release has fields we do not know, which are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from ecs_gitops.store import bounds
from ecs_gitops.store.body import SCHEMA, Item, body, packed, to_json
from ecs_gitops.store.members import plain, several, text

__all__ = ["SCHEMA", "Item", "body", "to_json"]

DESIRED = "desired"
RECORD = "record"
ATTEMPT = "attempt#"
HISTORY = "history#"
STOPPED = "stopped#"
UNREADABLE = "unreadable#"
STOPPED_KEPT = 14 * 24 * 3600
"""Seconds that facts about stopped tasks are kept."""
TOMBSTONE_KEPT = 30 * 24 * 3600
"""Seconds that a pruned service is remembered."""


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
    item = packed(_item(install, desired.key, DESIRED, bounds.desired(desired)))
    return {**item, "fleet": {"S": fleet(install)}, "sequence": {"N": str(desired.sequence)}}


def record_item(install: Install, record: Record) -> Item:
    """A record; version and due time stand beside the body for conditions and the index of due times."""
    item = packed(_item(install, record.key, RECORD, bounds.record(record)))
    item |= {"fleet": {"S": fleet(install)}, "version": {"N": str(record.version)}}
    if record.due_at is not None:
        item |= {"due": {"S": fleet(install)}, "due_at": {"N": f"{record.due_at:.3f}"}}
    return item


def attempt_item(install: Install, key: ServiceKey, attempt: Attempt) -> Item:
    """An attempt that has ended, beside the newest one, which is part of the record."""
    sort_key = f"{ATTEMPT}{_sortable(attempt.started_at)}#{attempt.id}"
    return _item(install, key, sort_key, bounds.attempt(attempt))


def history_item(install: Install, entry: HistoryEntry, ordinal: int = 0) -> Item:
    """One line of history; `ordinal` orders lines of one moment."""
    sort_key = f"{HISTORY}{_sortable(entry.at)}#{ordinal:010d}#{entry.event}"
    return packed(_item(install, entry.key, sort_key, bounds.entry(entry)))


def stopped_item(install: Install, task: StoppedTask) -> Item:
    """A stopped task's facts, which expire."""
    revision = task.task_definition_arn.rpartition("/")[2]
    sort_key = f"{STOPPED}{revision}#{_sortable(task.stopped_at)}#{task.task_arn.rpartition('/')[2]}"
    item = _item(install, task.key, sort_key, bounds.stopped(task))
    return {**item, "expires_at": {"N": str(int(task.stopped_at) + STOPPED_KEPT)}}


def set_aside(item: Item, now: float) -> Item:
    """The same item where nobody reads it but a person who looks for it; `now` in seconds."""
    kept = {name: value for name, value in item.items() if name not in ("fleet", "due", "due_at")}
    return {**kept, "sk": {"S": f"{UNREADABLE}{_sortable(now)}#{item['sk']['S']}"}}


def stopped_prefix(task_definition_arn: str) -> str:
    """Beginning of the sort keys of all stopped tasks of one revision."""
    return f"{STOPPED}{task_definition_arn.rpartition('/')[2]}#"


def desired_from(data: Document) -> Desired:
    """The inverse of a desired record's body."""
    rollout, policy = data.get("rollout") or {}, data.get("policy") or {}
    return Desired(
        **plain(Desired, data, "key", "stated", "rollout", "policy", "problem", "unread", "renamed"),
        key=_key(data["key"]),
        stated=_stated(data.get("stated")),
        rollout=RolloutPolicy(
            **plain(RolloutPolicy, rollout, "wait_for"),
            wait_for=several(_key, rollout.get("wait_for")),
        ),
        policy=ReconcilePolicy(
            **plain(ReconcilePolicy, policy, "mode"), mode=Mode(policy.get("mode", Mode.AUTO))
        ),
        problem=_problem(data.get("problem")),
        unread=several(_key, data.get("unread")),
        renamed=dict(data.get("renamed") or {}),
    )


def record_from(data: Document) -> Record:
    """The inverse of a record's body."""
    return Record(
        **plain(
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
        key=_key(data["key"]),
        applied=_stated(data.get("applied")),
        applying=_stated(data.get("applying")),
        replaced=attempt_from(data["replaced"]) if data.get("replaced") else None,
        replaced_stated=_stated(data.get("replaced_stated")),
        succeeded=_succeeded(data.get("succeeded")),
        attempt=attempt_from(data["attempt"]) if data.get("attempt") else None,
        quarantine=several(lambda each: Quarantined(**plain(Quarantined, each)), data.get("quarantine")),
        heals=several(_heal, data.get("heals")),
        waiting_for=several(_key, data.get("waiting_for")),
        blocked_by=several(_key, data.get("blocked_by")),
        status=status_from(data["status"]) if data.get("status") else None,
        paused=Pause(**plain(Pause, data["paused"])) if data.get("paused") else None,
        changed=Outside(**plain(Outside, data["changed"])) if data.get("changed") else None,
        booked=several(lambda each: Booking(**plain(Booking, each)), data.get("booked")),
    )


def attempt_from(data: Document) -> Attempt:
    """The inverse of an attempt's body."""
    outcome = data.get("outcome")
    return Attempt(**plain(Attempt, data, "outcome"), outcome=Outcome(outcome) if outcome else None)


def status_from(data: Document) -> Status:
    """The inverse of a status inside a record."""
    return Status(
        **plain(Status, data, "sync", "health", "reason", "changes"),
        sync=Sync(data["sync"]),
        health=Health(data["health"]),
        reason=Reason(data["reason"]),
        changes=several(_change, data.get("changes")),
    )


def history_from(data: Document) -> HistoryEntry:
    """The inverse of a history line's body."""
    return HistoryEntry(
        **plain(HistoryEntry, data, "key", "changes"),
        key=_key(data["key"]),
        changes=several(_change, data.get("changes")),
    )


def stopped_from(data: Document) -> StoppedTask:
    """The inverse of a stopped task's body."""
    return StoppedTask(
        **plain(StoppedTask, data, "key", "containers"),
        key=_key(data["key"]),
        containers=several(
            lambda each: StoppedContainer(**plain(StoppedContainer, each)), data["containers"]
        ),
    )


def _item(install: Install, key: ServiceKey, sort_key: str, value: object) -> Item:
    item = address(partition(install, key), sort_key)
    return {**item, "schema": {"N": str(SCHEMA)}, "body": {"S": to_json(value)}}


def _stated(data: Document | None) -> Stated | None:
    return Stated(**plain(Stated, data)) if data else None


def _succeeded(data: Document | None) -> Succeeded | None:
    """An older release remembered a whole statement, and no revision's ARN."""
    if not data:
        return None
    return Succeeded(**{"task_definition_arn": "", **plain(Succeeded, data)})


def _heal(data: Any) -> Heal:
    """An older release remembered the time alone."""
    if isinstance(data, Mapping):
        return Heal(**plain(Heal, data, "fields"), fields=several(text, data.get("fields")))
    return Heal(float(data))


def _problem(data: Document | None) -> Problem | None:
    if not data:
        return None
    return Problem(**plain(Problem, data, "reason"), reason=Reason(data["reason"]))


def _key(data: Document) -> ServiceKey:
    return ServiceKey(**plain(ServiceKey, data))


def _change(data: Document) -> Change:
    return Change(text(data["path"]), data["live"], data["desired"], Effect(data["effect"]))


def _sortable(seconds: float) -> str:
    """Seconds as text that sorts as they do."""
    return f"{seconds:017.6f}"
