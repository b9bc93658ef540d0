"""The fields of a service that change in place: what stories state of them, and what ECS then shows."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from sandbox.proofs.sim.story import Service, Statement

_ZONE = {"type": "spread", "field": "attribute:ecs.availability-zone"}
_ZONED = {"type": "memberOf", "expression": "attribute:ecs.availability-zone exists"}
_LINUX = {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}

CHOICES: Final[Mapping[str, tuple[Any, ...]]] = {
    "desiredCount": (1, 2, 3),
    "tags": ("red", "blue", "green"),
    "healthCheckGracePeriodSeconds": (0, 20, 40),
    "deploymentConfiguration": ((200, 100), (200, 50), (300, 100)),
    "enableExecuteCommand": (True, False),
    "enableECSManagedTags": (True, False),
    "propagateTags": ("SERVICE", "TASK_DEFINITION", "NONE"),
    "placementStrategy": ([_ZONE], [{"type": "binpack", "field": "memory"}], [{"type": "random"}]),
    "placementConstraints": ([_LINUX], [_ZONED]),
    "availabilityZoneRebalancing": ("ENABLED", "DISABLED"),
}
"""Field → what stories state of it; of tags a colour, of deploymentConfiguration two percentages."""

RESET: Final[Mapping[str, Any]] = {
    "healthCheckGracePeriodSeconds": 0,
    "enableExecuteCommand": False,
    "enableECSManagedTags": False,
    "propagateTags": "NONE",
    "placementStrategy": [],
    "placementConstraints": [],
}
"""What ECS has of a field that is not stated any more; of all others, what it had."""

LET_GO = 0.2
"""How often a field that may be let go is."""


def first(service: Service, image: str, draw: random.Random) -> dict[str, Any]:
    """The fields of a first statement."""
    fields: dict[str, Any] = {"desiredCount": draw.choice((1, 1, 2))}
    fields["deploymentConfiguration"] = configuration(service, 200, 100)
    for name in draw.sample(sorted(CHOICES), 2):
        if name not in fields:
            fields[name] = _drawn(service, name, draw)
    return versioned(service, image, fields)


def changed(
    service: Service, fields: Mapping[str, Any], draw: random.Random, many: tuple[int, int]
) -> dict[str, Any]:
    """The same fields, of which at least and at most so many say something else, as far as they can."""
    names = draw.sample(sorted(CHOICES), draw.randint(*many))
    if service.balanced and draw.random() < 0.5:
        names.append("healthCheckGracePeriodSeconds")
    new = dict(fields)
    for name in names:
        if name in (*RESET, "tags") and name in new and draw.random() < LET_GO:
            del new[name]
            continue
        others = [value for value in _all(service, name) if value != new.get(name)]
        if others:
            new[name] = draw.choice(others)
    return new


def versioned(service: Service, image: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """With the tag that says which image it is, where the service has one."""
    if not service.versioned:
        return dict(fields)
    others = [tag for tag in fields.get("tags", ()) if tag["key"] != "version"]
    return {**fields, "tags": [*others, {"key": "version", "value": image}]}


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The fields of which two statements say something else."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def configuration(service: Service, most: int, least: int) -> dict[str, Any]:
    """How its rollouts go."""
    breaker = {"enable": service.breaker, "rollback": service.breaker and service.back}
    return {
        "maximumPercent": most,
        "minimumHealthyPercent": least,
        "deploymentCircuitBreaker": breaker,
    }


def unlike(stated: Statement, live: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, str]:
    """Field → how ECS differs from what is stated. before: all fields that were ever stated."""
    wrong = {}
    for name in CHOICES:
        shown, wanted = _shown(name, live), _wanted(name, stated, before)
        if wanted is not None and shown != wanted:
            wrong[name] = f"{name} is {shown}, and Git says {wanted}"
    return wrong


def _wanted(name: str, stated: Statement, before: Mapping[str, Any]) -> Any:
    value = stated.fields.get(name)
    if name == "tags":
        return {tag["key"]: tag["value"] for tag in value or ()}
    if value is None:
        return RESET.get(name) if name in before else None
    return value


def _shown(name: str, live: Mapping[str, Any]) -> Any:
    value = live.get(name, RESET.get(name))
    if name == "tags":
        tags = {tag["key"]: tag["value"] for tag in value or ()}
        return {key: said for key, said in tags.items() if not key.startswith("ecs-gitops:")}
    if name == "deploymentConfiguration":
        breaker = value["deploymentCircuitBreaker"]
        return {
            "maximumPercent": value["maximumPercent"],
            "minimumHealthyPercent": value["minimumHealthyPercent"],
            "deploymentCircuitBreaker": {key: breaker[key] for key in ("enable", "rollback")},
        }
    return value


def _drawn(service: Service, name: str, draw: random.Random) -> Any:
    return draw.choice(_all(service, name))


def _all(service: Service, name: str) -> list[Any]:
    if name == "tags":
        return [[{"key": "team", "value": colour}] for colour in CHOICES[name]]
    if name == "deploymentConfiguration":
        return [configuration(service, *percents) for percents in CHOICES[name]]
    if name == "healthCheckGracePeriodSeconds" and not service.balanced:
        return [0]  # ECS takes no other without a load balancer
    return list(CHOICES[name])
