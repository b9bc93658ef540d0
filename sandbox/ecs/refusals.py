"""What ECS refuses, each rule with an id, its source and the exact error. Pure.

A rule looks at one request and answers the message of the error, or None. Rules of one operation are
asked in order; the first that objects decides. `Refused` carries AWS's error code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.ecs.documents import Document
from sandbox.ecs.service_fields import fargate
from sandbox.ecs.state import Service

REGISTER, CREATE, UPDATE, DELETE = (
    "RegisterTaskDefinition",
    "CreateService",
    "UpdateService",
    "DeleteService",
)
GUIDE = "Amazon ECS Developer Guide"
RECORDED = "recorded answers"
OURS = "this sandbox"
FARGATE_SIZES: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
    8192: tuple(range(16384, 61441, 4096)),
    16384: tuple(range(32768, 122881, 8192)),
}
"""Task cpu units → the memory sizes in MiB that Fargate sells with them."""


class Refused(Exception):  # noqa: N818 - AWS's word, not an error of ours
    """AWS answers with an error: its code and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with what is known about what it names.

    definition: the task definition that the service shall run; service: the service as it is.
    target_group: look-up of a target group by ARN.
    """

    request: Document
    definition: Document = field(default_factory=dict)
    service: Service | None = None
    target_group: Callable[[str], Mapping[str, Any] | None] = lambda _: None

    def fields(self) -> dict[str, Any]:
        """The revision's fields as they would be after the request."""
        kept = self.service.revision(self.service.primary).fields if self.service else {}
        return {**kept, **self.request}

    def containers(self) -> list[Document]:
        """The container definitions in question."""
        return list((self.definition or self.request)["containerDefinitions"])


