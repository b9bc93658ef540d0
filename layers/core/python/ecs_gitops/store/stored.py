"""What was read together, and what a write may rest on: the table's items as a turn needs them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecs_gitops.model.desired import Desired
from ecs_gitops.model.record import Record
from ecs_gitops.store import records
from ecs_gitops.store.records import Item

Pair = tuple[Desired | None, Record]


def with_item(pair: Pair, item: Item) -> Pair:
    """What is known of a service, and one item more."""
    data = records.body(item)
    if item["sk"]["S"] == records.DESIRED:
        return records.desired_from(data), pair[1]
    return pair[0], replace(records.record_from(data), version=int(item["version"]["N"]))


def if_version(version: int) -> dict[str, Any]:
    """The condition that nobody wrote since a record was read; version 0 is none at all."""
    if version == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def moments_from(item: Mapping[str, Any]) -> dict[str, float]:
    """The moments (seconds) that an item holds, by their names."""
    return {name: float(value["N"]) for name, value in item.items() if "N" in value}
