"""`rollout.waitFor` across manifests: services that wait for each other would wait for ever. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import Fault, Path
from ecs_gitops.manifest.statement import Loaded
from ecs_gitops.model.names import ServiceKey

_PATH: Path = ("rollout", "waitFor")


def wait_faults(
    manifests: Mapping[ServiceKey, Loaded], places: Collection[ServiceKey]
) -> Iterator[tuple[ServiceKey, Fault]]:
    """A fault for each service that waits for itself by some way, a warning for waiting for nobody."""
    waits = {key: found.rollout.wait_for for key, found in manifests.items()}
    for key, found in manifests.items():
        for index, other in enumerate(waits[key]):
            if key in _awaited(other, waits):
                message = "a service cannot wait for itself" if other == key else f"{other} waits for {key}"
                yield key, node.fault(found.document, (*_PATH, index), message)
            elif other not in places:
                message = f"there is no manifest of {other}"
                yield key, node.fault(found.document, (*_PATH, index), message, warning=True)


def _awaited(start: ServiceKey, waits: Mapping[ServiceKey, tuple[ServiceKey, ...]]) -> set[ServiceKey]:
    """`start` and every service it waits for, by whatever way."""
    found: set[ServiceKey] = set()
    ahead = [start]
    while ahead:
        key = ahead.pop()
        if key not in found:
            found.add(key)
            ahead.extend(waits.get(key, ()))
    return found
