"""Frozen values, changed by making a new one. Pure.

`dataclasses.replace` runs the constructor field by field; ten thousand seeded lives of a service cannot
afford that. Only for frozen dataclasses without slots and without __post_init__.
"""

from __future__ import annotations

from typing import Any, TypeVar

V = TypeVar("V")


def altered(value: V, **changes: Any) -> V:
    """The same value with some fields changed. Raises TypeError for a field that it does not have."""
    fields = value.__dict__
    new = object.__new__(type(value))
    held = new.__dict__
    held.update(fields)
    held.update(changes)
    if len(held) != len(fields):
        unknown = ", ".join(sorted(changes.keys() - fields.keys()))
        raise TypeError(f"{type(value).__name__} has no {unknown}")
    return new
