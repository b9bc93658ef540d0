"""`rollout.waitFor` across manifests: services that wait for each other would wait for ever. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import Fault, Path
from ecs_gitops.manifest.statement import Loaded
from ecs_gitops.model.names import ServiceKey

_PATH: Path = ("rollout", "waitFor")
Waits = Mapping[ServiceKey, tuple[ServiceKey, ...]]
"""By service: those it waits for; one that waits for nobody is not in it."""


def wait_faults(
    manifests: Mapping[ServiceKey, Loaded], places: Collection[ServiceKey]
) -> Iterator[tuple[ServiceKey, Fault]]:
    """A fault for each service that waits for itself by some way, a warning for waiting for nobody."""
    waits = {key: found.rollout.wait_for for key, found in manifests.items() if found.rollout.wait_for}
    circle = _circles(waits)
    for key, others in waits.items():
        document = manifests[key].document
        for index, other in enumerate(others):
            if circle.get(other) == circle[key]:
                message = "a service cannot wait for itself" if other == key else f"{other} waits for {key}"
                yield key, node.fault(document, (*_PATH, index), message)
            elif other not in places:
                message = f"there is no manifest of {other}"
                yield key, node.fault(document, (*_PATH, index), message, warning=True)


def _circles(waits: Waits) -> dict[ServiceKey, ServiceKey]:
    """Each service that waits → the one that stands for all who wait for it and for whom it waits.

    Kosaraju's strongly connected components: each wait is looked at twice, however many there are.
    """
    waited_by: dict[ServiceKey, list[ServiceKey]] = {key: [] for key in waits}
    for key, others in waits.items():
        for other in others:
            if other in waits:
                waited_by[other].append(key)
    circle: dict[ServiceKey, ServiceKey] = {}
    for start in reversed(_in_order(waits)):
        ahead = [start]
        while ahead:
            key = ahead.pop()
            if key not in circle:
                circle[key] = start
                ahead += waited_by[key]
    return circle


def _in_order(waits: Waits) -> list[ServiceKey]:
    """Each service after those it waits for, as far as there is such an order."""
    order: list[ServiceKey] = []
    seen: set[ServiceKey] = set()
    for start in waits:
        ahead = [(start, False)]
        while ahead:
            key, is_left = ahead.pop()
            if is_left:
                order.append(key)
            elif key not in seen:
                seen.add(key)
                ahead.append((key, True))
                ahead += [(other, False) for other in waits[key] if other in waits]
    return order
