"""`${namespace:key}` in a manifest's values → what it stands for. Pure, given the look-up.

`$${` is a literal `${`. Every other `${…}`, such as a shell's variables, goes to ECS untouched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ecs_gitops.manifest import node
from ecs_gitops.manifest.document import AWS_SECTIONS
from ecs_gitops.manifest.faults import MOST_FAULTS, Fault, Path, UnreadableError, cut
from ecs_gitops.manifest.node import Node, Scalar
from ecs_gitops.manifest.size import Growth, Size, measure
from ecs_gitops.model.errors import QuotaError, TerminalError
from ecs_gitops.model.vocabulary import Reason

Lookup = Callable[[str, str], str]
"""`(namespace, key)` → text. Raises TerminalError when there is no answer, RetryableError for now."""

Coerce = Callable[[str, Path, str], Any]
"""`(section, path inside it, text)` → the type AWS gives the field. Raises ValueError."""

MEANINGS = {
    "aws": "`account` or `region`: where the controller runs",
    "cfn": "`stack.Output`: an output of a CloudFormation stack",
    "ssm": "a parameter's name: its value; a SecureString is refused",
    "ecr": "a repository's name: its URI",
    "secret": "a secret's name: its full ARN, never its value",
    "value": "a name under `values` of the same manifest",
}
NAMESPACES = tuple(MEANINGS)
RESERVED = ("tfstate",)
MAX_LOOKED_UP = 1_000
_LOOKED_UP = frozenset(NAMESPACES) - {"value"}
_VALUES = "values"
_OURS = {None, *NAMESPACES, *RESERVED}
"""Names that `resolve` does not leave as they are; none at all is the literal `$${`."""
_REFERENCE = re.compile(r"\$\$\{|\$\{([A-Za-z]+):([^-=+?}][^}]*)\}")
"""What follows the colon never begins with -, =, + or ?: `${NAME:-default}` is a shell's.

