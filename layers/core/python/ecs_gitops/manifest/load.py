"""A tree of files → every service's statement, and every fault with its place. Pure, given the look-up.

One bad manifest never stops the others, and one that cannot be read is never taken for absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial

from ecs_gitops.manifest.assemble import Assembled, Files
from ecs_gitops.manifest.faults import Fault
from ecs_gitops.manifest.locate import locate
from ecs_gitops.manifest.references import Lookup as Lookup
from ecs_gitops.manifest.references import named
from ecs_gitops.manifest.section import unwrap
from ecs_gitops.manifest.statement import Loaded as Loaded
from ecs_gitops.manifest.statement import Reader
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.manifest.waits import wait_faults
from ecs_gitops.model.errors import RetryableError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.resources import shape

Expect = Callable[[Iterable[tuple[str, str]]], object]
"""Is told `(namespace, key)` of all references before the first is looked up."""


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


def load(tree: Tree, config_path: str, *, lookup: Lookup, expect: Expect | None = None) -> LoadedTree:
    """Every manifest below `config_path`, references resolved, checked against AWS's model and rules.

    config_path: without slashes at its ends. lookup: answers every namespace but `value`.
    """
    located = locate(tree, config_path)
    faults = {key: list(found) for key, found in located.faults.items()}
    reader = Reader(Files(tree, config_path, partial(unwrap, _shapes())), _shapes(), lookup)
    manifests: dict[ServiceKey, Loaded] = {}
    postponed: dict[ServiceKey, RetryableError] = {}
    assembled = {
        key: reader.assemble(key, path) for key, path in located.paths.items() if key not in faults
    }
    if expect is not None:
        read = (each for each in assembled.values() if isinstance(each, Assembled))
        expect(set().union(*(named(each.document) for each in read)))
    for key in list(assembled):
        try:
            manifest, faults[key] = reader.read(key, located.paths[key], assembled.pop(key))
        except RetryableError as error:
            postponed[key] = error
            continue
        if manifest is not None:
            manifests[key] = manifest
    for key, fault in wait_faults(manifests, located.paths):
        faults[key].append(fault)
    return LoadedTree(
        {key: found for key, found in manifests.items() if all(fault.warning for fault in faults[key])},
        {key: tuple(found) for key, found in faults.items() if found},
        located.paths,
        postponed,
    )


@cache
def _shapes() -> shape.Shapes:
    """A file that ships with botocore, the same as long as the process lives; reading it takes 0.2 s."""
    return shape.load()
