"""One form for both sides, by the tables; knows no field name. Pure.

In canonical form two documents are equal exactly when AWS treats them alike: defaults are filled in
where the map that holds them is given, empty lists and maps are gone, units are converted, lists whose
order means nothing are sorted, what AWS alone sets is gone. 0, False and "" are values and stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.field import ABSENT, UNNAMED, Node, Table

_PLAIN: Final = (str, int, float)
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(table: Table, document: Document) -> dict[str, Any]:
    """The one form of a request or of the answer that describes it. Idempotent."""
    return _map(table.tree, document, document)


def canonical_field(table: Table, document: Document, name: str) -> Any:
    """One field of the canonical form, without making the rest of it; None where it has none."""
    value = _member(table.tree.child(name), document.get(name), document, document)
    return None if value is ABSENT else value


def item_key(order_key: Sequence[str], item: Any) -> tuple[Any, ...]:
    """What identifies an item of a list: the members its row names, or a plain item itself."""
    if not isinstance(item, Mapping):
        return (item,)
    return tuple(item.get(name, "") for name in order_key)


def _map(node: Node, document: Document, root: Document) -> dict[str, Any]:
    filled, children = {}, node.children
    for name, value in document.items():
        child = children.get(name, UNNAMED)
        if not (child.is_literal and isinstance(value, _PLAIN)):  # most are
            value = _member(child, value, root, document)
        if value is not ABSENT:
            filled[name] = value
    for name, value in node.constants:
        if name not in document:
            filled[name] = value
    for name in node.filled:
        if name not in document:
            value = _member(children[name], None, root, document)
            if value is not ABSENT:
                filled[name] = value
    return filled


def _member(node: Node, value: Any, root: Document, parent: Document) -> Any:
    row = node.row
    if row.read_only and row.is_read_only_in(root, parent):
        return ABSENT
    if value is None or _is_empty(value) or value in row.blank:
        value = row.default_in(root, parent)
    if value is ABSENT:
        return ABSENT
    value = _value(node, value if row.unit is None else row.unit(value), root)
    return ABSENT if _is_empty(value) else value


def _value(node: Node, value: Any, root: Document) -> Any:
    if isinstance(value, _PLAIN):  # most values, told first since it is cheap
        return value
    if isinstance(value, dict):
        return _map(node, value, root)
    if isinstance(value, list | tuple):
        return _list(node, value, root)
    return value


def _list(node: Node, items: Sequence[Any], root: Document) -> list[Any]:
    values = [_value(node, item, root) for item in items]
    order_key = node.row.order_key
    if not order_key or len(values) < 2:
        return values
    keyed = [(_sortable(item_key(order_key, item)), item) for item in values]
    if len({key for key, _ in keyed}) < len(keyed):  # then all of an item decides
        keyed = [(key + _text(item), item) for key, item in keyed]
    return [item for _, item in sorted(keyed, key=itemgetter(0))]


def _sortable(key: tuple[Any, ...]) -> str:
    return repr(key) if all(isinstance(part, _PLAIN) for part in key) else _text(key)


def _is_empty(value: Any) -> bool:
    return value is None or (not value and isinstance(value, Mapping | list | tuple))


def _text(value: Any) -> str:
    return _ENCODER.encode(value)
