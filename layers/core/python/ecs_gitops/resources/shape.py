"""botocore's model of AWS's requests: what a field is called, which type it has, what it may hold.

Reads the models that we ship, which are botocore's; makes no client and calls nothing.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from botocore.model import ServiceModel

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.botocore_models import loader
from ecs_gitops.resources.finding import Finding as Finding
from ecs_gitops.resources.finding import Path as Path
from ecs_gitops.resources.well import BITS, is_well

_DESCRIBED: Final = {"RegisterTaskDefinition": "TaskDefinition", "CreateService": "Service"}
"""The shape in which AWS describes what a request made."""

_NUMBERS: Final = ("integer", "long", "float", "double")
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
}
_PLACED = "is not stated here: it follows from the file's place and sections"
_WORDS: Final = {
    "structure": "a map",
    "map": "a map",
    "list": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "long": "a whole number",
    "float": "a number",
    "double": "a number",
}


def load(service: str = "ecs") -> Shapes:
    """The shapes of one AWS service; callers keep them."""
    return Shapes(ServiceModel(loader().load_service_model(service, "service-2"), service))


class Shapes:
    """What is known of the requests of one AWS service."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def check(self, operation: str, document: Any, *, omit: Collection[str] = ()) -> list[Finding]:
        """All that AWS's model says against a request; `omit` are members that a manifest does not state.

        A value outside an enumeration or above a maximum is a warning: AWS adds values and raises
        limits before botocore knows.
        """
        return list(self.findings(operation, document, omit=omit))

    def findings(self, operation: str, document: Any, *, omit: Collection[str] = ()) -> Iterator[Finding]:
        """The same, one by one, for who stops at some number."""
        stated = document
        if isinstance(document, Mapping):
            stated = {name: value for name, value in document.items() if name not in omit}
            for name in document:
                if name in omit:
                    yield Finding((name,), _PLACED, unknown=True)
        for found in _check(self._input(operation), stated, ()):
            if found.path or found.expected not in omit:
                yield found

    def coerce(self, operation: str, path: Path, text: str) -> Any:
        """Text → the type the field has: number, boolean, list of strings parted by commas, or text.

        Raises ValueError, with what was expected, when the text cannot be that.
        """
        shape = _walk(self._input(operation), path)
        if shape is None or shape.type_name == "string":
            return text
        if shape.type_name == "boolean":
            return _boolean(text)
        if shape.type_name in _NUMBERS:
            return _number(shape.type_name, text)
        if shape.type_name == "list" and shape.member.type_name == "string":
            return [part.strip() for part in text.split(",") if part.strip()]
        raise ValueError(f"expected {_WORDS.get(shape.type_name, shape.type_name)}, not text")

    def strip_output_only(self, document: Any, operation: str) -> tuple[Any, list[Finding]]:
        """What AWS described → what may be sent: without nulls and members that only answers have.

        Each member dropped is a notice at its path. What neither request nor answer knows stays, so
        that `check` finds it.
        """
        notices: list[Finding] = []
        described = self._model.shape_for(_DESCRIBED[operation])
        return _strip(self._input(operation), described, document, (), notices), notices

    def ordered(self, operation: str, document: Any) -> Any:
        """The same document, members in the order in which AWS's model has them, unknown ones last."""
        return _ordered(self._input(operation), document)

    def request(self, operation: str) -> Any:
        """botocore's shape of a request, for those who tell others what it is."""
        return self._input(operation)

    def _input(self, operation: str) -> Any:
        return self._model.operation_model(operation).input_shape


def _check(shape: Any, value: Any, path: Path) -> Iterator[Finding]:
    if getattr(shape, "is_document_type", False):
        return
    expected = _WORDS.get(shape.type_name)
    if expected is None:
        return
    if not _has_type(shape.type_name, value):
        yield Finding(path, f"is {name_of(value)}", expected)
        return
    match shape.type_name:
        case "structure":
            yield from _check_structure(shape, value, path)
        case "list":
            for index, item in enumerate(value):
                if not is_well(shape.member, item):
                    yield from _check(shape.member, item, (*path, index))
        case "map":
            for name, item in value.items():
                if not is_well(shape.value, item):
                    yield from _check(shape.value, item, (*path, name))
        case "string":
            yield from _check_enum(shape, value, path)
    if shape.metadata or shape.type_name in _NUMBERS:
        yield from _check_range(shape, value, path)


