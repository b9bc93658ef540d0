"""AWS's rules between fields that no model says, each with its id and its source. Pure.

Asked once botocore's model has nothing to say, so that values have the types they should have. A rule
that AWS does not enforce by refusing, or only in some cases that a manifest does not show, is a warning.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from ecs_gitops.model import Document
from ecs_gitops.resources.finding import Finding
from ecs_gitops.resources.rule import SERVICE, Rule, Sections, listed
from ecs_gitops.resources.task_rules import TASK_RULES


def check_rules(task_definition: Document | None, service: Document | None) -> list[Finding]:
    """What AWS's rules say against a manifest's sections; paths begin with the section's name."""
    sections = Sections(task_definition or {}, service or {})
    return [replace(found, rule=rule.id) for rule in RULES for found in rule.check(sections)]


def _balanced_container(sections: Sections) -> Iterator[Finding]:
    if not sections.task_definition:
        return
    ports = {(name, mapping.get("containerPort")) for name, mapping in _ports(sections)}
    names = {each.get("name") for each in sections.containers}
    for index, balancer in enumerate(sections.service.get("loadBalancers") or ()):
        path = (SERVICE, "loadBalancers", index)
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        if name not in names:
            message = f"names container {name!r}, which the task definition lacks"
            yield Finding((*path, "containerName"), message, expected=listed(names))
        elif (name, port) not in ports and not _has_port_range(sections, name):
            mapped = [each for each_name, each in ports if each_name == name]
            message = f"{port} is not mapped by container {name}"
            yield Finding((*path, "containerPort"), message, expected=listed(mapped))


def _network_configuration(sections: Sections) -> Iterator[Finding]:
    if not sections.task_definition or not sections.service:
        return
    stated = bool(sections.service.get("networkConfiguration"))
    if sections.network_mode == "awsvpc" and not stated:
        message = "states no networkConfiguration, without which a service under awsvpc is not created"
        yield Finding((SERVICE,), message, expected="networkConfiguration", warning=True)
    if sections.network_mode != "awsvpc" and stated:
        message = f"does not go with networkMode {sections.network_mode}"
        yield Finding((SERVICE, "networkConfiguration"), message, expected="networkMode awsvpc, or nothing")


def _one_capacity(sections: Sections) -> Iterator[Finding]:
    if sections.service.get("launchType") and sections.service.get("capacityProviderStrategy"):
        message = "does not go with capacityProviderStrategy"
        yield Finding((SERVICE, "launchType"), message, expected="one of the two")


def _daemon(sections: Sections) -> Iterator[Finding]:
    if not sections.is_daemon:
        return
    if sections.service.get("desiredCount") is not None:
        yield Finding((SERVICE, "desiredCount"), "does not go with DAEMON, which runs one task a host")
    if sections.is_fargate:
        yield Finding((SERVICE, "schedulingStrategy"), "does not work on Fargate", expected="REPLICA")
    maximum = _percent(sections, "maximumPercent", 100)
    if maximum != 100:
        path = (SERVICE, "deploymentConfiguration", "maximumPercent")
        yield Finding(path, f"is {maximum} with DAEMON", expected="100")


def _placement_on_fargate(sections: Sections) -> Iterator[Finding]:
    for name in ("placementConstraints", "placementStrategy"):
        if sections.is_fargate and sections.service.get(name):
            yield Finding((SERVICE, name), "does not work on Fargate", expected="nothing")


def _headroom(sections: Sections) -> Iterator[Finding]:
    count = sections.service.get("desiredCount")
    configuration = sections.service.get("deploymentConfiguration") or {}
    if sections.is_daemon or count == 0 or configuration.get("strategy", "ROLLING") != "ROLLING":
        return
    minimum = _percent(sections, "minimumHealthyPercent", 100)
    maximum = _percent(sections, "maximumPercent", 200)
    tasks = count if count is not None else 100
    if math.floor(tasks * maximum / 100) <= math.ceil(tasks * minimum / 100):
        path = (SERVICE, "deploymentConfiguration")
        of = f" of {count} tasks" if count is not None else ""
        message = (
            f"maximumPercent {maximum} and minimumHealthyPercent {minimum}{of} leave no room to start "
            "or stop a task, so a rollout stands still"
        )
        yield Finding(path, message, expected="more room between the two", warning=True)


def _grace_period(sections: Sections) -> Iterator[Finding]:
    period = sections.service.get("healthCheckGracePeriodSeconds")
    if period and not sections.service.get("loadBalancers"):
        message = "needs a load balancer, and the manifest states none"
        yield Finding((SERVICE, "healthCheckGracePeriodSeconds"), message, warning=True)


RULES: Final = (
    *TASK_RULES,
    Rule("balanced-container", "CreateService loadBalancers", _balanced_container),
    Rule("network-configuration", "CreateService networkConfiguration", _network_configuration),
    Rule("one-capacity", "CreateService launchType, capacityProviderStrategy", _one_capacity),
    Rule("daemon", "CreateService schedulingStrategy", _daemon),
    Rule("placement-on-fargate", "CreateService placementStrategy", _placement_on_fargate),
    Rule("rollout-headroom", "DeploymentConfiguration maximumPercent", _headroom),
    Rule("grace-period", "CreateService healthCheckGracePeriodSeconds", _grace_period),
)
"""Every rule, those of the task definition first."""


def _percent(sections: Sections, name: str, default: int) -> int:
    configuration = sections.service.get("deploymentConfiguration") or {}
    value = configuration.get(name)
    return default if value is None else int(value)


def _ports(sections: Sections) -> Iterator[tuple[Any, Document]]:
    for container in sections.containers:
        for mapping in container.get("portMappings") or ():
            yield container.get("name"), mapping


def _has_port_range(sections: Sections, container: Any) -> bool:
    return any(
        name == container and mapping.get("containerPortRange") for name, mapping in _ports(sections)
    )