Never searched beyond the last `}` of a text: what begins there and does not end would be read to the
end once for each beginning.
"""


def resolve(
    document: Node, lookup: Lookup, coerce: Coerce, size: Size | None = None
) -> tuple[Node, list[Fault]]:
    """The document with its AWS sections resolved, and a fault for each reference that is wrong.

    `values` come first and may hold references themselves, to other namespaces than `value`.
    size: at least the document's own. Raises UnreadableError as soon as it becomes too large, or names
    too many things that must be looked up.
    """
    resolver = _Resolver(document, lookup, coerce, Growth(document, size or measure(document)))
    entries = dict(document.items)
    if _VALUES in entries:
        entries[_VALUES] = resolver.node(entries[_VALUES], (_VALUES,))
        resolver.values = {name: item.value for name, item in entries[_VALUES].items.items()}
    for name in AWS_SECTIONS:
        if name in entries:
            entries[name] = resolver.node(entries[name], (name,))
    return document.holding(entries), resolver.faults


def named(document: Node) -> set[tuple[str, str]]:
    """`(namespace, key)` of the references below a document that somebody has to answer.

    Of more than a manifest may have only so many.
    """
    found: set[tuple[str, str]] = set()
    for pair in _named(document):
        found.add(pair)
        if len(found) == MAX_LOOKED_UP:
            break
    return found


def _named(document: Node) -> Iterator[tuple[str, str]]:
    if isinstance(document.value, dict | tuple):
        parts = document.value if isinstance(document.value, tuple) else document.value.values()
        for item in parts:
            if _may_refer(item):
                yield from _named(item)
    elif isinstance(document.value, str) and "${" in document.value:
        text = document.value
        found = (match.groups() for match in _REFERENCE.finditer(text, 0, _end(text)))
        yield from ((name, key) for name, key in found if name in _LOOKED_UP)


def escaped(text: str) -> str:
    """Text that `resolve` turns into `text` again: what looks like a reference of ours, made literal."""
    return _replaced(text, lambda match: f"${match[0]}" if match[1] in _OURS else match[0], "$$${")


def _replaced(text: str, one: Callable[[re.Match[str]], str], literal: str) -> str:
    """`text` with `one` in place of each reference; `literal` for a `$${` that none of them follows."""
    end = _end(text)
    return _REFERENCE.sub(one, text[:end]) + text[end:].replace("$${", literal)


def _end(text: str) -> int:
    """Where the last reference of a text ends at the latest."""
    return text.rfind("}") + 1


def unfold(value: Any, mark: Node) -> Node:
    """Plain data that took the place of one value, all of it placed there."""
    if isinstance(value, list):
        return mark.holding(tuple(unfold(item, mark) for item in value))
    return mark.holding(value)


@dataclass(slots=True)
class _Resolver:
    document: Node
    lookup: Lookup
    coerce: Coerce
    growth: Growth
    values: dict[str, Any] | None = None
    faults: list[Fault] = field(default_factory=list)
    told: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    asked: set[tuple[str, str]] = field(default_factory=set)

    def node(self, here: Node, path: Path) -> Node:
        """`here` and everything below it, resolved."""
        if here.is_settled:
            return here
        if isinstance(here.value, dict):
            items = {
                name: self.node(item, (*path, name)) if _may_refer(item) else item
                for name, item in here.value.items()
            }
            return here.holding(items)
        if isinstance(here.value, tuple):
            values = [
                self.node(item, (*path, index)) if _may_refer(item) else item
                for index, item in enumerate(here.value)
            ]
            return here.holding(tuple(values))
        if isinstance(here.value, str) and "${" in here.value:
            return self._text(here, here.value, path)
        return here

    def _text(self, here: Node, text: str, path: Path) -> Node:
        whole = _REFERENCE.fullmatch(text)
        resolved = _replaced(text, lambda match: self._one(match, path), "${")
        if whole is None or whole[1] not in NAMESPACES or path[0] == _VALUES or resolved == text:
            return here.holding(resolved)
        try:
            value = self.coerce(str(path[0]), path[1:], resolved)
        except ValueError as error:
            self._fault(path, f"{cut(text)} is {cut(resolved)!r}: {error}")
            return here
        if isinstance(value, list):
            self.growth.add(path, values=len(value))
        return unfold(value, here)

    def _one(self, match: re.Match[str], path: Path) -> str:
        whole, name, key = match[0], match[1], match[2]
        if name is None:
            return "${"
        if name in NAMESPACES:
            answer = self._resolved(whole, name, key, path)
            self.growth.add(path, characters=len(answer) - len(whole))
            return answer
        if name in RESERVED:
            self._fault(path, f"{whole}: the namespace {name} is not supported yet")
        near = _near(name.lower()) if len(name) <= _LONGEST_NEAR else ""
        if near:
            self._fault(path, f"{whole} is left as it is", warning=True, suggestion=f"${{{near}:{key}}}")
        return whole

    def _resolved(self, whole: str, name: str, key: str, path: Path) -> str:
        if name == "value":
            return self._value(whole, key, path)
        self.asked.add((name, key))
        if len(self.asked) > MAX_LOOKED_UP:
            raise UnreadableError(node.fault(self.document, path, _TOO_MANY))
        try:
            return self.lookup(name, key)
        except (TerminalError, QuotaError) as error:
            self._fault(path, f"cannot resolve {whole}: {error}", reason=Reason.REFERENCE_UNAVAILABLE)
            return whole

    def _value(self, whole: str, key: str, path: Path) -> str:
        if self.values is None or path[0] == _VALUES:
            why = f"there are no values; state {key} under values"
            why = "values cannot refer to values" if path[0] == _VALUES else why
            self._fault(path, f"cannot resolve {whole}: {why}")
        elif key not in self.values:
            self._fault(path, f"cannot resolve {whole}: values states no {key}")
        else:
            return _as_text(self.values[key])
        return whole

    def _fault(self, path: Path, message: str, *, warning: bool = False, **more: Any) -> None:
        """Keep a fault; of each kind one more than is told, so that it is known that there are more."""
        self.told[warning] += 1
        if self.told[warning] <= MOST_FAULTS + 1:
            self.faults.append(node.fault(self.document, path, message, warning=warning, **more))


_TOO_MANY = f"refers to more than {MAX_LOOKED_UP:,} different things; state some of them as text"


def _may_refer(here: Node) -> bool:
    if here.is_settled:
        return False
    return "${" in here.value if isinstance(here.value, str) else isinstance(here.value, dict | tuple)


@lru_cache(maxsize=256)
def _near(name: str) -> str:
    """The namespace within two letters of `name`; "" when there is none."""
    return next((known for known in NAMESPACES if distance(name, known) <= 2), "")


_LONGEST_NEAR = max(map(len, NAMESPACES)) + 2
"""Letters of a name that may be near one of ours; any other may be as long as a file."""


def distance(one: str, other: str) -> int:
    """How many letters to put in, take out or change to make `other` of `one`."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, target in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (letter != target))
    return row[-1]


def _as_text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
