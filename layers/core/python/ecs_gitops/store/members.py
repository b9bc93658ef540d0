"""The members of a noun as they were stored, each of the type that the noun says. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Final, TypeVar

from ecs_gitops.model.desired import Document

_Noun = TypeVar("_Noun")

_LATEST: Final = 1e11
"""Seconds since the epoch beyond which no calendar of ours reaches."""

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "str | None": (str, type(None)),
    "int | None": (int, type(None)),
    "float | None": (float, int, type(None)),
    "Document | None": (dict, type(None)),
}
"""What JSON's values may be, by what a noun says of a member; what it says otherwise is not looked at."""


def plain(noun: type[Any], data: Document, *apart: str) -> dict[str, Any]:
    """The members of a noun that need no conversion; what it does not know is left out.

    Raises ValueError when a member is none of the noun's type: what is stored was not written by us.
    """
    if type(data) is not dict:
        raise ValueError(f"a {noun.__name__} is {data!r:.40}")
    found = {}
    for name, types, is_time in _members(noun):  # type: ignore[arg-type]  # a class is hashable
        if name in apart or name not in data:
            continue
        value = data[name]
        if types and type(value) not in types:
            raise ValueError(f"{name} is {value!r:.40}")
        if is_time and value is not None and not -_LATEST < value < _LATEST:
            raise ValueError(f"{name} is {value!r:.40}, which is no time")
        found[name] = value
    return found


def several(read: Callable[[Any], _Noun], data: Any) -> tuple[_Noun, ...]:
    """Every value of a list. Raises ValueError when it is none."""
    if data is None:
        return ()
    if type(data) is not list:
        raise ValueError(f"a list is {data!r:.40}")
    return tuple(read(each) for each in data)


def text(value: Any) -> str:
    """A text. Raises ValueError when it is none."""
    if type(value) is not str:
        raise ValueError(f"a text is {value!r:.40}")
    return value


@cache
def _members(noun: Any) -> tuple[tuple[str, tuple[type, ...], bool], ...]:
    found = [(field.name, str(field.type)) for field in fields(noun)]
    return tuple((name, _TYPES.get(kind, ()), kind.startswith("float")) for name, kind in found)
