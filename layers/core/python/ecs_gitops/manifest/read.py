"""One file's text → a document with places: YAML 1.2's plain scalars, or JSON. Pure.

Built from libyaml's events rather than by PyYAML's constructors: no tag can make an object, nesting
and aliases are bounded while reading, and each value keeps its place. Plain scalars are read as
YAML 1.2 and JSON do (`no` and `012` are text), so a file means here what it means in an editor; a
number that nobody can hold is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import yaml

from ecs_gitops.manifest.faults import Fault, UnreadableError
from ecs_gitops.manifest.node import REMOVE, Mark, Node, Scalar
from ecs_gitops.manifest.size import MAX_VALUES, Size

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
MAX_DIGITS = 20
_MAX_TAG_DIRECTIVES = 8

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?\Z")
_SURROGATES = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)
_TAG_DIRECTIVE = re.compile(r"(?:\A|[\r\n\x85\u2028\u2029])%TAG\b")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_MERGE = "<<"
_new = tuple.__new__  # past the checks of a named tuple's own, which take longer than all else


class Read(NamedTuple):
    """One file's document and its size, aliases followed."""

    document: Node
    size: Size


def read(file: str, content: bytes) -> Node:
    """`content` of `file` → its one document. Raises UnreadableError with the first fault."""
    return measured(file, content).document


