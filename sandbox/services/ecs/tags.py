"""Tags as ECS writes them, kept as pairs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Tags = tuple[tuple[str, str], ...]


def as_pairs(documents: Iterable[Mapping[str, str]] | None) -> Tags:
    """`[{key, value}]` → pairs."""
    return tuple((item["key"], item.get("value", "")) for item in documents or ())


def as_documents(tags: Tags) -> list[dict[str, str]]:
    """Pairs → `[{key, value}]`."""
    return [{"key": key, "value": value} for key, value in tags]


def tagged(tags: Tags, more: Tags) -> Tags:
    """The tags with others added; a key that is there takes the new value."""
    new = dict(more)
    return (*((key, new.pop(key, value)) for key, value in tags), *new.items())


def untagged(tags: Tags, keys: Iterable[str]) -> Tags:
    """The tags without some keys."""
    dropped = set(keys)
    return tuple(pair for pair in tags if pair[0] not in dropped)
