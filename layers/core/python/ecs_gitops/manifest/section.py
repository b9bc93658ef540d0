"""A file that holds one AWS section, bare or wrapped as `describe-*` and ecspresso write it. Pure."""

from __future__ import annotations

from typing import Any

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import MOST_FAULTS, Fault, UnreadableError
from ecs_gitops.manifest.node import Node
from ecs_gitops.resources.shape import Shapes

OPERATIONS = {"taskDefinition": "RegisterTaskDefinition", "service": "CreateService"}
"""The request that each section is."""

PLACED = {"taskDefinition": (), "service": ("cluster", "serviceName", "taskDefinition", "clientToken")}
"""Members of the request that follow from the manifest's place and its other section."""

_LISTS = {"taskDefinition": "taskDefinitions", "service": "services"}


def unwrap(shapes: Shapes, section: str, content: Node) -> tuple[Node, list[Fault]]:
    """The content of the file that `section` names → the bare section, a notice of each thing dropped.

    Raises UnreadableError when the file holds none or several of what is meant.
    """
    bare = _inner(section, content)
    stripped, dropped = shapes.strip_output_only(node.plain(bare), OPERATIONS[section])
    notices = [
        node.fault(bare, found.path, found.message, above=(section,), warning=True)
        for found in dropped[: MOST_FAULTS + 1]
    ]
    if not isinstance(stripped, dict):
        return bare, notices
    for name in PLACED[section]:
        if stripped.pop(name, None) is not None:
            message = "follows from the manifest's place and was left out"
            notices.append(node.fault(bare, (name,), message, above=(section,), warning=True))
    return _kept(bare, stripped), notices


def _inner(section: str, content: Node) -> Node:
    listed = content.items.get(_LISTS[section])
    if listed is not None and isinstance(listed.value, tuple):
        if len(listed.value) != 1:
            message = f"the file holds {len(listed.value)} of them where one is meant"
            raise UnreadableError(node.fault(content, (_LISTS[section],), message))
        only: Node = listed.value[0]
        return only
    wrapped = content.items.get(section)
    if wrapped is None or not isinstance(wrapped.value, dict):
        return content
    tags = content.items.get("tags")
    if tags is None or not tags.value or "tags" in wrapped.items:
        return wrapped
    return wrapped.holding({**wrapped.items, "tags": tags})


def _kept(here: Node, stripped: Any) -> Node:
    """`here` less what is not in `stripped`, which is the same data with members and nulls left out."""
    if isinstance(here.value, dict):
        items = {name: _kept(item, stripped[name]) for name, item in here.value.items() if name in stripped}
        return here.holding(items)
    if isinstance(here.value, tuple):
        items_left = [item for item in here.value if item.value is not None]
        pairs = zip(items_left, stripped, strict=True)
        return here.holding(tuple(_kept(item, left) for item, left in pairs))
    return here
