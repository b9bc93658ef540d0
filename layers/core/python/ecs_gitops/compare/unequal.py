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
    return _maps(table.tree, one, other, ())


def _maps(node: Node, one: Document, other: Document, kept: tuple[str, ...]) -> tuple[Document, Document]:
    shared = {
        name
        for name, value in one.items()
        if name in other and value == other[name] and node.child(name).is_fixed
    }
    shared.difference_update(kept)
    left = {name: value for name, value in one.items() if name not in shared}
    right = {name: value for name, value in other.items() if name not in shared}
    for name in left.keys() & right.keys():
        child = node.child(name)
        if child.row.order_key and _are_items(left[name]) and _are_items(right[name]):
            left[name], right[name] = _lists(child, left[name], right[name])
    return left, right


def _lists(node: Node, one: list[Any], other: list[Any]) -> tuple[list[Any], list[Any]]:
    """Item by item where both name the same ones in the same order; else as they are."""
    key = node.row.order_key
    if [item_key(key, item) for item in one] != [item_key(key, item) for item in other]:
        return one, other
    pairs = [_maps(node, *pair, key) for pair in zip(one, other, strict=True)]
    return [mine for mine, _ in pairs], [theirs for _, theirs in pairs]


def _are_items(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
