"""`python -m sandbox.stack.trimmed_models`: trims botocore's models to what `ecs_gitops.aws` calls."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader

from sandbox.ground.processes import ROOT

AWS = ROOT / "layers" / "core" / "python" / "ecs_gitops" / "aws"
MODELS = AWS.with_name("resources") / "models"
CALLERS = {
    "application-autoscaling": "scaling.py",
    "cloudformation": "cloudformation.py",
    "dynamodb": "dynamodb_requests.py",
    "ecr": "ecr.py",
    "ecs": "ecs.py",
    "secretsmanager": "secrets.py",
    "sns": "sns.py",
    "sqs": "sqs.py",
    "ssm": "ssm.py",
}
"""The one module of `aws/` that calls each service."""
WHOLE = ("partitions", "sdk-default-configuration")
"""Small files that every client reads."""
READ_BY_PEOPLE = {"documentation", "documentationUrl", "examples"}

Model = dict[str, Any]


def main() -> int:
    """Write every file anew; those of no use any more go."""
    wanted = {MODELS / path: text for path, text in trimmed().items()}
    for path in MODELS.rglob("*.json"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


def trimmed() -> dict[str, str]:
    """Path below the models' folder → text, of every file that the clients of the functions read."""
    loader = Loader()
    files = {f"{name}.json": _lines(loader.load_data(name)) for name in WHOLE}
    prefixes: set[str] = set()
    for service, caller in CALLERS.items():
        version = loader.determine_latest_version(service, "service-2")
        model = loader.load_service_model(service, "service-2", version)
        rules = loader.load_service_model(service, "endpoint-rule-set-1", version)
        used = calls_in((AWS / caller).read_text(encoding="utf-8"))
        files[f"{service}/{version}/service-2.json"] = _lines(trim(model, used))
        files[f"{service}/{version}/endpoint-rule-set-1.json"] = _lines(rules)
        prefixes |= {service, model["metadata"]["endpointPrefix"]}
    files["endpoints.json"] = _lines(endpoints_of(prefixes, loader.load_data("endpoints")))
    return files


def calls_in(source: str) -> set[str]:
    """Names of the methods that a module calls on `self._client`."""
    return {
        node.func.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr == "_client"
    }


def trim(model: Model, used: set[str]) -> Model:
    """A service's model with the operations behind `used` methods, and the shapes that these reach.

    Raises LookupError when a method belongs to no operation.
    """
    operations = {
        name: operation for name, operation in model["operations"].items() if xform_name(name) in used
    }
    if unknown := used - {xform_name(name) for name in operations}:
        raise LookupError(f"botocore knows no operation for {', '.join(sorted(unknown))}")
    reached: set[str] = set()
    waiting = list(_named(operations))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _named(model["shapes"][name])
    shapes = {name: shape for name, shape in model["shapes"].items() if name in reached}
    kept: Model = _undocumented({**model, "operations": operations, "shapes": shapes})
    return kept


def endpoints_of(prefixes: set[str], endpoints: Model) -> Model:
    """The endpoints of all partitions, less the services that nobody calls."""
    partitions = [
        {**each, "services": {name: found for name, found in each["services"].items() if name in prefixes}}
        for each in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _named(node: Any) -> Iterator[str]:
    """Every shape that a part of a model refers to."""
    if isinstance(node, Mapping):
        if isinstance(node.get("shape"), str):
            yield node["shape"]
        for child in node.values():
            yield from _named(child)
    elif isinstance(node, list):
        for child in node:
            yield from _named(child)


def _undocumented(node: Any, *, is_names: bool = False) -> Any:
    """Without what only people read; members and shapes may well be called `documentation`."""
    if isinstance(node, list):
        return [_undocumented(child) for child in node]
    if not isinstance(node, Mapping):
        return node
    return {
        name: _undocumented(child, is_names=name in ("members", "shapes", "operations") and not is_names)
        for name, child in node.items()
        if is_names or name not in READ_BY_PEOPLE
    }


def _lines(document: Model) -> str:
    """JSON with an entry of each section on a line: quick to read, and a change is a line of a diff."""
    sections = [f"{json.dumps(name)}:{_section(value)}" for name, value in document.items()]
    return "{" + ",\n".join(sections) + "}\n"


def _section(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _compact(value)
    entries = [f"{json.dumps(name)}:{_compact(child)}" for name, child in value.items()]
    return "{\n" + ",\n".join(entries) + "}"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
