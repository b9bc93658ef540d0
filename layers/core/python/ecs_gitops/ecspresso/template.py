"""Go templates as ecspresso has them → our references; what they cannot say is named with its place. Pure.

Whatever has no counterpart becomes a `${value:…}` that nobody states yet: the manifest is refused, with the
place, until a person has written the value down. Nothing is ever taken from the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ecs_gitops.manifest.faults import Fault
from ecs_gitops.manifest.references import escaped

_ACTION = re.compile(r"\{\{(-\s)?(.*?)(\s-)?\}\}", re.DOTALL)
_TOKEN = re.compile(r"`([^`]*)`|\"((?:[^\"\\]|\\.)*)\"|([^\s`\"|]+)|(\|)")
_COMMENT = re.compile(r"\s*/\*.*\*/\s*", re.DOTALL)
_OPENS = re.compile(r"(^|[:-]\s|[\[,]|\":)\s*$")
_BLOCKS = {"if", "else", "end", "range", "with", "define", "template", "block"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one action stands for.

    text: what to write for it. values: what the manifest states for it. left: what a person must still
    do, or "" when it is wholly translated. broken: it cannot stand in a manifest at all.
    """

    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    left: str = ""
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Translated:
    """A file without templates: its text, the values it needs, and what is left for a person."""

    text: str
    values: Mapping[str, str]
    left: tuple[Fault, ...]


def translate(file: str, text: str, prefixes: Sequence[str] = ()) -> Translated:
    """`text` of `file` with each action translated; `prefixes` are those of ecspresso's plugins."""
    parts: list[str] = []
    values: dict[str, str] = {}
    left: list[Fault] = []
    at = 0
    for found in _ACTION.finditer(text):
        parts.append(escaped(text[at : found.start()]))
        meaning = meaning_of(found[2], prefixes)
        is_whole = _stands_alone("".join(parts), text[found.end() :])
        parts.append(f'"{meaning.text}"' if is_whole and meaning.text else meaning.text)
        values |= meaning.values
        if meaning.left:
            left.append(_fault(file, text, found, meaning))
        at = found.end()
    parts.append(escaped(text[at:]))
    return Translated("".join(parts), values, tuple(left))


def meaning_of(action: str, prefixes: Sequence[str] = ()) -> Meaning:
    """What stands between `{{` and `}}` → what it becomes."""
    if _COMMENT.fullmatch(action):
        return Meaning()
    words = list(_words(action))
    while words[-2:] == [("|", True), ("json_escape", True)]:
        words = words[:-2]
    if not words or any(word == ("|", True) for word in words):
        return _unknown(action)
    (name, is_name), *rest = words
    if not is_name:
        return Meaning(name) if not rest else _unknown(action)
    for prefix in prefixes:
        name = name.removeprefix(prefix)
    return _call(name, [word for word, _ in rest], action)


def _call(name: str, words: list[str], action: str) -> Meaning:
    match name, words:
        case "must_env", [variable]:
            return _to_state(variable, "was the environment's variable of that name")
        case "env", [variable, *defaults] if any(defaults):
            return Meaning(f"${{value:{variable}}}", {variable: next(filter(None, defaults))})
        case "env", [variable, *_]:
            return _to_state(variable, "was the environment's variable of that name, or nothing")
        case "cfn_output", [stack, output]:
            return Meaning(f"${{cfn:{stack}.{output}}}")
        case "cfn_export", [export]:
            return _to_state(export, "was an export of CloudFormation; ${cfn:stack.Output} reads outputs")
        case "ssm", [parameter]:
            return Meaning(f"${{ssm:{parameter}}}")
        case "ssm", [parameter, index]:
            return _to_state(f"{parameter}[{index}]", "was one item of a list in Parameter Store")
        case "secretsmanager_arn", [secret]:
            return Meaning(f"${{secret:{secret}}}")
        case "tfstate", [address]:
            return _to_state(address, "was read from Terraform's state")
        case "tfstatef", [pattern, *parts]:
            return _to_state(_formatted(pattern, parts), "was read from Terraform's state")
        case _:
            return _unknown(action)


def _to_state(name: str, was: str) -> Meaning:
    name = re.sub(r"[}]", "", name).lstrip("-=+?")
    return Meaning(f"${{value:{name}}}", left=f"state {name!r} under values: it {was}")


def _unknown(action: str) -> Meaning:
    plain = " ".join(action.split())
    first = plain.split(" ", 1)[0]
    if first in _BLOCKS or ":=" in plain:
        return Meaning(left="has no counterpart in a manifest; write out what it made", broken=True)
    return _to_state(plain.replace("`", "").replace('"', ""), "was made by a function we do not know")


def _words(action: str) -> Iterator[tuple[str, bool]]:
    """Each word, and whether it is a name rather than a text."""
    for raw, quoted, name, pipe in _TOKEN.findall(action):
        if name or pipe:
            yield name or pipe, True
        else:
            yield raw or re.sub(r"\\(.)", r"\1", quoted), False


def _formatted(pattern: str, parts: Sequence[str]) -> str:
    rest = iter(parts)
    return re.sub(r"%[sdv]", lambda _: next(rest, ""), pattern)


def _stands_alone(before: str, after: str) -> bool:
    """Whether an action is a whole value outside quotes, and needs some to be one here."""
    line = before.rpartition("\n")[2]
    if _is_quoted(line):
        return False
    rest = after.partition("\n")[0].strip()
    return _OPENS.search(line) is not None and rest[:1] in ("", ",", "]", "}", "#")


def _is_quoted(line: str) -> bool:
    quote, escape = "", False
    for letter in line:
        if escape:
            escape = False
        elif letter == "\\" and quote == '"':
            escape = True
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
    return bool(quote)


def _fault(file: str, text: str, found: re.Match[str], meaning: Meaning) -> Fault:
    before = text[: found.start()]
    line = before.count("\n") + 1
    column = found.start() - (before.rfind("\n") + 1) + 1
    shown = " ".join(found[0].split())
    return Fault(file, line, column, "", f"{shown}: {meaning.left}", warning=not meaning.broken)
