"""Several documents → one, weakest first: maps and keyed lists merge, `null` takes away. Pure."""

from __future__ import annotations

from ecs_gitops.manifest.node import REMOVE as REMOVE
from ecs_gitops.manifest.node import Node, plain
from ecs_gitops.resources.list_keys import LIST_KEYS, identity


def base(layer: Node) -> Node:
    """The weakest document: what is `null` in it, or removes something, is left out."""
    return _settled(layer, "")


def over(weak: Node, strong: Node) -> Node:
    """One document out of two, of which `weak` is a `base` or came out of this.

    Each value keeps the place it was written at. What is `null` in the end is left out.
    """
    return _over(weak, strong, "")


def _over(weak: Node, strong: Node, pattern: str) -> Node:
    if isinstance(weak.value, dict) and isinstance(strong.value, dict):
        return _merged_maps(weak, strong, pattern)
    if isinstance(weak.value, tuple) and isinstance(strong.value, tuple) and pattern in LIST_KEYS:
        return strong.holding(_merged_lists(weak.value, strong.value, pattern))
    return _settled(strong, pattern)


def _merged_maps(weak: Node, strong: Node, pattern: str) -> Node:
    entries = dict(weak.items)
    for name, item in strong.items.items():
        below = f"{pattern}.{name}".removeprefix(".")
        if item.value is None:
            entries.pop(name, None)
        elif name in entries:
            entries[name] = _over(entries[name], item, below)
        else:
            entries[name] = _settled(item, below)
    return strong.holding(entries)


def _merged_lists(weak: tuple[Node, ...], strong: tuple[Node, ...], pattern: str) -> tuple[Node, ...]:
    items: list[Node | None] = list(weak)
    places = {_identity(item, pattern): index for index, item in enumerate(weak)}
    for item in strong:
        key = _identity(item, pattern)
        place = places.get(key) if key else None
        if _is_removal(item):
            if place is not None:
                items[place] = None
        elif place is None:
            items.append(_settled(item, f"{pattern}[]"))
        else:
            under = items[place]
            items[place] = _over(under, item, f"{pattern}[]") if under else _settled(item, f"{pattern}[]")
    return tuple(item for item in items if item is not None)


def _settled(node: Node, pattern: str) -> Node:
    """A value with nothing below it: what it takes away is not there."""
    if node.is_settled:
        return node
    if isinstance(node.value, dict):
        kept = {
            name: item if item.is_settled else _settled(item, f"{pattern}.{name}".removeprefix("."))
            for name, item in node.value.items()
            if item.value is not None
        }
        return node.holding(kept)
    if isinstance(node.value, tuple):
        if not node.value:
            return node
        keyed = pattern in LIST_KEYS
        items = (item for item in node.value if not (keyed and _is_removal(item)))
        return node.holding(tuple(_settled(item, f"{pattern}[]") for item in items))
    return node


def _identity(item: Node, pattern: str) -> tuple[str, ...] | None:
    return identity(pattern, plain(item)) if isinstance(item.value, dict) else None


def _is_removal(item: Node) -> bool:
    mark = item.items.get(REMOVE)
    return mark is not None and mark.value is True
