"""What of a template its parameters alone decide: conditions, parameters' values, nothing-values. Pure.

CloudFormation decides it too, in one go with everything else; deciding it first means that a changed
parameter is a changed template, which is what the emulator below compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

NO_VALUE = {"Ref": "AWS::NoValue"}
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9:]+)\}")

Values = Mapping[str, Any]


class StackError(Exception):
    """A template or its parameters that CloudFormation, or the sandbox, refuses."""


def parameter_values(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The value of every parameter: given or default, lists as lists. Raises StackError as AWS refuses."""
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise StackError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = sorted(name for name, slot in declared.items() if name not in given and "Default" not in slot)
    if missing:
        raise StackError(f"Parameters: [{', '.join(missing)}] must have values")
    return {
        name: _value(name, slot, given.get(name, slot.get("Default"))) for name, slot in declared.items()
    }


def _value(name: str, slot: Mapping[str, Any], stated: Any) -> Any:
    allowed = slot.get("AllowedValues")
    if allowed and str(stated) not in map(str, allowed):
        raise StackError(f"Parameter '{name}' must be one of AllowedValues")
    pattern = slot.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, str(stated)):
        raise StackError(f"Parameter '{name}' must match pattern {pattern}")
    if slot["Type"] == "CommaDelimitedList" or slot["Type"].startswith("List<"):
        return [part.strip() for part in str(stated).split(",")]
    return _number(name, str(stated)) if slot["Type"] == "Number" else str(stated)


def _number(name: str, text: str) -> int | float:
    try:
        return float(text) if "." in text else int(text)
    except ValueError as error:
        raise StackError(f"Parameter '{name}' must be a number.") from error


def resolved(template: Mapping[str, Any], values: Values, pseudo: Values) -> dict[str, Any]:
    """The template with its conditions decided and its parameters put in.

    A parameter that is read from SSM stays a reference: only CloudFormation reads it.
    """
    kept = {
        n for n, slot in template.get("Parameters", {}).items() if slot["Type"].startswith("AWS::SSM::")
    }
    known = {name: value for name, value in values.items() if name not in kept}
    truth = _Truth(template.get("Conditions", {}), {**known, **pseudo})
    sections = {key: value for key, value in template.items() if key != "Conditions"}
    for section in ("Resources", "Outputs"):
        chosen = {
            name: {key: value for key, value in body.items() if key != "Condition"}
            for name, body in template.get(section, {}).items()
            if "Condition" not in body or truth(body["Condition"])
        }
        sections[section] = _put_in(chosen, known, truth)
    if "Globals" in sections:
        sections["Globals"] = _put_in(sections["Globals"], known, truth)
    _drop_dependencies(sections["Resources"])
    return sections


class _Truth:
    """The template's conditions, by name."""

    def __init__(self, conditions: Mapping[str, Any], values: Values) -> None:
        self._conditions = conditions
        self._values = values

    def __call__(self, name: str) -> bool:
        if name not in self._conditions:
            raise StackError(f"Unresolved condition {name}")
        return self._holds(self._conditions[name])

    def _holds(self, stated: Mapping[str, Any]) -> bool:
        ((operator, operands),) = stated.items()
        if operator == "Condition":
            return self(operands)
        if operator == "Fn::Equals":
            left, right = (_put_in(operand, self._values, self) for operand in operands)
            return bool(_joined(left) == _joined(right))
        held = [self._holds(operand) for operand in operands]
        return {"Fn::And": all(held), "Fn::Or": any(held), "Fn::Not": not held[0]}[operator]


def _joined(value: Any) -> Any:
    """A Join of texts, done: what conditions compare."""
    if isinstance(value, dict) and set(value) == {"Fn::Join"}:
        delimiter, parts = value["Fn::Join"]
        return delimiter.join(parts)
    return str(value) if isinstance(value, (int, bool, str)) else value


def _put_in(node: Any, values: Values, truth: Callable[[str], bool]) -> Any:
    if isinstance(node, list):
        return [item for item in (_put_in(one, values, truth) for one in node) if item != NO_VALUE]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Ref"} and node["Ref"] in values:
        return values[node["Ref"]]
    if set(node) == {"Fn::If"}:
        condition, then, otherwise = node["Fn::If"]
        return _put_in(then if truth(condition) else otherwise, values, truth)
    if set(node) == {"Fn::Sub"}:
        return _sub(node["Fn::Sub"], values, truth)
    items = {key: _put_in(value, values, truth) for key, value in node.items()}
    return {key: value for key, value in items.items() if value != NO_VALUE}


def _sub(stated: Any, values: Values, truth: Callable[[str], bool]) -> dict[str, Any]:
    text, own = stated if isinstance(stated, list) else (stated, {})
    own = _put_in(own, values, truth)

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if name in own or name not in values else str(values[name])

    text = _VARIABLE.sub(value, text)
    return {"Fn::Sub": [text, own] if own else text}


def _drop_dependencies(resources: dict[str, Any]) -> None:
    """A dependency on a resource whose condition is false is none."""
    for body in resources.values():
        if "DependsOn" in body:
            stated = body["DependsOn"]
            names = [stated] if isinstance(stated, str) else stated
            body["DependsOn"] = [name for name in names if name in resources]
