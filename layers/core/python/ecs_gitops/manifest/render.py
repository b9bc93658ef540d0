"""What a manifest comes to: merged, references resolved, every value with the place it was written at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ecs_gitops.manifest import node
from ecs_gitops.manifest.assemble import Files
from ecs_gitops.manifest.faults import Fault, Path, UnreadableError, dotted, told
from ecs_gitops.manifest.locate import locate
from ecs_gitops.manifest.node import Mark, Node
from ecs_gitops.manifest.references import Lookup, resolve
from ecs_gitops.manifest.section import OPERATIONS, unwrap
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.desired import Document
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.resources.shape import load


@dataclass(frozen=True, slots=True)
class Origin:
    """One value: where it stands in the document, and where it was written."""

    path: str
    value: Any
    mark: Mark


@dataclass(frozen=True, slots=True)
class Rendered:
    """One service's document; None when its files could not be read. `faults` say why."""

    key: ServiceKey
    document: Node | None
    faults: tuple[Fault, ...] = ()


def render(tree: Tree, config_path: str, lookup: Lookup) -> Iterator[Rendered]:
    """Every service of a folder, whether or not AWS would take it.

    Raises RetryableError when a look-up may work in a moment.
    """
    shapes = load()
    files = Files(tree, config_path, partial(unwrap, shapes))

    def coerce(section: str, path: Path, text: str) -> Any:
        return shapes.coerce(OPERATIONS[section], path, text)

    for key, path in locate(tree, config_path).paths.items():
        try:
            assembled = files.assemble(key, path)
            resolved, faults = resolve(assembled.document, lookup, coerce, assembled.size)
        except (UnreadableError, KeyError) as error:
            fault = (
                error.fault if isinstance(error, UnreadableError) else Fault(path, 0, 0, "", "is no file")
            )
            yield Rendered(key, None, (fault,))
            continue
        yield Rendered(key, resolved, tuple(told((*assembled.notices, *faults), path)))


def origins(document: Node, path: Path = ()) -> Iterator[Origin]:
    """Every value that holds no others, in the order of the document; what is empty is a value."""
    if document.items:
        for name, item in document.items.items():
            yield from origins(item, (*path, name))
    elif isinstance(document.value, tuple) and document.value:
        for index, item in enumerate(document.value):
            yield from origins(item, (*path, index))
    else:
        yield Origin(dotted(path), node.plain(document), document.mark)


def requests(key: ServiceKey, document: Node) -> dict[str, Document]:
    """The sections as the requests that AWS would be sent, by operation, for a new service."""
    plain = node.plain(document)
    found = {
        OPERATIONS[name]: dict(plain[name]) for name in OPERATIONS if isinstance(plain.get(name), Mapping)
    }
    if "CreateService" in found:
        family = found.get("RegisterTaskDefinition", {}).get("family")
        place = {"cluster": key.cluster, "serviceName": key.name, "taskDefinition": family}
        found["CreateService"] = {**place, **found["CreateService"]}
    return {name: {k: v for k, v in request.items() if v is not None} for name, request in found.items()}
