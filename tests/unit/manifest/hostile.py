"""Manifests that mean harm, as short as they can be written, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping

from ecs_gitops.manifest.load import LoadedTree, load
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.names import ServiceKey

WEB = ServiceKey("c", "web")
PATH = "d/c/web.yaml"
HEAD = "apiVersion: ecs-gitops/v1\nkind: Service\n"
TASK = f"{HEAD}taskDefinition:\n  family: web\n  containerDefinitions:\n"
CONTAINER = f"{TASK}    - name: web\n      image: web\n      memory: 128\n"


def loaded(files: Mapping[str, str], *, links: frozenset[str] = frozenset()) -> LoadedTree:
    tree = Tree("c1", {path: text.encode() for path, text in files.items()}, links)
    return load(tree, "d", lookup=lambda _, key: key)


def told(found: LoadedTree) -> list[str]:
    return [str(fault) for fault in found.faults.get(WEB, ())]


def lines(text: str, n: int) -> str:
    return "".join(text.replace("#", str(index)) for index in range(n))
