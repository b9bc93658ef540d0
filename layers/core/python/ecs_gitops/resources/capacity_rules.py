"""AWS's rules of where a service's tasks run, each with its id and its source. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.finding import Finding
from ecs_gitops.resources.rule import SERVICE, Rule, Sections

_STRATEGY: Final = (SERVICE, "capacityProviderStrategy")
_FARGATE: Final = {"FARGATE", "FARGATE_SPOT"}
_PLATFORMS: Final = ("LATEST", "1.4.0", "1.3.0", "1.0.0")
_MOST: Final = {"capacityProviderStrategy": 20, "placementStrategy": 5, "placementConstraints": 10}
_BINPACK: Final = ("cpu", "memory")
_LONGEST_EXPRESSION = 2000


def _strategy(sections: Sections) -> list[Document]:
    return list(sections.service.get("capacityProviderStrategy") or ())


def _one_capacity(sections: Sections) -> Iterator[Finding]:
    if sections.service.get("launchType") and _strategy(sections):
        message = "does not go with capacityProviderStrategy"
        yield Finding((SERVICE, "launchType"), message, expected="one of the two")


def _managed(sections: Sections) -> Iterator[Finding]:
    if sections.service.get("launchType") == "MANAGED_INSTANCES":
        message = "Managed Instances are reached by a capacity provider"
        yield Finding(
            (SERVICE, "launchType"), message, expected="capacityProviderStrategy instead", warning=True
        )


def _mixed(sections: Sections) -> Iterator[Finding]:
    names = {str(each.get("capacityProvider")) for each in _strategy(sections)}
    if names & _FARGATE and names - _FARGATE:
        yield Finding(_STRATEGY, "mixes Fargate with other capacity", expected="one or the other")


def _weighted(sections: Sections) -> Iterator[Finding]:
    strategy = _strategy(sections)
    if strategy and not any(each.get("weight") for each in strategy):
        yield Finding(_STRATEGY, "has no weight above 0", expected="one at least")


def _one_base(sections: Sections) -> Iterator[Finding]:
    if sum(bool(each.get("base")) for each in _strategy(sections)) > 1:
        yield Finding(_STRATEGY, "has several bases above 0", expected="one at most")


def _daemon_strategy(sections: Sections) -> Iterator[Finding]:
    if sections.is_daemon and _strategy(sections):
        yield Finding(_STRATEGY, "does not go with DAEMON", expected="nothing")


def _at_most(sections: Sections, names: tuple[str, ...]) -> Iterator[Finding]:
    for name in names:
        number = len(sections.service.get(name) or ())
        if number > _MOST[name]:
            yield Finding(
                (SERVICE, name), f"holds {number}", expected=f"at most {_MOST[name]}", warning=True
            )


def _many_providers(sections: Sections) -> Iterator[Finding]:
    return _at_most(sections, ("capacityProviderStrategy",))


def _many_placements(sections: Sections) -> Iterator[Finding]:
    return _at_most(sections, ("placementStrategy", "placementConstraints"))


def _platform(sections: Sections) -> Iterator[Finding]:
    says_where = sections.service.get("launchType") or _strategy(sections)
    if sections.service.get("platformVersion") and says_where and not sections.is_fargate:
        yield Finding((SERVICE, "platformVersion"), "is of Fargate alone", expected="nothing")


def _known_platform(sections: Sections) -> Iterator[Finding]:
    stated = sections.service.get("platformVersion")
    if stated and stated not in _PLATFORMS:
        expected = f"one of {', '.join(_PLATFORMS)}"
        yield Finding(
            (SERVICE, "platformVersion"), f"{stated} is not known", expected=expected, warning=True
        )


def _platform_fits(sections: Sections) -> Iterator[Finding]:
    task = sections.task_definition
    on_efs = any(each.get("efsVolumeConfiguration") for each in task.get("volumes") or ())
    if sections.service.get("platformVersion") == "1.3.0" and (on_efs or task.get("ephemeralStorage")):
        message = "1.3.0 mounts no EFS volume and has no storage to choose"
        yield Finding((SERVICE, "platformVersion"), message, expected="1.4.0", warning=True)


def _placement_on_fargate(sections: Sections) -> Iterator[Finding]:
    for name in ("placementConstraints", "placementStrategy"):
        if sections.is_fargate and sections.service.get(name):
            yield Finding((SERVICE, name), "does not work on Fargate", expected="nothing")


def _daemon_placement(sections: Sections) -> Iterator[Finding]:
    if sections.is_daemon and sections.service.get("placementStrategy"):
        yield Finding((SERVICE, "placementStrategy"), "does not go with DAEMON", expected="nothing")


def _placement_field(sections: Sections) -> Iterator[Finding]:
    for index, each in enumerate(sections.service.get("placementStrategy") or ()):
        path, field = (SERVICE, "placementStrategy", index, "field"), str(each.get("field", ""))
        if each.get("type") == "binpack" and field.lower() not in _BINPACK:
            yield Finding(
                path, f"binpack by {field!r} is unknown", expected=f"one of {', '.join(_BINPACK)}"
            )
        if each.get("type") == "random" and field:
            yield Finding(path, "does not go with random", expected="nothing")


def _expression(sections: Sections) -> Iterator[Finding]:
    for index, each in enumerate(sections.service.get("placementConstraints") or ()):
        path, text = (SERVICE, "placementConstraints", index, "expression"), each.get("expression") or ""
        if each.get("type") == "distinctInstance" and text:
            yield Finding(path, "does not go with distinctInstance", expected="nothing", warning=True)
        if each.get("type") == "memberOf" and not text:
            yield Finding(path[:-1], "lacks expression", expected="expression", warning=True)
        if len(text) > _LONGEST_EXPRESSION:
            expected = f"at most {_LONGEST_EXPRESSION}"
            yield Finding(path, f"is {len(text)} long", expected=expected, warning=True)


CAPACITY_RULES: Final = (
    Rule(
        "ecs-launch-type-or-strategy",
        "CreateService launchType",
        _one_capacity,
        ("service.capacityProviderStrategy",),
    ),
    Rule(
        "ecs-managed-instances-launch-type", "CreateService launchType", _managed, ("service.launchType",)
    ),
    Rule(
        "ecs-strategy-at-most",
        "CreateService capacityProviderStrategy",
        _many_providers,
        ("service.capacityProviderStrategy",),
    ),
    Rule(
        "ecs-strategy-mixed",
        "CreateService capacityProviderStrategy",
        _mixed,
        ("service.capacityProviderStrategy",),
    ),
    Rule(
        "ecs-strategy-weight",
        "CapacityProviderStrategyItem weight",
        _weighted,
        ("service.capacityProviderStrategy",),
    ),
    Rule(
        "ecs-strategy-base",
        "CapacityProviderStrategyItem base",
        _one_base,
        ("service.capacityProviderStrategy",),
    ),
    Rule(
        "ecs-daemon-strategy",
        "CreateService schedulingStrategy",
        _daemon_strategy,
        ("service.capacityProviderStrategy",),
    ),
    Rule("ecs-platform-version", "CreateService platformVersion", _platform, ("service.platformVersion",)),
    Rule(
        "ecs-platform-known", "AWS Fargate platform versions", _known_platform, ("service.platformVersion",)
    ),
    Rule(
        "ecs-platform-fits", "AWS Fargate platform versions", _platform_fits, ("service.platformVersion",)
    ),
    Rule(
        "ecs-fargate-placement",
        "CreateService placementStrategy",
        _placement_on_fargate,
        ("service.placementStrategy", "service.placementConstraints"),
    ),
    Rule(
        "ecs-daemon-placement",
        "CreateService schedulingStrategy",
        _daemon_placement,
        ("service.placementStrategy",),
    ),
    Rule(
        "ecs-placement-field", "PlacementStrategy field", _placement_field, ("service.placementStrategy",)
    ),
    Rule(
        "ecs-placement-at-most",
        "CreateService placementStrategy",
        _many_placements,
        ("service.placementStrategy", "service.placementConstraints"),
    ),
    Rule(
        "ecs-placement-expression",
        "PlacementConstraint expression",
        _expression,
        ("service.placementConstraints",),
    ),
)
