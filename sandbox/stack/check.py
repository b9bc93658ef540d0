"""Refuses a template that the sandbox would make only in part. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.stack.known import KNOWN
from sandbox.stack.resolving import StackError

_VARIABLE = re.compile(r"\$\{([^!}]+)\}")
TARGETS = {"Arn", "Id", "Input", "InputPath", "InputTransformer", "SqsParameters", "DeadLetterConfig"}
TARGETS_IGNORED = {"RetryPolicy", "RoleArn"}


def check(template: Mapping[str, Any]) -> None:
    """Raises StackError with every fault: unknown types, properties and references."""
    faults = [*_resource_faults(template), *_reference_faults(template)]
    if faults:
        raise StackError("the sandbox cannot make this template:\n  " + "\n  ".join(faults))


def check_resource(body: Mapping[str, Any]) -> None:
    """Raises StackError when a resource's type or a property of it is unknown."""
    faults = list(_faults_of("resource", body))
    if faults:
        raise StackError("; ".join(faults))


def _resource_faults(template: Mapping[str, Any]) -> Iterator[str]:
    for name, body in template["Resources"].items():
        yield from _faults_of(name, body)


def _faults_of(name: str, body: Mapping[str, Any]) -> Iterator[str]:
    kind = body["Type"]
    known = KNOWN.get(kind)
    if known is None:
        near = difflib.get_close_matches(kind, KNOWN, 1)
        yield f"{name}: unknown type {kind}" + (f", did you mean {near[0]}?" if near else "")
        return
    for key in sorted(set(body.get("Properties", {})) - known.acts - known.ignores):
        yield f"{name}: {kind} has no {key} in the sandbox's list (sandbox/stack/known.py)"
    if kind == "AWS::Events::Rule":
        for target in body["Properties"].get("Targets", []):
            for key in sorted(set(target) - TARGETS - TARGETS_IGNORED):
                yield f"{name}: the sandbox's rules have no target property {key}"


def _reference_faults(template: Mapping[str, Any]) -> Iterator[str]:
    defined = {*template["Resources"], *template.get("Parameters", {})}
    for section in ("Resources", "Outputs"):
        for name, body in template.get(section, {}).items():
            for reference in sorted(set(_references(body))):
                if not reference.startswith("AWS::") and reference not in defined:
                    yield f"{name}: refers to {reference}, which the template does not define"


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
        return
    if not isinstance(node, dict):
        return
    if set(node) == {"Ref"}:
        yield node["Ref"]
        return
    if set(node) == {"Fn::GetAtt"}:
        yield node["Fn::GetAtt"][0]
        return
    if set(node) == {"Fn::Sub"}:
        stated = node["Fn::Sub"]
        text, own = stated if isinstance(stated, list) else (stated, {})
        for variable in _VARIABLE.findall(text):
            if variable not in own:
                yield variable.split(".")[0]
        yield from _references(own)
        return
    for value in node.values():
        yield from _references(value)
