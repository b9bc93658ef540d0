"""Reads what anybody may have sent: members of the right type and of a bearable size, or an error. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from typing import Any, Final

from ecs_gitops.model.desired import Document
from ecs_gitops.model.errors import UnreadableError

NAME: Final = 300
"""Characters of an id, a kind, a commit: each of ours has less than a hundred."""
SENTENCE: Final = 2_000
"""Characters of what somebody says; what is longer is cut."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Raises UnreadableError for whatever goes wrong inside; `what` names the message or the event."""
    try:
        yield
    except RecursionError as error:
        raise UnreadableError(f"cannot read {what}: it is nested too deeply") from error
    except KeyError as error:
        raise UnreadableError(f"cannot read {what}: it lacks {error}") from error
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
        raise UnreadableError(f"cannot read {what}: {str(error)[:NAME]}") from error


def document(text: str) -> Document:
    """A JSON object whose numbers are finite."""
    try:
        found = json.loads(text, parse_float=_finite, parse_constant=_finite)
    except json.JSONDecodeError as error:
        raise ValueError("it is no JSON") from error
    return within(found, "it")


def within(value: Any, what: str = "a part") -> Document:
    """An object; nothing in its place is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} is no object")
    return value


def items(value: Any) -> list[Any]:
    """A list of no more than a thousand; nothing in its place is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list | tuple) or len(value) > 1000:
        raise TypeError("a list is none, or longer than a thousand")
    return list(value)


def name(data: Document, member: str, default: str | None = None) -> str:
    """A short text that must be there, unless there is a default."""
    found = data[member] if default is None else data.get(member, default)
    if not isinstance(found, str) or len(found) > NAME:
        raise ValueError(f"{member} is no text of {NAME} characters at most")
    return clean(found)


def sentence(data: Document, member: str) -> str:
    """What somebody says, cut; "" where nothing is said."""
    found = data.get(member)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise TypeError(f"{member} is no text")
    return clean(found[:SENTENCE])


def clean(text: str) -> str:
    """A text that can be sent and stored: half a character is replaced."""
    return text.encode("utf-8", "replace").decode()


def whole(data: Document, member: str, most: int) -> int:
    """A whole number from 0 to `most`; 0 where it is missing."""
    found = data.get(member, 0)
    if type(found) is not int or not 0 <= found <= most:
        raise ValueError(f"{member} is no whole number from 0 to {most:,}")
    return found


def _finite(number: str) -> float:
    if not isfinite(found := float(number)):
        raise ValueError(f"{number[:NAME]} is no number")
    return found
