"""Canonical × canonical → the fields that differ, by the tables; knows no field name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecs_gitops.compare.canonical import item_key
from ecs_gitops.model.desired import Document
from ecs_gitops.model.record import Change
from ecs_gitops.model.vocabulary import Effect
from ecs_gitops.resources.field import ITSELF, Node, Table


def diff(table: Table, live: Document, desired: Document, section: str) -> tuple[Change, ...]:
    """The fields that differ, each at its place in the manifest, which begins with `section`.

    Both sides are canonical. An item of a keyed list is named by its key, as in
    `taskDefinition.containerDefinitions[nginx].image`.
    """
    names = sorted(live.keys() | desired.keys())
    return tuple(
        change
        for name in names
        for change in changes_of(table, name, live.get(name), desired.get(name), section)
    )


def changes_of(table: Table, name: str, live: Any, desired: Any, section: str) -> tuple[Change, ...]:
    """The differences inside one field of a request; None is "absent"."""
    if live == desired:
        return ()
    node = table.tree.child(name)
    walk = _Walk(Effect.REPLACEMENT if node.row.create_only else node.row.effect)
    return tuple(walk.differences(node, f"{section}.{name}", live, desired))


@dataclass(frozen=True, slots=True)
class _Walk:
    effect: Effect

    def differences(self, node: Node, place: str, live: Any, desired: Any) -> Iterator[Change]:
        if live == desired:
            return
        if isinstance(live, Mapping) and isinstance(desired, Mapping):
            yield from self._maps(node, place, live, desired)
        elif _is_keyed(node, live) and _is_keyed(node, desired):
            yield from self._items(node, place, live, desired)
        else:
            yield Change(place, live, desired, self.effect)

    def _maps(self, node: Node, place: str, live: Document, desired: Document) -> Iterator[Change]:
        for name in sorted(live.keys() | desired.keys()):
            yield from self.differences(
                node.child(name), f"{place}.{name}", live.get(name), desired.get(name)
            )

    def _items(self, node: Node, place: str, live: list[Any], desired: list[Any]) -> Iterator[Change]:
        old, new = _by_key(node, live), _by_key(node, desired)
        for key in sorted(old.keys() | new.keys()):
            yield from self.differences(_item(node), f"{place}[{key}]", old.get(key), new.get(key))


def _item(node: Node) -> Node:
    """Items of a list stand under the same rows, but are maps and no longer lists."""
    return Node(children=node.children)


def _is_keyed(node: Node, value: Any) -> bool:
    if not isinstance(value, list) or not node.row.order_key or node.row.order_key == ITSELF:
        return False
    return len(_by_key(node, value)) == len(value)


def _by_key(node: Node, items: list[Any]) -> dict[str, Any]:
    order_key = node.row.order_key
    return {"/".join(str(part) for part in item_key(order_key, item) if part != ""): item for item in items}
