"""Plain JSON-like data in AWS's own spelling, and its times. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Document = Mapping[str, Any]


def moment(seconds: float | None) -> datetime | None:
    """Epoch seconds → the datetime that an AWS answer carries."""
    return None if seconds is None else datetime.fromtimestamp(round(seconds, 3), UTC)


def stated(**fields: Any) -> dict[str, Any]:
    """A document of the fields that have a value: AWS leaves out what is not there."""
    return {name: value for name, value in fields.items() if value is not None}


def for_event(value: Any) -> Any:
    """The same document with its times as ISO-8601 text, as EventBridge events carry them."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    if isinstance(value, Mapping):
        return {key: for_event(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [for_event(item) for item in value]
    return value
