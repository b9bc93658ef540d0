"""What a row of a table of AWS fields can say: order, defaults, units, effect, ownership. Pure.

A table is keyed by the place of a field in its request, lists marked by `[]`:
`containerDefinitions[].portMappings[].protocol`. What compares and decides reads rows, never names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import Any, Final

from ecs_gitops.model.desired import Document
from ecs_gitops.model.vocabulary import Effect


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""No value at all. Not None, since a default may be any value; not empty, since 0 and "" are values."""

Derived = Callable[[Document, Document], Any]
"""A value that rests on other fields: (the whole request, the map that holds the field) → value."""

ITSELF: Final = ("",)
"""Order key of a list of plain values whose order means nothing."""


TASK_ROLE: Final = "taskDefinition.taskRoleArn"
WHOLE_REVISION: Final = "*"
"""What a row's `rests_on` may name beside fields of the service."""


class LetGo(StrEnum):
    """What happens to a field that the manifest stated before and states no longer."""

    RESET = "reset"
    KEEP = "keep"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Field:
    """One row: what AWS does with one field.

    default: what AWS fills in when the field is left out, where the map that holds it is given.
    on_create: what a new resource gets when the field is left out; an old one may have another value.
    blank: values that AWS takes as "left out".
    order_key: members that identify an item of a list whose order means nothing.
    unit: brings the ways of writing a value to the one that AWS answers with.
    read_only: never compared: AWS sets it, or does not say it again.
    effect: what changing it costs; rows inside a section inherit it.
    create_only: UpdateService does not take it.
    when_let_go, reset: see `LetGo`; `reset` is the value that is sent.
    unseen: DescribeServices never shows it, so what we last sent stands for it.
    force: the change needs `forceNewDeployment` to be taken.
    rests_on: fields of the revision part without which this in-place field may not be what Git means;
        `TASK_ROLE` and `WHOLE_REVISION` stand for what no field of the service names.
    """

    default: Any = ABSENT
    on_create: Any = ABSENT
    blank: tuple[Any, ...] = ()
    order_key: tuple[str, ...] = ()
    unit: Callable[[Any], Any] | None = None
    read_only: bool | Derived = False
    effect: Effect = Effect.NEW_DEPLOYMENT
    create_only: bool = False
    when_let_go: LetGo = LetGo.KEEP
    reset: Any = ABSENT
    unseen: bool = False
    force: bool = False
    rests_on: tuple[str, ...] = ()

    def default_in(self, root: Document, parent: Document) -> Any:
        """The default at this place of this document, or ABSENT."""
        return self.default(root, parent) if callable(self.default) else self.default

    def new_value_in(self, root: Document, parent: Document) -> Any:
        """What leaving the field out gives a new resource at this place, or ABSENT."""
        return self.on_create(root, parent) if callable(self.on_create) else self.on_create

    def is_read_only_in(self, root: Document, parent: Document) -> bool:
        """True when the field must not be compared at this place of this document."""
        return bool(self.read_only(root, parent)) if callable(self.read_only) else self.read_only


UNLISTED: Final = Field()
"""The row of a field that no table names, such as one that AWS added yesterday."""


@dataclass(frozen=True, slots=True)
class Node:
    """A row with the rows below it; `filled` are the members below that have a default.

    constants: those among the defaults that are plain values, whatever stands around them.
    is_literal: a plain value at this place is compared as it is.
    is_fixed: nothing at this place or below it rests on what stands elsewhere.
    """

    row: Field = UNLISTED
    children: Mapping[str, Node] = field(default_factory=dict)
    filled: frozenset[str] = frozenset()
    constants: tuple[tuple[str, Any], ...] = ()
    is_literal: bool = True
    is_fixed: bool = True

    def child(self, name: str) -> Node:
        """The node of a member; a plain one when no row names it."""
        return self.children.get(name, UNNAMED)


UNNAMED: Final = Node()
"""The node of a member that no row names."""


class Table(Mapping[str, Field]):
    """Rows by place, and the same rows as a tree for those who walk a document."""

    def __init__(self, rows: Mapping[str, Field]) -> None:
        self._rows = dict(rows)
        self.tree = _tree({tuple(place.replace("[]", "").split(".")): row for place, row in rows.items()})

    def __getitem__(self, place: str) -> Field:
        return self._rows[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, name: str) -> Field:
        """The row of a field of the request itself; a plain one when the table does not name it."""
        return self.tree.child(name).row


def below(place: str, rows: Mapping[str, Field]) -> dict[str, Field]:
    """The same rows, one floor down: for sections that several requests share."""
    return {f"{place}.{name}": row for name, row in rows.items()}


def _tree(rows: Mapping[tuple[str, ...], Field]) -> Node:
    node = Node(row=rows.get((), UNLISTED))
    names = {place[0] for place in rows if place}
    children = {
        name: _tree({place[1:]: row for place, row in rows.items() if place[:1] == (name,)})
        for name in names
    }
    constants = {name: child.row.default for name, child in children.items() if _is_constant(child.row)}
    filled = frozenset(
        name
        for name, child in children.items()
        if child.row.default is not ABSENT and name not in constants
    )
    is_literal = not (node.row.blank or node.row.unit or node.row.read_only)
    return replace(
        node,
        children=children,
        filled=filled,
        constants=tuple(constants.items()),
        is_literal=is_literal,
        is_fixed=_is_fixed(node.row) and all(child.is_fixed for child in children.values()),
    )


def _is_fixed(row: Field) -> bool:
    return not callable(row.default) and not callable(row.read_only)


def _is_constant(row: Field) -> bool:
    return isinstance(row.default, str | int | float) and not row.read_only and row.unit is None
