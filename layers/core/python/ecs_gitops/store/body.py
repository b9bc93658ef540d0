"""An item's body: a noun as JSON, as text or compressed. Pure."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any, Final

from ecs_gitops.model.desired import Document

SCHEMA = 1
_LARGEST_BODY: Final = 16 * 2**20
"""Bytes of an unpacked body: an item of 400 KB may hold a thousand times as many."""

Item = dict[str, dict[str, Any]]
"""A DynamoDB item as the low-level API spells it."""


def body(item: Mapping[str, Any]) -> Document:
    """An item's document, packed or, in small items and those of older releases, as text.

    Raises ValueError, KeyError, TypeError, zlib.error or RecursionError when it is none of ours.
    """
    schema = int(item["schema"]["N"]) if "schema" in item else SCHEMA
    if schema > SCHEMA:
        raise ValueError(f"a newer release wrote it (its schema is {schema}, ours {SCHEMA})")
    stored = item["body"]
    written = _unpacked(stored["B"]) if "B" in stored else stored["S"]
    document: Document = json.loads(written, parse_float=_finite, parse_constant=_finite)
    return document


def to_json(value: object) -> str:
    """Any of our values as one line of JSON: dataclasses as objects."""
    return json.dumps(value, default=_to_plain, separators=(",", ":"), ensure_ascii=False)


def packed(item: Item) -> Item:
    """The body compressed: a record says one task definition up to four times, and all are read at once."""
    return {**item, "body": {"B": zlib.compress(item["body"]["S"].encode())}}


def _unpacked(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    found = inflater.decompress(packed, _LARGEST_BODY)
    if not inflater.eof:
        raise ValueError(f"its body is cut off, or larger than {_LARGEST_BODY:,} bytes")
    return found


def _finite(number: str) -> float:
    """JSON has no NaN; what is beyond all numbers compares with nothing."""
    if not isfinite(found := float(number)):
        raise ValueError(f"{number} is no number")
    return found


def _to_plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot remember a {type(value).__name__}")
