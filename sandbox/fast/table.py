"""moto copies a whole table for each write of a transaction; here only what it touches is copied.

And DynamoDB's limits of size where moto's differ: 400 KB an item, 4 MB the items of a transaction
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import moto.dynamodb.models
from moto.dynamodb import comparisons
from moto.dynamodb.exceptions import ItemSizeTooLarge, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

from sandbox.wires.parts import Replacement


def replacements() -> tuple[Replacement, ...]:
    """What a world sets in moto."""
    return (
        Replacement(moto.dynamodb.models, "copy", _Copies),
        Replacement(DynamoDBBackend, "transact_write_items", _transact_write_items),
        Replacement(LimitedSizeDict, "__setitem__", _set_attribute),
        *(Replacement(kind, "expr", _comparing(kind.expr)) for kind in _COMPARISONS),
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


_COMPARISONS: tuple[Any, ...] = (
    comparisons.OpLessThan,
    comparisons.OpLessThanOrEqual,
    comparisons.OpGreaterThan,
    comparisons.OpGreaterThanOrEqual,
    comparisons.FuncBetween,
)


def _comparing(slow: Any) -> Any:
    """A text is neither smaller nor greater than a number: such a condition does not hold."""

    def expr(comparison: Any, item: Any) -> bool:
        try:
            return bool(slow(comparison, item))
        except TypeError:
            return False

    return expr


LARGEST_ITEM = 400 * 1024
LARGEST_TRANSACTION = 4 * 2**20


def _set_attribute(attributes: Any, name: str, value: Any) -> None:
    """An item that would be larger than DynamoDB lets it be is refused in its words."""
    others = sum(_size(*each) for each in attributes.items() if each[0] != name)
    if others + _size(name, value) > LARGEST_ITEM:
        raise ItemSizeTooLarge
    dict.__setitem__(attributes, name, value)


def _size(name: str, value: Any) -> int:
    size = value.size() if isinstance(value, DynamoType) else len(str(value).encode())
    return len(name.encode()) + int(size)


_slow_transact = DynamoDBBackend.transact_write_items


def _transact_write_items(backend: Any, transact_items: Sequence[Mapping[str, Any]]) -> None:
    """All or nothing, as moto's. The words for too much together are ours: AWS publishes none."""
    written = [op["Item"] for item in transact_items for op in item.values() if "Item" in op]
    size = sum(_size(name, DynamoType(held)) for item in written for name, held in item.items())
    if size > LARGEST_TRANSACTION:
        raise MockValidationException("Transaction size has exceeded the maximum allowed size")
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
