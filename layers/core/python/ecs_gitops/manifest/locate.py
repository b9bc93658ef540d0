"""Which files of a tree are manifests, and of which service. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ecs_gitops.manifest.faults import Fault
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.names import ServiceKey

DEFAULTS = "_defaults.yaml"
_NEAR_DEFAULTS = ("_defaults.yml", "_defaults.json")
RESERVED_KINDS = ("scheduledtask", "job", "expressservice", "capacityprovider")
_FORMATS = (".yaml", ".json")
_NEAR_FORMATS = (".yml", ".yaml", ".json")
_IN_FOLDER = ("service.yaml", "service.json", "service.yml")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")


@dataclass(frozen=True, slots=True)
class Located:
    """Where each service is stated.

    paths: every service that has a place, readable or not: these are never absent.
    faults: by service, or by None when a file belongs to no service. A service with a fault that is
        no warning has no manifest to be read.
    """

    paths: Mapping[ServiceKey, str] = field(default_factory=dict)
    faults: Mapping[ServiceKey | None, tuple[Fault, ...]] = field(default_factory=dict)


def locate(tree: Tree, config_path: str) -> Located:
    """The services below `config_path` (no slashes at its ends), in the order of their paths."""
    paths: dict[ServiceKey, str] = {}
    faults: dict[ServiceKey | None, list[Fault]] = {}
    for path in sorted({*tree.files, *tree.links}):
        for key, fault in _claims(tree, config_path, path):
            if key is not None and key in paths and fault is None:
                fault = _refusal(path, f"{key} is stated twice, here and in {paths[key]}")
            if key is not None:
                paths.setdefault(key, path)
            if fault is not None:
                faults.setdefault(key, []).append(fault)
    return Located(paths, {key: tuple(found) for key, found in faults.items()})


def _claims(tree: Tree, config_path: str, path: str) -> Iterator[tuple[ServiceKey | None, Fault | None]]:
    """What `path` claims to be: a service, with a fault when it cannot be read as one, or nothing."""
    prefix = f"{config_path}/" if config_path else ""
    steps = path.removeprefix(prefix).split("/")
    if path.startswith(prefix) and len(steps) == 2 and steps[1] in _NEAR_DEFAULTS:
        yield None, _refusal(path, "is read by nobody", DEFAULTS)
    if not path.startswith(prefix) or any(step.startswith(("_", ".")) for step in steps):
        return
    key = _key(steps)
    if path in tree.links:
        if _is_document(steps[-1]) or "." not in steps[-1]:
            yield key, _refusal(path, "symlinks and submodules are not followed")
    elif len(steps) == 1 and _is_document(steps[0]):
        yield None, _refusal(path, "belongs to no cluster", "<cluster>/<service>.yaml")
    elif (len(steps) == 2 and _is_document(steps[1])) or (len(steps) == 3 and steps[2] in _IN_FOLDER):
        yield key, _name_fault(path, steps, key)


def _key(steps: list[str]) -> ServiceKey | None:
    if len(steps) == 2:
        name = steps[1].rsplit(".", 1)[0]
    elif len(steps) == 3 and steps[2].startswith("service."):
        name = steps[1]
    else:
        return None
    return ServiceKey(steps[0], name) if _NAME.match(steps[0]) and _NAME.match(name) else None


def _name_fault(path: str, steps: list[str], key: ServiceKey | None) -> Fault | None:
    if not path.endswith(_FORMATS):
        return _refusal(path, "is read by nobody", "a name that ends in .yaml or .json")
    if key is not None:
        return None
    name = steps[1].rsplit(".", 1)[0]
    kind = name.rpartition(".")[2].lower() if "." in name and len(steps) == 2 else ""
    if kind in RESERVED_KINDS:
        return _refusal(path, f"the kind {kind} is not supported yet")
    if kind:
        return _refusal(path, f"the kind {kind!r} is unknown", "<service>.yaml, without another dot")
    return _refusal(path, "names no cluster and service", "letters, digits, - and _ alone")


def _is_document(name: str) -> bool:
    return name.lower().endswith(_NEAR_FORMATS)


def _refusal(path: str, message: str, expected: str = "") -> Fault:
    return Fault(path, 0, 0, "", message, expected=expected)
