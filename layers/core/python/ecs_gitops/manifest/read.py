"""One file's text → a document with places: YAML 1.2's plain scalars, or JSON. Pure.

Built from libyaml's events rather than by PyYAML's constructors: no tag can make an object, nesting
and aliases are bounded while reading, and each value keeps its place. Plain scalars are read as
YAML 1.2 and JSON do (`no` and `012` are text), so a file means here what it means in an editor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from ecs_gitops.manifest.faults import Fault, UnreadableError
from ecs_gitops.manifest.node import Mark, Node, Scalar

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
MAX_NODES = 100_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?\Z")
_SURROGATES = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_MERGE = "<<"


def read(file: str, content: bytes) -> Node:
    """`content` of `file` → its one document. Raises UnreadableError with the first fault."""
    if len(content) > MAX_BYTES:
        raise UnreadableError(Fault(file, 0, 0, "", f"larger than {MAX_BYTES:,} bytes"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableError(Fault(file, line, 1, "", "not UTF-8 text")) from error
    if file.endswith(".json"):
        text = _SURROGATES.sub(_join_surrogates, text)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        raise UnreadableError(_syntax_fault(file, text, error)) from error
    return builder.document()


class _Built(NamedTuple):
    """A finished value: how many values it holds with itself, and how many levels."""

    node: Node
    weight: int = 1
    height: int = 1


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been read yet."""

    mark: Mark
    anchor: str | None
    is_mapping: bool
    weight: int = 1
    height: int = 1
    names: dict[str, Mark] = field(default_factory=dict)
    values: list[Node] = field(default_factory=list)

    @property
    def awaits_key(self) -> bool:
        return self.is_mapping and len(self.names) == len(self.values)


@dataclass(slots=True)
class _Builder:
    """Takes the parser's events in order and keeps the bounds."""

    file: str
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Built] = field(default_factory=dict)
    root: Node | None = None

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, self._mark(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event, self._mark(event))
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor), self._mark(event))
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise self._refuse(self._mark(event), "a file holds one document; split it in two files")

    def document(self) -> Node:
        if self.root is None:
            raise UnreadableError(Fault(self.file, 0, 0, "", "the file is empty"))
        return self.root

    def _mark(self, event: Any) -> Mark:
        start = event.start_mark
        return Mark(self.file, start.line + 1, start.column + 1)

    def _scalar(self, event: Any, mark: Mark) -> None:
        self._check_tag(event, mark)
        if self.stack and self.stack[-1].awaits_key:
            self._name(event.value, mark)
            return
        value = plain_scalar(event.value) if event.implicit[0] else event.value
        self._add(_Built(Node(value, mark)), event.anchor)

    def _name(self, name: str, mark: Mark) -> None:
        names = self.stack[-1].names
        if name in names:
            raise self._refuse(mark, f"{name!r} is stated twice")
        names[name] = mark

    def _alias(self, anchor: str, mark: Mark) -> None:
        if anchor not in self.anchors:
            raise self._refuse(mark, f"*{anchor} refers to nothing that was read before it")
        if self.stack and self.stack[-1].awaits_key:
            raise self._refuse(mark, "a key cannot be an alias")
        self._add(self.anchors[anchor], None)

    def _start(self, event: Any, mark: Mark) -> None:
        self._check_tag(event, mark)
        if len(self.stack) >= MAX_DEPTH:
            raise self._refuse(mark, _TOO_DEEP)
        if self.stack and self.stack[-1].awaits_key:
            raise self._refuse(mark, "a key must be text" + _REFERENCE_HINT)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self.stack.append(_Open(mark, event.anchor, is_mapping))

    def _end(self) -> None:
        done = self.stack.pop()
        node = Node(self._mapping(done) if done.is_mapping else tuple(done.values), done.mark)
        self._add(_Built(node, done.weight, done.height), done.anchor)

    def _mapping(self, done: _Open) -> dict[str, Node]:
        entries = {
            name: Node(value.value, value.mark, mark)
            for (name, mark), value in zip(done.names.items(), done.values, strict=True)
        }
        merged = entries.pop(_MERGE, None)
        return entries if merged is None else {**self._merged(merged, merged.place), **entries}

    def _merged(self, value: Node, mark: Mark) -> dict[str, Node]:
        sources = value.value if isinstance(value.value, tuple) else (value,)
        if not all(isinstance(source.value, dict) for source in sources):
            raise self._refuse(mark, "<< takes a mapping or a list of mappings")
        return {name: item for source in reversed(sources) for name, item in source.items.items()}

    def _add(self, built: _Built, anchor: str | None) -> None:
        if built.weight > MAX_NODES:
            raise self._refuse(built.node.mark, _TOO_MANY)
        if len(self.stack) + built.height > MAX_DEPTH:
            raise self._refuse(built.node.mark, _TOO_DEEP)
        if anchor:
            self.anchors[anchor] = built
        if not self.stack:
            self.root = built.node
            return
        around = self.stack[-1]
        around.values.append(built.node)
        around.weight += built.weight
        around.height = max(around.height, built.height + 1)

    def _check_tag(self, event: Any, mark: Mark) -> None:
        if event.tag is not None and event.tag != "!":
            raise self._refuse(mark, f"tags are not supported: {event.tag}")

    def _refuse(self, mark: Mark, message: str) -> UnreadableError:
        return UnreadableError(Fault(mark.file, mark.line, mark.column, "", message))


def plain_scalar(text: str) -> Scalar:
    """An unquoted scalar's value by YAML 1.2's JSON-like rules; leading zeros stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text) if len(text) <= 20 else text
    return float(text) if _FLOAT.match(text) else text


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_TOO_MANY = f"more than {MAX_NODES:,} values once aliases are followed"
_REFERENCE_HINT = '; a reference inside {} or [] must be quoted: "${…}"'


def _syntax_fault(file: str, text: str, error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    if mark is None:
        return Fault(file, 1, 1, "", f"not {_language(file)}: {problem}")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    hint = _REFERENCE_HINT if _unquoted_reference(line) else ""
    return Fault(file, mark.line + 1, mark.column + 1, "", f"not {_language(file)}: {problem}{hint}")


def _language(file: str) -> str:
    return "JSON" if file.endswith(".json") else "YAML"


def _unquoted_reference(line: str) -> bool:
    return "${" in re.sub(r"\"[^\"]*\"|'[^']*'", "", line)


def _join_surrogates(match: re.Match[str]) -> str:
    high, low = int(match[2], 16), int(match[3], 16)
    return match[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
