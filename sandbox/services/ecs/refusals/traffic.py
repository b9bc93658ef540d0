"""What CreateService and UpdateService refuse about networks, load balancers and target groups. Pure."""

from __future__ import annotations

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.refusals.refusal import BOTH, GUIDE, INVALID, RECORDED, Asked, Refusal, say_if

MOST_SUBNETS, MOST_GROUPS, MOST_TARGETS = 16, 5, 5


def _vpc(asked: Asked) -> Document:
    network: Document = (asked.request.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    return network


def _network_needed(asked: Asked) -> str | None:
    awsvpc = asked.definition.get("networkMode") == "awsvpc"
    given = asked.fields().get("networkConfiguration")
    if awsvpc and not given:
        return "Network Configuration must be provided when networkMode 'awsvpc' is specified."
    words = "Network Configuration is not valid for the given networkMode of this task definition."
    return say_if(given and not awsvpc, words)


def _subnets(asked: Asked) -> str | None:
    network = _vpc(asked)
    if not network:
        return None
    return (
        say_if(not network.get("subnets"), "subnets can not be empty.")
        or say_if(len(network["subnets"]) > MOST_SUBNETS, f"subnets can have at most {MOST_SUBNETS} items.")
        or say_if(
            len(network.get("securityGroups") or ()) > MOST_GROUPS,
            f"securityGroups can have at most {MOST_GROUPS} items.",
        )
    )


def _balancers(asked: Asked) -> list[Document]:
    return list(asked.fields().get("loadBalancers") or ())


def _balancers_at_most(asked: Asked) -> str | None:
    return say_if(
        len(_balancers(asked)) > MOST_TARGETS, f"loadBalancers can have at most {MOST_TARGETS} items."
    )


def _balancer_either(asked: Asked) -> str | None:
    both = any(item.get("targetGroupArn") and item.get("loadBalancerName") for item in _balancers(asked))
    return say_if(both, "loadBalancerName and targetGroupArn cannot both be specified.")


def _balancer_container(asked: Asked) -> str | None:
    ports = {
        item["name"]: {mapping.get("containerPort") for mapping in item.get("portMappings", ())}
        for item in asked.containers()
    }
    for balancer in _balancers(asked):
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        if name not in ports:
            return f"The container {name} does not exist in the task definition."
        if port not in ports[name]:
            return f"The container {name} did not have a container port {port} defined."
    return None


def _balancer_group(asked: Asked) -> str | None:
    awsvpc = asked.definition.get("networkMode") == "awsvpc"
    groups = (
        (arn, asked.target_group(arn)) for item in _balancers(asked) if (arn := item.get("targetGroupArn"))
    )
    for arn, group in groups:
        if group is None:
            return f"The target group {arn} does not exist."
        if not group.get("LoadBalancerArns"):
            return f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        if awsvpc and (kind := group.get("TargetType", "ip")) != "ip":
            return (
                f"The provided target group {arn} has target type {kind}, which is incompatible with"
                " the awsvpc network mode specified in the task definition."
            )
    return None


def _grace(asked: Asked) -> str | None:
    useless = asked.request.get("healthCheckGracePeriodSeconds") and not _balancers(asked)
    words = "Health check grace period is only valid for services configured to use load balancers"
    return say_if(useless, words)


TRAFFIC_REFUSALS: tuple[Refusal, ...] = (
    Refusal("ecs-network-configuration", BOTH, INVALID, RECORDED, _network_needed),
    Refusal("ecs-network-at-most", BOTH, INVALID, GUIDE, _subnets, confirmed=False),
    Refusal("ecs-balancers-at-most", BOTH, INVALID, GUIDE, _balancers_at_most, confirmed=False),
    Refusal("ecs-balancer-either", BOTH, INVALID, RECORDED, _balancer_either),
    Refusal("ecs-balancer-container", BOTH, INVALID, RECORDED, _balancer_container),
    Refusal("ecs-balancer-target-group", BOTH, INVALID, RECORDED, _balancer_group),
    Refusal("ecs-grace-needs-balancer", BOTH, INVALID, RECORDED, _grace),
)
"""The rules of what a service's tasks are reached by, in the order in which they are asked."""