def measured(file: str, content: bytes) -> Read:
    """`content` of `file` → its one document and its size. Raises UnreadableError with the first fault."""
    if len(content) > MAX_BYTES:
        raise UnreadableError(Fault(file, 0, 0, "", f"larger than {MAX_BYTES:,} bytes"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableError(Fault(file, line, 1, "", "not UTF-8 text")) from error
    if file.endswith(".json"):
        text = _SURROGATES.sub(_join_surrogates, text)
    _check_directives(file, text)
    parser = _LOADER(text)
    try:
        builder = _Builder(file, parser.get_event)
        return Read(builder.document(), Size(builder.values, builder.characters))
    except yaml.YAMLError as error:
        raise UnreadableError(_syntax_fault(file, text, error)) from error
    finally:
        parser.dispose()


class _Anchored(NamedTuple):
    """A finished value: how large it is with all that it holds, and how many levels."""

    node: Node
    values: int
    characters: int
    height: int


@dataclass(slots=True)
class _Builder:
    """Takes the parser's events in order and keeps the bounds.

    height: levels of the value that was finished last; values, characters: so far, aliases followed.
    """

    file: str
    take: Callable[[], Any]
    anchors: dict[str, _Anchored] = field(default_factory=dict)
    values: int = 0
    characters: int = 0
    height: int = 0

    def document(self) -> Node:
        root = None
        while type(event := self.take()) is not yaml.StreamEndEvent:
            if type(event) is not yaml.DocumentStartEvent:
                continue
            if root is not None:
                raise self._refuse(self._mark(event), "a file holds one document; split it in two files")
            root = self._node(self.take(), 0, None)
        if root is None:
            raise UnreadableError(Fault(self.file, 0, 0, "", "the file is empty"))
        return root

    def _node(self, event: Any, depth: int, key: Mark | None) -> Node:
        """The value that begins with `event`, below `depth` others."""
        kind = type(event)
        if kind is yaml.ScalarEvent and event.tag is None and not event.anchor and depth < MAX_DEPTH:
            return self._scalar(event, self._mark(event), key)  # most are
        mark = self._mark(event)
        if kind is yaml.AliasEvent:
            return self._alias(str(event.anchor), mark, depth, key)
        if event.tag is not None:
            self._check_tag(event, mark)
        if depth >= MAX_DEPTH:
            raise self._refuse(mark, _TOO_DEEP)
        before = self.values, self.characters
        if kind is yaml.ScalarEvent:
            node = self._scalar(event, mark, key)
        else:
            self._weigh(1, 0, mark)
            read = self._mapping if kind is yaml.MappingStartEvent else self._sequence
            value, is_settled = read(depth + 1)
            node = _new(Node, (value, mark, key, is_settled))
        if event.anchor:
            size = self.values - before[0], self.characters - before[1]
            self.anchors[event.anchor] = _Anchored(node, *size, self.height)
        return node

    def _scalar(self, event: Any, mark: Mark, key: Mark | None) -> Node:
        text: str = event.value
        self.values += 1
        self.characters += len(text)
        if self.values > MAX_VALUES or self.characters > MAX_BYTES:
            self._weigh(0, 0, mark)
        self.height = 1
        value = plain_scalar(text) if event.implicit[0] else text
        if value is math.inf:
            raise self._refuse(mark, f"{_start(text)}{_NO_NUMBER}")
        return _new(Node, (value, mark, key, value is not None and "${" not in text))

    def _mapping(self, depth: int) -> tuple[dict[str, Node], bool]:
        """The entries, and whether all of them are settled."""
        entries: dict[str, Node] = {}
        height, is_settled = 0, True
        while type(event := self.take()) is not yaml.MappingEndEvent:
            mark = self._mark(event)
            if type(event) is not yaml.ScalarEvent:
                raise self._no_key(event, mark)
            if event.tag is not None:
                self._check_tag(event, mark)
            name: str = event.value
            if name in entries:
                raise self._refuse(mark, f"{name!r} is stated twice")
            self.characters += len(name)  # which its value's weighing looks at
            entries[name] = node = self._node(self.take(), depth, mark)
            is_settled = is_settled and node.is_settled
            if self.height > height:
                height = self.height
        self.height = height + 1
        merged = entries.pop(_MERGE, None)
        if merged is not None:
            entries = {**self._merged(merged), **entries}
        return entries, is_settled and REMOVE not in entries

    def _sequence(self, depth: int) -> tuple[tuple[Node, ...], bool]:
        """The items, and whether all of them are settled."""
        items = []
        height, is_settled = 0, True
        while type(event := self.take()) is not yaml.SequenceEndEvent:
            node = self._node(event, depth, None)
            items.append(node)
            is_settled = is_settled and node.is_settled
            if self.height > height:
                height = self.height
        self.height = height + 1
        return tuple(items), is_settled

    def _alias(self, anchor: str, mark: Mark, depth: int, key: Mark | None) -> Node:
        node, values, characters, self.height = self._anchored(anchor, mark)
        self._weigh(values, characters, mark)
        if depth + self.height > MAX_DEPTH:
            raise self._refuse(mark, _TOO_DEEP)
        return node._replace(key=key)

    def _anchored(self, anchor: str, mark: Mark) -> _Anchored:
        if anchor not in self.anchors:
            raise self._refuse(mark, f"*{anchor} refers to nothing that was read before it")
        return self.anchors[anchor]

    def _merged(self, value: Node) -> dict[str, Node]:
        sources = value.value if isinstance(value.value, tuple) else (value,)
        if not all(isinstance(source.value, dict) for source in sources):
            raise self._refuse(value.place, "<< takes a mapping or a list of mappings")
        return {name: item for source in reversed(sources) for name, item in source.items.items()}

    def _no_key(self, event: Any, mark: Mark) -> UnreadableError:
        if type(event) is yaml.AliasEvent:
            self._anchored(str(event.anchor), mark)
            return self._refuse(mark, "a key cannot be an alias")
        self._check_tag(event, mark)
        return self._refuse(mark, "a key must be text" + _REFERENCE_HINT)

    def _mark(self, event: Any) -> Mark:
        start = event.start_mark
        return _new(Mark, (self.file, start.line + 1, start.column + 1))

    def _weigh(self, values: int, characters: int, mark: Mark) -> None:
        self.values += values
        self.characters += characters
        if self.values > MAX_VALUES:
            raise self._refuse(mark, _TOO_MANY)
        if self.characters > MAX_BYTES:
            raise self._refuse(mark, _TOO_LONG)

    def _check_tag(self, event: Any, mark: Mark) -> None:
        if event.tag not in (None, "!"):
            raise self._refuse(mark, f"tags are not supported: {event.tag}")

    def _refuse(self, mark: Mark, message: str) -> UnreadableError:
        return UnreadableError(Fault(mark.file, mark.line, mark.column, "", message))


def plain_scalar(text: str) -> Scalar:
    """An unquoted scalar's value by YAML 1.2's JSON-like rules; leading zeros stay text.

    Infinity, which cannot be written, stands for a number that is too long or too large to be held.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-0123456789":
        return text
    if _INTEGER.match(text):
        return int(text) if len(text) <= MAX_DIGITS else math.inf
    if not _FLOAT.match(text):
        return text
    number = float(text)
    return math.inf if math.isinf(number) else number


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_TOO_MANY = f"more than {MAX_VALUES:,} values once aliases are followed"
_TOO_LONG = f"more than {MAX_BYTES:,} characters once aliases are followed"
_NO_NUMBER = f" is too large a number (at most {MAX_DIGITS} digits, or 1e308); quote it if it is text"
_REFERENCE_HINT = '; a reference inside {} or [] must be quoted: "${…}"'


def _check_directives(file: str, text: str) -> None:
    """libyaml compares each `%TAG` with all before it: ten seconds for a file that is full of them."""
    found = next(islice(_TAG_DIRECTIVE.finditer(text), _MAX_TAG_DIRECTIVES, None), None)
    if found is not None:
        line = text.count("\n", 0, found.end()) + 1
        raise UnreadableError(Fault(file, line, 1, "", "tags are not supported: %TAG"))


def _syntax_fault(file: str, text: str, error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    if mark is None:
        return Fault(file, 1, 1, "", f"not {_language(file)}: {problem}")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    hint = _REFERENCE_HINT if _unquoted_reference(line) else ""
    return Fault(file, mark.line + 1, mark.column + 1, "", f"not {_language(file)}: {problem}{hint}")


def _start(text: str) -> str:
    return text if len(text) <= MAX_DIGITS else f"{text[:MAX_DIGITS]}…"


def _language(file: str) -> str:
    return "JSON" if file.endswith(".json") else "YAML"


def _unquoted_reference(line: str) -> bool:
    return "${" in re.sub(r"\"[^\"]*\"|'[^']*'", "", line)


def _join_surrogates(match: re.Match[str]) -> str:
    high, low = int(match[2], 16), int(match[3], 16)
    return match[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
