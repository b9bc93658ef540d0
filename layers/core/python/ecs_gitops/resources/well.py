"""A quick yes to most values, told without a place to complain of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

BITS: Final = {"integer": 32, "long": 64}
"""Bits of a whole number, its sign included."""


def is_well(shape: Any, value: Any) -> bool:
    """Whether there is surely nothing to say against a value, by botocore's shape of it."""
    kind, metadata = shape.type_name, shape.metadata
    if isinstance(value, str):
        return kind == "string" and (not metadata or _is_known(metadata, value))
    if isinstance(value, bool):
        return bool(kind == "boolean")
    if isinstance(value, int):
        return kind in BITS and value.bit_length() < BITS[kind] and _is_within(metadata, value)
    if isinstance(value, list):
        is_list = kind == "list" and _is_within(metadata, len(value))
        return is_list and all(is_well(shape.member, each) for each in value)
    if not isinstance(value, dict):
        return False
    if kind == "map":
        within = _is_within(metadata, len(value))
        return within and all(is_well(shape.value, each) for each in value.values())
    return kind == "structure" and _is_well_made(shape, value)


def _is_well_made(shape: Any, value: dict[str, Any]) -> bool:
    members = shape.members
    for name, item in value.items():
        if name not in members or not (item is None or is_well(members[name], item)):
            return False
    return all(value.get(name) is not None for name in shape.required_members)


def _is_known(metadata: Mapping[str, Any], value: str) -> bool:
    return value in metadata.get("enum", (value,)) and _is_within(metadata, len(value))


def _is_within(metadata: Mapping[str, Any], size: int) -> bool:
    return not metadata or bool(metadata.get("min", size) <= size <= metadata.get("max", size))
