"""A document → YAML that a person likes to read, and that `read` reads as the same document. Pure."""

from __future__ import annotations

from typing import Any

import yaml

from ecs_gitops.manifest.read import plain_scalar
from ecs_gitops.model.desired import Document

_WIDTH = 110


def to_yaml(document: Document) -> str:
    """The text, in the order given; lists of plain values on one line where they fit."""
    text: str = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True)
    return text


class _Dumper(yaml.SafeDumper):
    """PyYAML's, which knows YAML 1.1, taught what `read` takes for numbers and words."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Items of a list stand below their key, further in."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """What is equal is written twice: an anchor helps no reader."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None
    is_odd = not value.replace("\n", "").isprintable()
    if is_odd or not isinstance(plain_scalar(value), str) or "${" in value:
        style = '"'
    elif "\n" in value:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
    is_plain = all(isinstance(item, str | int | float) for item in value)
    short = is_plain and sum(len(str(item)) + 4 for item in value) < _WIDTH // 2
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=short or not value)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
