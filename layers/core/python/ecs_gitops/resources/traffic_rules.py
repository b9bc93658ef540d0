"""AWS's rules of what a service's tasks are reached by, each with its id and its source. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.finding import Finding
from ecs_gitops.resources.rule import SERVICE, Rule, Sections, listed

_BALANCERS: Final = (SERVICE, "loadBalancers")
_CONNECT: Final = (SERVICE, "serviceConnectConfiguration")
_MOST: Final = {"subnets": 16, "securityGroups": 5}
_MOST_BALANCERS = 5


def _balancers(sections: Sections) -> list[Document]:
    return list(sections.service.get("loadBalancers") or ())


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


def _network_at_most(sections: Sections) -> Iterator[Finding]:
    network: Any = (sections.service.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    path = (SERVICE, "networkConfiguration", "awsvpcConfiguration")
    for name, most in _MOST.items():
        number = len(network.get(name) or ())
        if number > most:
            yield Finding((*path, name), f"holds {number}", expected=f"at most {most}", warning=True)
    if network and not network.get("subnets"):
        yield Finding((*path, "subnets"), "is empty", expected="one at least")


def _balancers_at_most(sections: Sections) -> Iterator[Finding]:
    number = len(_balancers(sections))
    if number > _MOST_BALANCERS:
        yield Finding(_BALANCERS, f"holds {number}", expected=f"at most {_MOST_BALANCERS}", warning=True)


def _balancer_either(sections: Sections) -> Iterator[Finding]:
    for index, each in enumerate(_balancers(sections)):
        if each.get("targetGroupArn") and each.get("loadBalancerName"):
            message = "does not go with targetGroupArn"
            yield Finding((*_BALANCERS, index, "loadBalancerName"), message, expected="one of the two")


def _balanced_container(sections: Sections) -> Iterator[Finding]:
    if not sections.task_definition:
        return
    ports = {
        (each.get("name"), port.get("containerPort")) for _, each, port in sections.each("portMappings")
    }
    names = {each.get("name") for each in sections.containers}
    for index, balancer in enumerate(_balancers(sections)):
        path = (*_BALANCERS, index)
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        if name not in names:
            message = f"names container {name!r}, which the task definition lacks"
            yield Finding((*path, "containerName"), message, expected=listed(names))
        elif (name, port) not in ports and name not in sections.ranged:
            mapped = [each for each_name, each in ports if each_name == name]
            message = f"{port} is not mapped by container {name}"
            yield Finding((*path, "containerPort"), message, expected=listed(mapped))


def _grace_period(sections: Sections) -> Iterator[Finding]:
    if sections.service.get("healthCheckGracePeriodSeconds") and not _balancers(sections):
        message = "needs a load balancer, and the manifest states none"
        yield Finding((SERVICE, "healthCheckGracePeriodSeconds"), message, warning=True)


def _connect(sections: Sections) -> Document:
    connect: Document = sections.service.get("serviceConnectConfiguration") or {}
    return connect if connect.get("enabled") else {}


def _connect_namespace(sections: Sections) -> Iterator[Finding]:
    if _connect(sections) and not _connect(sections).get("namespace"):
        message = "states no namespace; the cluster must have a default one"
        yield Finding(_CONNECT, message, expected="namespace", warning=True)


def _connect_alias(sections: Sections) -> Iterator[Finding]:
    for index, each in enumerate(_connect(sections).get("services") or ()):
        number = len(each.get("clientAliases") or ())
        if number > 1:
            path = (*_CONNECT, "services", index, "clientAliases")
            yield Finding(path, f"holds {number}", expected="at most 1")


def _connect_port(sections: Sections) -> Iterator[Finding]:
    known = {mapping.get("name") for _, _, mapping in sections.each("portMappings")} - {None}
    for index, each in enumerate(_connect(sections).get("services") or ()):
        if sections.task_definition and each.get("portName") not in known:
            message = f"names port {each.get('portName')!r}, which no container maps by that name"
            yield Finding((*_CONNECT, "services", index, "portName"), message, expected=listed(known))


def _one_gateway(sections: Sections) -> Iterator[Finding]:
    number = len(sections.service.get("gatewayConnectors") or ())
    if number > 1:
        path = (SERVICE, "gatewayConnectors")
        yield Finding(path, f"holds {number}", expected="at most 1", warning=True)


_CREATE = "CreateService"
TRAFFIC_RULES: Final = (
    Rule("ecs-network-configuration", f"{_CREATE} networkConfiguration", _network_configuration),
    Rule("ecs-network-at-most", "AwsVpcConfiguration", _network_at_most, ("service.networkConfiguration",)),
    Rule(
        "ecs-balancers-at-most", "Amazon ECS service quotas", _balancers_at_most, ("service.loadBalancers",)
    ),
    Rule(
        "ecs-balancer-either", "LoadBalancer loadBalancerName", _balancer_either, ("service.loadBalancers",)
    ),
    Rule(
        "ecs-balancer-container",
        f"{_CREATE} loadBalancers",
        _balanced_container,
        ("service.loadBalancers",),
    ),
    Rule(
        "ecs-grace-needs-balancer",
        f"{_CREATE} healthCheckGracePeriodSeconds",
        _grace_period,
        ("service.healthCheckGracePeriodSeconds",),
    ),
    Rule(
        "ecs-connect-namespace",
        "ServiceConnectConfiguration namespace",
        _connect_namespace,
        ("service.serviceConnectConfiguration",),
    ),
    Rule(
        "ecs-connect-alias",
        "ServiceConnectService clientAliases",
        _connect_alias,
        ("service.serviceConnectConfiguration",),
    ),
    Rule(
        "ecs-connect-port-name",
        "ServiceConnectService portName",
        _connect_port,
        ("service.serviceConnectConfiguration",),
    ),
    Rule("ecs-gateway-one", f"{_CREATE} gatewayConnectors", _one_gateway, ("service.gatewayConnectors",)),
)