def _check_structure(shape: Any, value: Document, path: Path) -> Iterator[Finding]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield Finding(path, f"lacks {name}", expected=name, missing=name)
    for name, item in value.items():
        member = shape.members.get(name)
        if member is None:
            meant = _nearest(name, shape.members)
            yield Finding((*path, name), "is no field that AWS knows", suggestion=meant, unknown=True)
        elif item is not None and not is_well(member, item):
            yield from _check(member, item, (*path, name))


def _check_enum(shape: Any, value: str, path: Path) -> Iterator[Finding]:
    if shape.enum and value not in shape.enum:
        yield Finding(
            path,
            f"is {value!r}, which botocore does not know",
            expected=f"one of {', '.join(shape.enum)}",
            suggestion=_nearest(value, shape.enum),
            warning=True,
        )


def _check_range(shape: Any, value: Any, path: Path) -> Iterator[Finding]:
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    size, unit = (value, "") if shape.type_name in _NUMBERS else (_length(value), " long")
    bits = BITS.get(shape.type_name)
    if bits is not None and value.bit_length() >= bits and value != -(2 ** (bits - 1)):
        yield Finding(path, f"is {value}", expected=f"a whole number of {bits} bits")
    elif lowest is not None and size < lowest:
        yield Finding(path, f"is {size}{unit}", expected=f"at least {lowest}")
    if highest is not None and size > highest:
        yield Finding(path, f"is {size}{unit}", expected=f"at most {highest}", warning=True)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | list | Mapping) else 0


def _has_type(type_name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return type_name == "boolean"
    if type_name in ("float", "double") and isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, _TYPES[type_name])


def name_of(value: Any) -> str:
    """A value's type as a person calls it, and the value where it is a plain one."""
    if value is None:
        return "empty"
    for type_name in ("boolean", "integer", "double", "string", "list", "map"):
        if _has_type(type_name, value):
            shown = f" ({value!r})" if isinstance(value, str | int | float) else ""
            return _WORDS[type_name] + shown
    return type(value).__name__


def _nearest(name: str, known: Collection[str]) -> str:
    by_lower = {each.lower(): each for each in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.7)
    return by_lower[found[0]] if found else ""


def _walk(shape: Any, path: Path) -> Any:
    """The shape at a path, or None where the model does not reach."""
    for step in path:
        if shape is None:
            return None
        match shape.type_name:
            case "structure":
                shape = shape.members.get(step)
            case "list":
                shape = shape.member
            case "map":
                shape = shape.value
            case _:
                return None
    return shape


def _boolean(text: str) -> bool:
    if text.strip().lower() not in ("true", "false"):
        raise ValueError(f"expected {_WORDS['boolean']}, not {text!r}")
    return text.strip().lower() == "true"


def _number(type_name: str, text: str) -> int | float:
    try:
        number = int(text) if type_name in ("integer", "long") else float(text)
    except ValueError as error:
        raise ValueError(f"expected {_WORDS[type_name]}, not {text!r}") from error
    if not isinstance(number, int) and not math.isfinite(number):
        raise ValueError(f"expected {_WORDS[type_name]}, not {text!r}")
    return number


def _strip(shape: Any, described: Any, value: Any, path: Path, notices: list[Finding]) -> Any:
    if isinstance(value, list):
        inner, told = _items(shape), _items(described)
        items = [item for item in value if item is not None]
        return [_strip(inner, told, item, (*path, index), notices) for index, item in enumerate(items)]
    if not isinstance(value, Mapping):
        return value
    kept = {}
    for name, item in value.items():
        place = (*path, name)
        if item is None:
            notices.append(Finding(place, "is null and was left out", warning=True))
        elif _is_output_only(shape, described, name):
            notices.append(Finding(place, "is only in AWS's answers and was left out", warning=True))
        else:
            kept[name] = _strip(_member(shape, name), _member(described, name), item, place, notices)
    return kept


def _ordered(shape: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [_ordered(_items(shape), item) for item in value]
    if not isinstance(value, Mapping):
        return value
    known = list(shape.members) if _is(shape, "structure") else []
    names = [name for name in known if name in value] + [name for name in value if name not in known]
    return {name: _ordered(_member(shape, name), value[name]) for name in names}


def _is_output_only(shape: Any, described: Any, name: str) -> bool:
    if not (_is(shape, "structure") and _is(described, "structure")):
        return False
    return name in described.members and name not in shape.members


def _member(shape: Any, name: str) -> Any:
    if _is(shape, "structure"):
        return shape.members.get(name)
    return shape.value if _is(shape, "map") else None


def _items(shape: Any) -> Any:
    return shape.member if _is(shape, "list") else None


def _is(shape: Any, type_name: str) -> bool:
    return shape is not None and shape.type_name == type_name
