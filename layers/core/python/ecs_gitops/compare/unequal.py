"""What two documents do not share: members that are equal as written need no canonical form. Pure.

Most of a task definition is as it was before. What is equal on both sides is equal in canonical form too,
unless something in it rests on what stands elsewhere, and need not be walked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecs_gitops.compare.canonical import item_key
from ecs_gitops.model.desired import Document
from ecs_gitops.resources.field import Node, Table


def unequal(table: Table, one: Document, other: Document) -> tuple[Document, Document]:
    """Both less their equal members; items of a keyed list keep what names them."""
    left, right = _less_equal(table.tree, one, other)
    for name in left.keys() & right.keys():
        node = table.tree.child(name)
        if node.row.order_key and _are_alike(node, left[name], right[name]):
            pairs = [
                _less_equal(node, *pair, kept=node.row.order_key)
                for pair in zip(left[name], right[name], strict=True)
            ]
            left[name], right[name] = [mine for mine, _ in pairs], [theirs for _, theirs in pairs]
    return left, right


def _less_equal(
    node: Node, one: Document, other: Document, kept: tuple[str, ...] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    shared = {
        name
        for name, value in one.items()
        if name in other and value == other[name] and name not in kept and node.child(name).is_fixed
    }
    left = {name: value for name, value in one.items() if name not in shared}
    return left, {name: value for name, value in other.items() if name not in shared}


def _are_alike(node: Node, one: Any, other: Any) -> bool:
    """Whether both are lists that name the same items, each once, in the same order."""
    if not all(isinstance(items, list) and all(map(_is_map, items)) for items in (one, other)):
        return False
    names, others = ([repr(item_key(node.row.order_key, item)) for item in items] for items in (one, other))
    return len(set(names)) == len(names) and names == others


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)
