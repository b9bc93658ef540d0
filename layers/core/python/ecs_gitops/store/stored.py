"""What was read together, and what a write may rest on: the table's items as a turn needs them. Pure.

An item that cannot be read stops nobody but its service: something stands in for it that says so, on
which nothing is done and over which nothing is written.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from ecs_gitops.model.desired import Desired, Document, Problem
from ecs_gitops.model.errors import UnreadableError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health, Reason, Sync
from ecs_gitops.store import records
from ecs_gitops.store.records import Item

Pair = tuple[Desired | None, Record]
_Noun = TypeVar("_Noun")

UNREADABLE: Final = -1
"""Version of what stands in for a record that cannot be read: no record has it, so none is written over."""

_WRONG: Final = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    zlib.error,
)
"""What reading something raises that we did not write, or that was damaged."""


def read(item: Mapping[str, Any], noun: Callable[[Document], _Noun]) -> _Noun:
    """An item as the noun it holds. Raises UnreadableError, which names the item and what is wrong."""
    try:
        return noun(records.body(item))
    except _WRONG as error:
        where = f"item {item['sk']['S']} of {item['pk']['S']}"
        raise UnreadableError(f"cannot read {where}: {_why(error)}") from error


def with_item(pair: Pair, item: Item) -> Pair:
    """What is known of a service, and one item more. Raises UnreadableError."""
    if item["sk"]["S"] == records.DESIRED:
        return read(item, _about(pair[1].key, records.desired_from)), pair[1]
    found = read(item, _about(pair[1].key, records.record_from))
    return pair[0], replace(found, version=read(item, lambda _: int(item["version"]["N"])))


def with_stand_in(pair: Pair, item: Item, error: UnreadableError) -> Pair:
    """What is known of a service, and that one item of it cannot be read."""
    desired, record = pair
    said = f"{str(error)[:1].upper()}{str(error)[1:]}."
    if item["sk"]["S"] == records.DESIRED:
        next_time = (
            "The next full sweep has Git read again, which writes it anew; nothing is done until then."
        )
        message = f"{said} {next_time}"
        problem = Problem(Reason.UNREADABLE, message, "")
        return Desired(record.key, "", "", sequence_from(item), None, problem=problem), record
    message = (
        f"{said} Nothing is done for this service. Deploy the release that wrote it, or run "
        f"`ecs-gitops sync {record.key}`: the item is set aside, and what it knew is read back from ECS."
    )
    status = Status(Sync.UNKNOWN, Health.UNKNOWN, Reason.UNREADABLE, message)
    return desired, Record(record.key, status=status, version=UNREADABLE)


def as_told(pair: Pair) -> Pair:
    """The same, with a status that says what cannot be read: that is what a person is told of it."""
    desired, record = pair
    message = unreadable(pair)
    if not message or record.version == UNREADABLE:
        return pair
    applied = record.applied.commit if record.applied else ""
    status = Status(Sync.UNKNOWN, Health.UNKNOWN, Reason.UNREADABLE, message, applied_commit=applied)
    return desired, replace(record, status=status)


def unreadable(pair: Pair) -> str:
    """What of a service cannot be read, and what is to be done; "" when all can."""
    desired, record = pair
    if record.version == UNREADABLE and record.status is not None:
        return record.status.message
    problem = desired.problem if desired is not None else None
    return problem.message if problem is not None and problem.reason is Reason.UNREADABLE else ""


def if_version(version: int) -> dict[str, Any]:
    """The condition that nobody wrote since a record was read; version 0 is none, or an empty one."""
    condition = "#version = :version"
    return {
        "ConditionExpression": f"attribute_not_exists(pk) OR {condition}" if version == 0 else condition,
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def moments_from(item: Mapping[str, Any]) -> dict[str, float]:
    """The moments (seconds) that an item holds, by their names."""
    return {name: float(value["N"]) for name, value in item.items() if "N" in value}


def sound_budget(item: Item) -> Item | None:
    """The budget's item without what is no moment; None when it holds nothing else."""
    sound = {name: value for name, value in item.items() if "N" in value or name in ("pk", "sk")}
    return None if sound.keys() == item.keys() else sound


def sequence_from(item: Mapping[str, Any]) -> int:
    """The read of the source that a desired record is of; 0 where there is none."""
    found = item.get("sequence", {}).get("N", "0")
    return int(found) if found.isdecimal() else 0


def moment_of(item: Mapping[str, Any]) -> float:
    """When a line of history was written, by its place; 0.0 where that says no time."""
    try:
        return float(item["sk"]["S"].split("#")[1])
    except (IndexError, ValueError):
        return 0.0


def _about(key: ServiceKey, noun: Callable[[Document], Any]) -> Callable[[Document], Any]:
    """The same noun, of this very service."""

    def found(data: Document) -> Any:
        made = noun(data)
        if made.key != key:
            raise ValueError(f"its body is about {made.key}")
        return made

    return found


def _why(error: Exception) -> str:
    match error:
        case RecursionError():
            return "its body is nested too deeply"
        case zlib.error():
            return "its body is not packed as ours are"
        case KeyError():
            return f"it lacks {error}"
        case UnicodeDecodeError() | json.JSONDecodeError():
            return "its body is no JSON"
        case _:
            return str(error)
