"""The manifest as JSON Schema, for editors, from botocore's model and our own: no second list of fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ecs_gitops.manifest.document import (
    AWS_SECTIONS,
    RESERVED,
    RESERVED_ROLLOUT,
    Manifest,
    Reconcile,
    Rollout,
)
from ecs_gitops.manifest.extends import REMOVE
from ecs_gitops.manifest.guide import guide
from ecs_gitops.manifest.section import OPERATIONS, PLACED
from ecs_gitops.resources.shape import Shapes, load

Schema = dict[str, Any]
SCHEMA_FILE = "docs/manifest.schema.json"
GUIDE_FILE = "docs/manifest.md"
_REFERENCE: Schema = {"type": "string", "pattern": r"\$\{"}
_RESERVED: Schema = {"description": "Reserved.", "maxProperties": 0, "maxItems": 0}
_NOTHING: Schema = {"type": "null"}
"""`null` takes away what a file that is extended states."""
_OURS: Mapping[str, type[BaseModel]] = {"rollout": Rollout, "reconcile": Reconcile}


def schema(shapes: Shapes) -> Schema:
    """A file of the config repository: a manifest, or a part of one that others extend.

    Nothing is required, since what is extended may state it; values that botocore does not know are
    allowed, since AWS adds them first.
    """
    definitions = _Definitions()
    paths = {"type": "string", "description": "the path of a file that holds it"}
    sections = {
        name: {"anyOf": [definitions.of(shapes.request(OPERATIONS[name]), PLACED[name]), paths]}
        for name in AWS_SECTIONS
    }
    ours = _model(Manifest)
    properties = {
        **ours["properties"],
        **{name: {**_described(name), **section} for name, section in sections.items()},
        **{name: {**_described(name), **_model(model)} for name, model in _OURS.items()},
        "extends": {
            "description": "Files that this one is laid over, weakest first.",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
        **dict.fromkeys(RESERVED, _RESERVED),
    }
    properties["rollout"]["properties"] |= dict.fromkeys(RESERVED_ROLLOUT, _RESERVED)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ecs-gitops manifest",
        **ours,
        "properties": properties,
        "$defs": dict(sorted(definitions.made.items())),
    }


def files() -> dict[str, str]:
    """Path from the root of the repository → text, of every file that is generated from the code."""
    shapes = load()
    return {SCHEMA_FILE: _text(schema(shapes)), GUIDE_FILE: guide()}


def _text(made: Schema) -> str:
    """A line for each definition and each of the document's own keys: what changed is seen in a diff."""
    parts = []
    for name, value in made.items():
        inner = [f"  {json.dumps(key)}: {json.dumps(item)}" for key, item in _items(value)]
        whole = "{\n" + ",\n".join(inner) + "\n }" if inner else json.dumps(value)
        parts.append(f" {json.dumps(name)}: {whole}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []


class _Definitions:
    """botocore's shapes as definitions, each once."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {}

    def of(self, shape: Any, without: tuple[str, ...] = ()) -> Schema:
        """The schema of a shape; structures by name."""
        if getattr(shape, "is_document_type", False):
            return {}
        match shape.type_name:
            case "structure":
                return self._structure(shape, without)
            case "list":
                return self._list(shape)
            case "map":
                values = self.of(shape.value)
                return {"type": "object", "additionalProperties": {"anyOf": [values, _NOTHING]}}
            case "string":
                return self._string(shape)
            case "boolean":
                return {"anyOf": [{"type": "boolean"}, _REFERENCE]}
            case _:
                kind = "integer" if shape.type_name in ("integer", "long") else "number"
                return {"anyOf": [{"type": kind, **_least(shape, "minimum")}, _REFERENCE]}

    def _structure(self, shape: Any, without: tuple[str, ...]) -> Schema:
        if shape.name not in self.made:
            self.made[shape.name] = {}  # a shape that holds itself ends here
            members = {name: self.of(inner) for name, inner in shape.members.items() if name not in without}
            self.made[shape.name] = {
                "type": "object",
                "properties": {name: {"anyOf": [inner, _NOTHING]} for name, inner in members.items()},
                "patternProperties": {rf"^\{REMOVE}$": {"type": "boolean"}},
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{shape.name}"}

    def _list(self, shape: Any) -> Schema:
        items = {"type": "array", "items": self.of(shape.member)}
        return {"anyOf": [items, _REFERENCE]} if shape.member.type_name == "string" else items

    def _string(self, shape: Any) -> Schema:
        if shape.enum:
            return {"anyOf": [{"enum": list(shape.enum)}, {"type": "string"}]}
        return {"type": "string", **_least(shape, "minLength")}


def _least(shape: Any, word: str) -> Schema:
    lowest = shape.metadata.get("min")
    return {} if lowest is None else {word: lowest}


def _model(model: type[BaseModel]) -> Schema:
    made = model.model_json_schema()
    return {
        "type": "object",
        "properties": {name: _plain(each) for name, each in made["properties"].items()},
        "additionalProperties": False,
    }


def _plain(field: Schema) -> Schema:
    return {name: value for name, value in field.items() if name not in ("title", "$ref")}


def _described(name: str) -> Schema:
    fields = {info.alias: info.description for info in Manifest.model_fields.values()}
    return {"description": fields[name]}


def main(root: Path = Path()) -> None:
    """Write every generated file below `root`."""
    for path, text in files().items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
