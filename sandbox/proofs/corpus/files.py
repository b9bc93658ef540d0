"""A folder of anybody's files → the ECS definitions in them, as AWS would be sent them. Pure.

What a person or another tool keeps: requests, `aws ecs describe-*` output, ecspresso's two files, manifests
of ours; with placeholders of a template language or without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import UnreadableError
from ecs_gitops.manifest.read import read
from ecs_gitops.manifest.section import OPERATIONS, PLACED
from ecs_gitops.resources.shape import Shapes, load

TASK, SERVICE = "taskDefinition", "service"
ENDINGS = (".json", ".yaml", ".yml", ".jsonnet", ".libsonnet")
OF_A_SERVICE = {
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "desiredCount",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "schedulingStrategy",
    "serviceName",
}
"""A map with two of these members is a service, unless it is a task definition."""
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|<%.*?%>|\$\{[^}\n]*\}", re.DOTALL)
BARE = re.compile(r'"(?:[^"\\\n]|\\.)*"|\{\{.*?\}\}|<%.*?%>|\$\{[^}\n]*\}', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Definition:
    """One task definition or service: as it would be sent, and as it was found."""

    kind: str
    request: Mapping[str, Any]
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """One file: its definitions, or in one sentence why there are none. `templates`: placeholders seen."""

    path: str
    definitions: tuple[Definition, ...] = ()
    trouble: str = ""
    templates: int = 0


def files(folder: Path) -> Iterator[Kept]:
    """Every file of the folder that may hold a definition, in the order of their paths."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in ENDINGS and path.is_file():
            yield kept(path.relative_to(folder).as_posix(), path.read_bytes())


def kept(path: str, content: bytes) -> Kept:
    """What one file holds. Never raises: what cannot be read says why."""
    templates = len(PLACEHOLDER.findall(content.decode(errors="replace")))
    try:
        found = list(_definitions(_parsed(path, content)))
        request = [_request(kind, document) for kind, document in found]
    except (UnreadableError, _WrongError) as error:
        return Kept(path, trouble=str(error).removeprefix(f"{path}: "), templates=templates)
    if not request:
        return Kept(path, trouble="holds no ECS definition", templates=templates)
    return Kept(path, tuple(request), templates=templates)


class _WrongError(Exception):
    """What was found is no request that AWS could take."""


def _parsed(path: str, content: bytes) -> Any:
    try:
        return _plain(path, content)
    except UnreadableError:
        text = content.decode("utf-8-sig", errors="replace")
        stood_in = BARE.sub(lambda found: found[0] if found[0].startswith('"') else "1", text)
        if stood_in == text:
            raise
        return _plain(path, stood_in.encode())


def _plain(path: str, content: bytes) -> Any:
    if path.endswith(".json"):
        try:
            return json.loads(content)
        except ValueError:
            pass  # with comments, or commas too many: YAML's reader takes more, and names the place
    return node.plain(read(path, content))


def _definitions(found: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every definition in a document, out of whatever it is wrapped in."""
    if isinstance(found, list):
        for item in found:
            yield from _definitions(item)
    elif not isinstance(found, Mapping):
        return
    elif "containerDefinitions" in found:
        yield TASK, found
    elif any(isinstance(found.get(name), Mapping | list) for name in _WRAPPERS):
        for name in _WRAPPERS:
            yield from _definitions(found.get(name))
    elif len(OF_A_SERVICE & found.keys()) >= 2:
        yield SERVICE, found


_WRAPPERS = ("taskDefinition", "taskDefinitions", "service", "services")


def _request(kind: str, document: Mapping[str, Any]) -> Definition:
    """A definition less what only answers hold. Raises _WrongError with what AWS would refuse."""
    bare, _ = _shapes().strip_output_only(document, OPERATIONS[kind])
    left = {name: value for name, value in bare.items() if name not in PLACED[kind]}
    findings = _shapes().check(OPERATIONS[kind], left, omit=PLACED[kind])
    for finding in findings:
        if not finding.warning:
            expected = f" (expected {finding.expected})" if finding.expected else ""
            raise _WrongError(f"{_dotted(finding.path)} {finding.message}{expected}".strip())
    return Definition(kind, left, document)


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


@cache
def _shapes() -> Shapes:
    return load()
