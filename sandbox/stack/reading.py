"""CloudFormation templates as text: YAML with its short forms, or JSON. Pure."""

from __future__ import annotations

from typing import Any, cast

import yaml

CONSTRUCTOR_PREFIX = "!"
_FASTEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML was built with it: every world reads a template, 60 ms against 5."""


class _Loader(_FASTEST):
    """Safe YAML plus `!Ref`, `!GetAtt` and the others; dates stay text, as CloudFormation reads them."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML reads it from the class
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read(text: str) -> dict[str, Any]:
    """A template as plain maps and lists, short forms written out."""
    template = yaml.load(text, Loader=_Loader)
    if not isinstance(template, dict) or "Resources" not in template:
        raise ValueError("a template needs a Resources section")
    return template


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor(CONSTRUCTOR_PREFIX, _short_form)
