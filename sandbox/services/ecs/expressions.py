"""The part of ECS's cluster query language that the sandbox reads: attributes, joined by and, or. Pure.

`attribute:ecs.instance-type == t3.small`, `!=`, `=~ t3.*`, `in [a, b]`, `not_in [a, b]`, `exists`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

TERM = re.compile(
    r"\s*attribute:(?P<name>[\w.-]+)\s+(?P<verb>==|!=|=~|!~|in|not_in|exists|!exists)\s*(?P<value>.*?)\s*"
)


def readable(expression: str) -> bool:
    """Does the sandbox know what an expression says?"""
    return all(
        TERM.fullmatch(term) for either in _split(expression, "or") for term in _split(either, "and")
    )


def matches(expression: str, attributes: Mapping[str, str]) -> bool:
    """Does an instance with these attributes satisfy it? One that cannot be read never matches."""
    return any(
        all(_holds(term, attributes) for term in _split(either, "and"))
        for either in _split(expression, "or")
    )


def _split(text: str, word: str) -> list[str]:
    return re.split(rf"\s+{word}\s+", text)


def _holds(term: str, attributes: Mapping[str, str]) -> bool:
    read = TERM.fullmatch(term)
    if read is None:
        return False
    value, stated = attributes.get(read["name"]), read["value"]
    listed = [item.strip() for item in stated.strip("[]").split(",")]
    answers = {
        "==": value == stated,
        "!=": value != stated,
        "=~": value is not None and re.fullmatch(stated, value) is not None,
        "!~": value is None or re.fullmatch(stated, value) is None,
        "in": value in listed,
        "not_in": value not in listed,
        "exists": value is not None,
        "!exists": value is None,
    }
    return answers[read["verb"]]
