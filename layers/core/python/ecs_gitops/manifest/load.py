"""A tree of files → every service's statement, and every fault with its place. Pure, given the look-up.

One bad manifest never stops the others, and one that cannot be read is never taken for absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ecs_gitops import canonical
from ecs_gitops.errors import RetryableError
from ecs_gitops.manifest import document as documents
from ecs_gitops.manifest.faults import Fault, UnreadableError
from ecs_gitops.manifest.locate import locate
from ecs_gitops.manifest.read import read
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model import ReconcilePolicy, RolloutPolicy, ServiceKey, Stated

Lookup = Callable[[str, str], str]
"""`(namespace, key)` → text. Raises TerminalError when there is no answer, RetryableError for now."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One manifest that holds: everything a Desired says but the order of our reads."""

    key: ServiceKey
    path: str
    stated: Stated
    rollout: RolloutPolicy
    policy: ReconcilePolicy


@dataclass(frozen=True, slots=True)
class LoadedTree:
    """All that a commit says.

    manifests: the services whose manifests hold.
    faults: by service, warnings included; under None those of files that belong to no service.
    paths: every service that has a place in the tree, whether or not it could be read.
    postponed: services left out because a look-up may work in a moment.
    """

    manifests: Mapping[ServiceKey, Loaded]
    faults: Mapping[ServiceKey | None, tuple[Fault, ...]]
    paths: Mapping[ServiceKey, str]
    postponed: Mapping[ServiceKey, RetryableError] = field(default_factory=dict)


def load(tree: Tree, config_path: str, *, lookup: Lookup) -> LoadedTree:
    """Every manifest below `config_path`, references resolved, checked against AWS's model."""
    located = locate(tree, config_path)
    faults = {key: list(found) for key, found in located.faults.items()}
    manifests: dict[ServiceKey, Loaded] = {}
    postponed: dict[ServiceKey, RetryableError] = {}
    for key, path in located.paths.items():
        if any(not fault.warning for fault in faults.get(key, [])):
            continue
        try:
            manifest, found = _load_one(tree, key, path)
        except RetryableError as error:
            postponed[key] = error
            continue
        if found:
            faults.setdefault(key, []).extend(found)
        if manifest is not None:
            manifests[key] = manifest
    return LoadedTree(
        manifests, {key: tuple(found) for key, found in faults.items()}, located.paths, postponed
    )


def _load_one(tree: Tree, key: ServiceKey, path: str) -> tuple[Loaded | None, list[Fault]]:
    try:
        root = read(path, tree.files[path])
    except UnreadableError as error:
        return None, [error.fault]
    manifest, faults = documents.parse(root)
    if manifest is None:
        return None, faults
    return _loaded(tree, key, path, manifest), faults


def _loaded(tree: Tree, key: ServiceKey, path: str, manifest: documents.Manifest) -> Loaded:
    sections = {"taskDefinition": manifest.task_definition, "service": manifest.service}
    stated = {name: section for name, section in sections.items() if section is not None}
    return Loaded(
        key=key,
        path=path,
        stated=Stated(
            digest=canonical.digest(stated),
            commit=tree.commit,
            task_definition=stated.get("taskDefinition"),
            service=stated.get("service"),
        ),
        rollout=manifest.rollout_policy(),
        policy=manifest.reconcile_policy(),
    )
