"""Requests drawn from botocore's own shapes, so that a field nobody thought of is drawn all the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from hypothesis import strategies as st

Path = tuple[str, ...]
TEXTS = ("a", "b", "0", "")
NUMBERS = (0, 1, 60)


def requests(shape: Any, *, without: Collection[str] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """Documents of a structure, each member now and then; required ones always."""
    members = {name: _values(inner) for name, inner in shape.members.items() if name not in without}
    required = {name: members.pop(name) for name in shape.required_members if name in members}
    return st.fixed_dictionaries(required, optional=members)


def places(shape: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every member below a shape, at any depth, with its shape; lists are seen through."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield (*path, name), member
            yield from places(member, (*path, name))
    elif shape.type_name == "list":
        yield from places(shape.member, path)


def _values(shape: Any) -> st.SearchStrategy[Any]:
    if getattr(shape, "is_document_type", False):
        return st.just({"any": "thing"})
    match shape.type_name:
        case "structure":
            return st.deferred(lambda: requests(shape))
        case "list":
            return st.lists(st.deferred(lambda: _values(shape.member)), max_size=2)
        case "map":
            return st.dictionaries(st.sampled_from(TEXTS), _values(shape.value), max_size=2)
        case "string":
            return st.sampled_from([*shape.enum, *([] if shape.enum else TEXTS)])
        case "boolean":
            return st.booleans()
        case "float" | "double":
            return st.sampled_from([0.0, 10.0])
        case _:
            return st.sampled_from(NUMBERS)
