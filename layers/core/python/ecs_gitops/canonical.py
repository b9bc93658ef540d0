"""One form for both sides, by the tables; knows no field name. Pure.

In canonical form two documents are equal exactly when AWS treats them alike: defaults are filled in
where the map that holds them is given, empty lists and maps are gone, units are converted, lists whose
order means nothing are sorted, what AWS alone sets is gone. 0, False and "" are values and stay.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ecs_gitops.model import Document
from ecs_gitops.resources.field import ABSENT, Node, Table

_PLAIN: Final = (str, int, float)


def digest(manifest: Document) -> str:
    """`d1:` + SHA-256 of a resolved manifest as stated: sorted keys, nothing filled in or left out."""
    return "d1:" + hashlib.sha256(_text(manifest).encode()).hexdigest()


def canonical(table: Table, document: Document) -> dict[str, Any]:
    """The one form of a request or of the answer that describes it. Idempotent."""
    return _map(table.tree, document, document)


def item_key(order_key: Sequence[str], item: Any) -> tuple[Any, ...]:
    """What identifies an item of a list: the members its row names, or a plain item itself."""
    if not isinstance(item, Mapping):
        return (item,)
    return tuple(item.get(name, "") for name in order_key)


def _map(node: Node, document: Document, root: Document) -> dict[str, Any]:
    filled = {}
    for name in sorted(document.keys() | node.filled):
        child, value = node.child(name), document.get(name)
        if not (child.is_literal and isinstance(value, _PLAIN)):  # most are
            value = _member(child, value, root, document)
        if value is not ABSENT:
            filled[name] = value
    return filled


def _member(node: Node, value: Any, root: Document, parent: Document) -> Any:
    row = node.row
    if row.is_read_only_in(root, parent):
        return ABSENT
    if _is_empty(value) or value in row.blank:
        value = row.default_in(root, parent)
    if value is ABSENT:
        return ABSENT
    value = _value(node, value if row.unit is None else row.unit(value), root)
    return ABSENT if _is_empty(value) else value


def _value(node: Node, value: Any, root: Document) -> Any:
    if isinstance(value, _PLAIN):  # most values, told first since it is cheap
        return value
    if isinstance(value, Mapping):
        return _map(node, value, root)
    if isinstance(value, list | tuple):
        return _list(node, value, root)
    return value


def _list(node: Node, items: Sequence[Any], root: Document) -> list[Any]:
    values = [_value(node, item, root) for item in items]
    order_key = node.row.order_key
    if not order_key or len(values) < 2:
        return values
    return sorted(values, key=lambda item: (_text(item_key(order_key, item)), _text(item)))


def _is_empty(value: Any) -> bool:
    return value is None or (not value and isinstance(value, Mapping | list | tuple))


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
