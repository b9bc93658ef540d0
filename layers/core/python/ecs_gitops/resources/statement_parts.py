"""Which fields of a service belong to its revision part, and which are changed in place. Pure.

A statement has two parts (docs/decisions.md, 21). Which field belongs to which is fixed by name and
counted: `r1:` digests were made by split 1. A release that moves a field adds a split and compares older
digests by the split that made them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ecs_gitops.model.desired import Document

SPLIT: Final = 1
"""The split that new digests are made by."""

IN_PLACE: Final[Mapping[int, frozenset[str]]] = {
    1: frozenset(
        {
            "availabilityZoneRebalancing",
            "deploymentConfiguration",
            "deploymentController",
            "desiredCount",
            "enableECSManagedTags",
            "enableExecuteCommand",
            "healthCheckGracePeriodSeconds",
            "placementConstraints",
            "placementStrategy",
            "propagateTags",
            "tags",
        }
    )
}
"""Split → the fields of a service that start no deployment when they change; all others are revision."""


def revision_fields(service: Document, split: int = SPLIT) -> dict[str, Any]:
    """The fields of a service section that belong to its revision part."""
    return {name: value for name, value in service.items() if name not in IN_PLACE[split]}


def in_place_fields(service: Document, split: int = SPLIT) -> dict[str, Any]:
    """The fields of a service section that change in place."""
    return {name: value for name, value in service.items() if name in IN_PLACE[split]}
