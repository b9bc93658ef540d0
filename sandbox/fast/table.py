"""moto copies a whole table for each write of a transaction; here only what it touches is copied."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import moto.dynamodb.models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from sandbox.wires.parts import Replacement


def replacements() -> tuple[Replacement, ...]:
    """What a world sets in moto."""
    return (
        Replacement(moto.dynamodb.models, "copy", _Copies),
        Replacement(DynamoDBBackend, "transact_write_items", _transact_write_items),
    )


class _Copies:
    """The module `copy` as moto's DynamoDB uses it: a table stands for its own backup."""

    @staticmethod
    def deepcopy(value: Any) -> Any:
        return value if isinstance(value, Table) else copy.deepcopy(value)


@dataclass(frozen=True, slots=True)
class _Before:
    """One place of a table, and what was there."""

    table: Any
    partition: DynamoType
    sort: DynamoType
    item: Item | None

    def restore(self) -> None:
        """Put it back."""
        if self.item is not None:
            self.table.items[self.partition][self.sort] = self.item
        else:
            self.table.items[self.partition].pop(self.sort, None)


_slow_transact = DynamoDBBackend.transact_write_items


def _transact_write_items(backend: Any, transact_items: Sequence[Mapping[str, Any]]) -> None:
    """All or nothing, as moto's."""
    before = [_before(backend, op) for item in transact_items for op in item.values()]
    try:
        _slow_transact(backend, list(transact_items))
    except Exception:
        for place in before:
            if place is not None:
                place.restore()
        raise


def _before(backend: Any, op: Mapping[str, Any]) -> _Before | None:
    table = backend.tables.get(op.get("TableName"))
    key = op.get("Key") or op.get("Item") or {}
    if table is None or table.range_key_attr is None or {*table.table_key_attrs} - key.keys():
        return None
    partition, sort = (DynamoType(key[name]) for name in (table.hash_key_attr, table.range_key_attr))
    found = table.items.get(partition, {}).get(sort)
    return _Before(table, partition, sort, copy.deepcopy(found))
