"""A live service → the manifest that states it: AWS's defaults left out, keys in AWS's own order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecs_gitops.compare.as_request import restate
from ecs_gitops.manifest.document import API_VERSION
from ecs_gitops.manifest.references import escaped
from ecs_gitops.manifest.section import OPERATIONS, PLACED
from ecs_gitops.model.desired import Document
from ecs_gitops.resources.field import Table
from ecs_gitops.resources.rules import check_rules
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.shape import Shapes
from ecs_gitops.resources.statable import service_request, task_definition_request
from ecs_gitops.resources.task_definition import TASK_DEFINITION

Sections = dict[str, Document]
_TABLES: Mapping[str, Table] = {"taskDefinition": TASK_DEFINITION, "service": SERVICE}


def manifest_of(shapes: Shapes, service: Document, task_definition: Document) -> dict[str, Any]:
    """The manifest under which a plan for this live service is empty."""
    sections = {
        "taskDefinition": _statable(shapes, "taskDefinition", task_definition_request(task_definition)),
        "service": _statable(shapes, "service", service_request(service)),
    }
    for name in sections:
        sections = {**sections, name: _restated(shapes, name, sections)}
    return headed({name: _escaped(section) for name, section in sections.items()})


def headed(sections: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest of these sections."""
    return {"apiVersion": API_VERSION, "kind": "Service", **sections}


def _statable(shapes: Shapes, name: str, described: Document) -> Document:
    bare, _ = shapes.strip_output_only(described, OPERATIONS[name])
    stated = {member: value for member, value in bare.items() if member not in PLACED[name]}
    ordered: Document = shapes.ordered(OPERATIONS[name], stated)
    return ordered


def _restated(shapes: Shapes, name: str, sections: Sections) -> dict[str, Any]:
    """One section, shortened. Tags are compared elsewhere, key by key, and all stay."""
    section = {member: value for member, value in sections[name].items() if member != "tags"}
    before = _findings(shapes, {**sections, name: section})
    short = restate(
        _TABLES[name], section, lambda shorter: _findings(shapes, {**sections, name: shorter}) <= before
    )
    tags = sections[name].get("tags")
    return {**short, "tags": tags} if tags else short


def _findings(shapes: Shapes, sections: Sections) -> set[tuple[Any, ...]]:
    by_model = (
        (name, *finding.path, finding.message)
        for name, section in sections.items()
        for finding in shapes.check(OPERATIONS[name], section, omit=PLACED[name])
    )
    by_rules = ((*each.path, each.message) for each in check_rules(*sections.values()))
    return {*by_model, *by_rules}


def _escaped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _escaped(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return escaped(value) if isinstance(value, str) else value