Check = Callable[[Asked], str | None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule. `id` is what tests and the manifest rules name it by."""

    id: str
    operations: tuple[str, ...]
    code: str
    source: str
    check: Check


def refuse(operation: str, asked: Asked) -> None:
    """Raise Refused if a rule of this operation objects."""
    for refusal in REFUSALS:
        if operation in refusal.operations and (message := refusal.check(asked)) is not None:
            raise Refused(refusal.code, message)


def _first(messages: Any) -> str | None:
    return next(iter(messages), None)


def _on_fargate(asked: Asked) -> bool:
    return "FARGATE" in asked.request.get("requiresCompatibilities", ())


def _fargate_network(asked: Asked) -> str | None:
    wrong = _on_fargate(asked) and asked.request.get("networkMode", "awsvpc") != "awsvpc"
    return "Fargate only supports network mode ‘awsvpc’." if wrong else None


def _fargate_sized(asked: Asked) -> str | None:
    missing = (name for name in ("cpu", "memory") if not asked.request.get(name))
    messages = (f"Fargate requires that '{name}' be defined at the task level." for name in missing)
    return _first(messages) if _on_fargate(asked) else None


def _fargate_sizes(asked: Asked) -> str | None:
    cpu, memory = asked.request.get("cpu"), asked.request.get("memory")
    if not _on_fargate(asked) or not str(cpu).isdigit() or not str(memory).isdigit():
        return None
    fits = int(str(memory)) in FARGATE_SIZES.get(int(str(cpu)), ())
    return None if fits else "No Fargate configuration exists for given values."


def _memory_somewhere(asked: Asked) -> str | None:
    if asked.request.get("memory"):
        return None
    return _first(
        f"Invalid setting for container '{item['name']}'. At least one of 'memory' or 'memoryReservation' "
        "must be specified."
        for item in asked.containers()
        if not item.get("memory") and not item.get("memoryReservation")
    )


def _essential(asked: Asked) -> str | None:
    any_essential = any(item.get("essential", True) for item in asked.containers())
    return None if any_essential else "A task definition must have at least one essential container."


def _host_ports(asked: Asked) -> str | None:
    if asked.request.get("networkMode", "awsvpc" if _on_fargate(asked) else "bridge") != "awsvpc":
        return None
    mappings = (mapping for item in asked.containers() for mapping in item.get("portMappings", ()))
    wrong = any(
        mapping.get("hostPort") not in (None, 0, mapping.get("containerPort")) for mapping in mappings
    )
    return (
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
        if wrong
        else None
    )


def _launch_twice(asked: Asked) -> str | None:
    both = asked.request.get("launchType") and asked.request.get("capacityProviderStrategy")
    words = "Specifying both a launch type and capacity provider strategy is not supported."
    return f"{words} Remove one and try again." if both else None


def _supports_launch(asked: Asked) -> str | None:
    wanted = fargate(asked.fields()) and "FARGATE" not in asked.definition.get("compatibilities", ())
    return "Task definition does not support launch_type FARGATE." if wanted else None


def _network_needed(asked: Asked) -> str | None:
    awsvpc = asked.definition.get("networkMode") == "awsvpc"
    given = asked.fields().get("networkConfiguration")
    if awsvpc and not given:
        return "Network Configuration must be provided when networkMode 'awsvpc' is specified."
    if given and not awsvpc:
        return "Network Configuration is not valid for the given networkMode of this task definition."
    return None


def _balancers(asked: Asked) -> list[Document]:
    return list(asked.fields().get("loadBalancers") or ())


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
    for arn in (item.get("targetGroupArn") for item in _balancers(asked)):
        group = asked.target_group(arn) if arn else None
        if arn and group is None:
            return f"The target group {arn} does not exist."
        if arn and group and not group.get("LoadBalancerArns"):
            return f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        kind = (group or {}).get("TargetType", "ip" if awsvpc else "instance")
        if arn and awsvpc and kind != "ip":
            return (
                f"The provided target group {arn} has target type {kind}, which is incompatible with"
                " the awsvpc network mode specified in the task definition."
            )
    return None


def _grace(asked: Asked) -> str | None:
    given = asked.request.get("healthCheckGracePeriodSeconds")
    useless = given and not _balancers(asked)
    return (
        "Health check grace period is only valid for services configured to use load balancers"
        if useless
        else None
    )


def _daemon_count(asked: Asked) -> str | None:
    daemon = asked.request.get("schedulingStrategy") == "DAEMON" or (asked.service and asked.service.daemon)
    wrong = daemon and asked.request.get("desiredCount") is not None
    words = "The daemon scheduling strategy does not support a desired count for services."
    return f"{words} Remove a desired count value and try again." if wrong else None


def _daemon_fargate(asked: Asked) -> str | None:
    wrong = asked.request.get("schedulingStrategy") == "DAEMON" and fargate(asked.request)
    return "The daemon scheduling strategy is not supported on AWS Fargate." if wrong else None


def _percents(asked: Asked) -> str | None:
    stated = asked.request.get("deploymentConfiguration", {})
    both = (stated.get("maximumPercent", 200), stated.get("minimumHealthyPercent", 100))
    words = "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
    return words if both == (100, 100) else None


def _active_definition(asked: Asked) -> str | None:
    stated = "taskDefinition" in asked.request
    return "TaskDefinition is inactive" if stated and asked.definition.get("status") == "INACTIVE" else None


def _needs_count(asked: Asked) -> str | None:
    daemon = asked.request.get("schedulingStrategy") == "DAEMON"
    stated = asked.request.get("desiredCount") is not None
    return None if daemon or stated else "desiredCount is required for the replica scheduling strategy."


def _active_service(asked: Asked) -> str | None:
    return "Service was not ACTIVE." if asked.service and asked.service.status != "ACTIVE" else None


def _scaled(asked: Asked) -> str | None:
    above = asked.service is not None and not asked.service.daemon and asked.service.desired > 0
    forced = asked.request.get("force")
    return "The service cannot be stopped while it is scaled above 0." if above and not forced else None


def _not_simulated(asked: Asked) -> str | None:
    strategy = asked.request.get("deploymentConfiguration", {}).get("strategy", "ROLLING")
    controller = asked.request.get("deploymentController", {}).get("type", "ECS")
    if strategy != "ROLLING":
        return f"The sandbox does not run the deployment strategy {strategy} yet."
    return (
        f"The sandbox does not run the deployment controller {controller} yet."
        if controller != "ECS"
        else None
    )


CLIENT, INVALID = "ClientException", "InvalidParameterException"
BOTH = (CREATE, UPDATE)
REFUSALS: tuple[Refusal, ...] = (
    Refusal("ecs-fargate-network-mode", (REGISTER,), CLIENT, GUIDE, _fargate_network),
    Refusal("ecs-fargate-size-stated", (REGISTER,), CLIENT, GUIDE, _fargate_sized),
    Refusal("ecs-fargate-size-sold", (REGISTER,), CLIENT, GUIDE, _fargate_sizes),
    Refusal("ecs-memory-stated", (REGISTER,), CLIENT, RECORDED, _memory_somewhere),
    Refusal("ecs-essential-container", (REGISTER,), CLIENT, GUIDE, _essential),
    Refusal("ecs-awsvpc-host-ports", (REGISTER,), CLIENT, RECORDED, _host_ports),
    Refusal("ecs-not-simulated", BOTH, "UnsupportedFeatureException", OURS, _not_simulated),
    Refusal("ecs-service-active", (UPDATE,), "ServiceNotActiveException", RECORDED, _active_service),
    Refusal("ecs-task-definition-active", BOTH, CLIENT, RECORDED, _active_definition),
    Refusal("ecs-launch-type-or-strategy", BOTH, INVALID, RECORDED, _launch_twice),
    Refusal("ecs-daemon-desired-count", BOTH, INVALID, RECORDED, _daemon_count),
    Refusal("ecs-daemon-fargate", (CREATE,), INVALID, GUIDE, _daemon_fargate),
    Refusal("ecs-replica-desired-count", (CREATE,), INVALID, GUIDE, _needs_count),
    Refusal("ecs-percents-block", BOTH, INVALID, RECORDED, _percents),
    Refusal("ecs-launch-type-supported", BOTH, INVALID, RECORDED, _supports_launch),
    Refusal("ecs-network-configuration", BOTH, INVALID, RECORDED, _network_needed),
    Refusal("ecs-balancer-container", BOTH, INVALID, RECORDED, _balancer_container),
    Refusal("ecs-balancer-target-group", BOTH, INVALID, RECORDED, _balancer_group),
    Refusal("ecs-grace-needs-balancer", BOTH, INVALID, RECORDED, _grace),
    Refusal("ecs-delete-scaled", (DELETE,), INVALID, RECORDED, _scaled),
)
"""The rules in the order in which they are asked."""
