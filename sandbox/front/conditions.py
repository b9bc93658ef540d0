"""Whether the Condition block of a policy statement holds for a request. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

Context = Mapping[str, Sequence[str]]
"""Condition key in lower case → the request's values; a key that the request does not carry is absent."""

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_LITERALS = {"*": "\ue000", "?": "\ue001", "$": "$"}  # what ${*} means: the character, not the wildcard


class UnknownOperatorError(ValueError):
    """A policy uses a condition operator that the sandbox does not judge."""


def holds(condition: Mapping[str, Mapping[str, object]], context: Context) -> bool:
    """Whether every operator and key of `condition` holds; several values of one key are alternatives."""
    return all(
        _key_holds(operator, key, as_texts(expected), context)
        for operator, keys in condition.items()
        for key, expected in keys.items()
    )


def as_texts(value: object) -> tuple[str, ...]:
    """One value or a list, as texts; JSON's booleans are written as IAM writes them."""
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def substitute(text: str, context: Context) -> str | None:
    """Fill in `${aws:PrincipalTag/team}` and the like; None when the request lacks the value of one."""
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = match[1].partition(",")
        if name in _LITERALS:
            return _LITERALS[name]
        values = context.get(name.strip().lower(), ())
        if len(values) == 1:
            return values[0]
        if default:
            return default.strip().strip("'")
        missing = True
        return ""

    filled = _VARIABLE.sub(value, text) if "${" in text else text
    return None if missing else filled


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    meaning = {"*": ".*", "?": ".", "\ue000": r"\*", "\ue001": r"\?"}
    parts = re.split("([*?\ue000\ue001])", glob)
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts), re.DOTALL)


def like(glob: str, text: str) -> bool:
    """Whether `text` matches a pattern of `*` and `?`, case-sensitively."""
    return _pattern(glob).fullmatch(text) is not None


def arn_like(glob: str, arn: str) -> bool:
    """Whether an ARN matches, each of its six parts for itself.

    A pattern with fewer parts is completed with `*`, as IAM does for the Resource element.
    """
    if glob == "*":
        return True
    patterns, parts = glob.split(":", 5), arn.split(":", 5)
    if len(parts) < 6:
        return like(glob, arn)
    patterns += ["*"] * (6 - len(patterns))
    return all(like(pattern, part) for pattern, part in zip(patterns, parts, strict=True))


def _equal_ignoring_case(expected: str, actual: str) -> bool:
    return expected.lower() == actual.lower()


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda expected, actual: expected == actual,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": like,
    "ArnEquals": arn_like,  # IAM: ArnEquals and ArnLike behave identically
    "ArnLike": arn_like,
    "Bool": _equal_ignoring_case,
    "NumericEquals": lambda expected, actual: float(actual) == float(expected),
    "NumericLessThan": lambda expected, actual: float(actual) < float(expected),
    "NumericLessThanEquals": lambda expected, actual: float(actual) <= float(expected),
    "NumericGreaterThan": lambda expected, actual: float(actual) > float(expected),
    "NumericGreaterThanEquals": lambda expected, actual: float(actual) >= float(expected),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def _key_holds(operator: str, key: str, expected: tuple[str, ...], context: Context) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    actual = tuple(context.get(key.lower(), ()))
    if name == "Null":
        return (not actual) == (expected[0].lower() == "true")
    negated = name in _NEGATED
    test = _TESTS.get(_NEGATED.get(name, name))
    if test is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise UnknownOperatorError(operator)
    if not actual:
        return if_exists or _holds_when_absent(quantifier, negated=negated)
    patterns = [filled for text in expected if (filled := substitute(text, context)) is not None]
    answers = [any(test(pattern, value) for pattern in patterns) != negated for value in actual]
    # Without a quantifier a negated operator means "none of the values", a plain one "any of them".
    every = quantifier == "ForAllValues" or (not quantifier and negated)
    return all(answers) if every else any(answers)


def _holds_when_absent(quantifier: str, *, negated: bool) -> bool:
    return quantifier == "ForAllValues" or (negated and not quantifier)
