"""AWS's rules between the fields of a task definition, each with its id and its source. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ecs_gitops.model import Document
from ecs_gitops.resources.finding import Finding, Path
from ecs_gitops.resources.rule import TASK, Rule, Sections, listed
from ecs_gitops.resources.task_definition import TASK_DEFINITION

_CONTAINERS: Final = (TASK, "containerDefinitions")


def _fargate_network(sections: Sections) -> Iterator[Finding]:
    if sections.task_definition and sections.is_fargate and sections.network_mode != "awsvpc":
        yield Finding((TASK, "networkMode"), "does not work on Fargate", expected="awsvpc")


_FARGATE_MEMORY: Final = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
    8192: tuple(range(16384, 61441, 4096)),
    16384: tuple(range(32768, 122881, 8192)),
}
"""Memory in MiB that Fargate offers for so many CPU units."""


def _fargate_size(sections: Sections) -> Iterator[Finding]:
    if not sections.task_definition or not sections.is_fargate:
        return
    cpu, memory = (_size(sections.task_definition, name) for name in ("cpu", "memory"))
    for name, value in (("cpu", cpu), ("memory", memory)):
        if value is None:
            yield Finding((TASK,), f"lacks {name}, which Fargate needs for the task", expected=name)
    if cpu is None or memory is None:
        return
    offered = _FARGATE_MEMORY.get(cpu)
    if offered is None:
        sizes = ", ".join(map(str, _FARGATE_MEMORY))
        yield Finding((TASK, "cpu"), f"{cpu} is no size of Fargate", expected=f"one of {sizes}")
    elif memory not in offered:
        sizes = f"{offered[0]} to {offered[-1]} in steps" if len(offered) > 3 else listed(offered)
        message = f"{memory} is not offered by Fargate with cpu {cpu}"
        yield Finding((TASK, "memory"), message, expected=sizes)


def _container_memory(sections: Sections) -> Iterator[Finding]:
    if _size(sections.task_definition, "memory") is not None:
        return
    for index, container in enumerate(sections.containers):
        if container.get("memory") is None and container.get("memoryReservation") is None:
            message = "has no memory limit, and the task has none either"
            yield Finding((*_CONTAINERS, index), message, expected="memory or memoryReservation")


def _memory_below_reservation(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        limit, reserved = container.get("memory"), container.get("memoryReservation")
        if limit is not None and reserved is not None and limit < reserved:
            path = (*_CONTAINERS, index, "memory")
            yield Finding(path, f"is {limit}", expected=f"at least memoryReservation {reserved}")


def _essential_container(sections: Sections) -> Iterator[Finding]:
    if sections.containers and not any(each.get("essential", True) for each in sections.containers):
        yield Finding(_CONTAINERS, "has no essential container", expected="one at least")


def _container_names(sections: Sections) -> Iterator[Finding]:
    seen: set[Any] = set()
    for index, container in enumerate(sections.containers):
        if container.get("name") in seen:
            yield Finding((*_CONTAINERS, index, "name"), f"{container['name']!r} is taken twice")
        seen.add(container.get("name"))


def _host_port(sections: Sections) -> Iterator[Finding]:
    if sections.network_mode not in ("awsvpc", "host"):
        return
    for path, mapping in _mappings(sections):
        port, host = mapping.get("containerPort"), mapping.get("hostPort")
        if port is not None and host not in (None, 0, port):
            message = f"{host} differs from containerPort under networkMode {sections.network_mode}"
            yield Finding((*path, "hostPort"), message, expected=f"{port}, or nothing")


def _mounted_volumes(sections: Sections) -> Iterator[Finding]:
    known = {each.get("name") for each in sections.task_definition.get("volumes") or ()}
    for index, container in enumerate(sections.containers):
        for position, mount in enumerate(container.get("mountPoints") or ()):
            if (name := mount.get("sourceVolume")) is not None and name not in known:
                path = (*_CONTAINERS, index, "mountPoints", position, "sourceVolume")
                yield Finding(
                    path, f"names volume {name!r}, which is not in volumes", expected=listed(known)
                )


def _dependencies(sections: Sections) -> Iterator[Finding]:
    by_name = {each.get("name"): each for each in sections.containers}
    for index, container in enumerate(sections.containers):
        for position, need in enumerate(container.get("dependsOn") or ()):
            path = (*_CONTAINERS, index, "dependsOn", position)
            needed = by_name.get(need.get("containerName"))
            if needed is None or needed is container:
                message = f"names container {need.get('containerName')!r}, which is no other container"
                yield Finding((*path, "containerName"), message, expected=listed(by_name))
            elif need.get("condition") == "HEALTHY" and not needed.get("healthCheck"):
                yield Finding((*path, "condition"), f"waits for {needed['name']}, which has no healthCheck")


def _secret_names(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        taken = {each.get("name") for each in container.get("environment") or ()}
        for position, secret in enumerate(container.get("secrets") or ()):
            if secret.get("name") in taken:
                path = (*_CONTAINERS, index, "secrets", position, "name")
                yield Finding(path, f"{secret['name']!r} is also the name of another variable")
            taken.add(secret.get("name"))


def _execution_role(sections: Sections) -> Iterator[Finding]:
    if sections.task_definition.get("executionRoleArn"):
        return
    for container in sections.containers:
        needs = _needs_execution_role(container, is_fargate=sections.is_fargate)
        if needs:
            message = f"lacks executionRoleArn, which {container.get('name')} needs for {needs}"
            yield Finding((TASK,), message, expected="executionRoleArn")
            return


def _needs_execution_role(container: Document, *, is_fargate: bool) -> str:
    log = container.get("logConfiguration") or {}
    if container.get("secrets") or log.get("secretOptions"):
        return "its secrets"
    if is_fargate and ".dkr.ecr." in str(container.get("image", "")):
        return "its image in ECR"
    if is_fargate and log.get("logDriver") == "awslogs":
        return "its log driver"
    return ""


TASK_RULES: Final = (
    Rule("fargate-network-mode", "RegisterTaskDefinition networkMode", _fargate_network),
    Rule("fargate-size", "Fargate task definition: task CPU and memory", _fargate_size),
    Rule("container-memory", "RegisterTaskDefinition containerDefinitions.memory", _container_memory),
    Rule("memory-reservation", "RegisterTaskDefinition memoryReservation", _memory_below_reservation),
    Rule("essential-container", "RegisterTaskDefinition essential", _essential_container),
    Rule("container-name", "RegisterTaskDefinition containerDefinitions.name", _container_names),
    Rule("host-port", "RegisterTaskDefinition portMappings.hostPort", _host_port),
    Rule("mounted-volume", "RegisterTaskDefinition mountPoints.sourceVolume", _mounted_volumes),
    Rule("container-dependency", "RegisterTaskDefinition dependsOn", _dependencies),
    Rule("secret-name", "RegisterTaskDefinition secrets", _secret_names),
    Rule("execution-role", "Task execution IAM role", _execution_role),
)


def _size(task_definition: Document, name: str) -> int | None:
    """A task's cpu or memory as AWS stores it, from any of its spellings; None when not given."""
    value = task_definition.get(name)
    convert = TASK_DEFINITION[name].unit
    text = "" if value is None or convert is None else str(convert(value))
    return int(text) if text.isdigit() else None


def _mappings(sections: Sections) -> Iterator[tuple[Path, Document]]:
    for index, container in enumerate(sections.containers):
        for position, mapping in enumerate(container.get("portMappings") or ()):
            yield (*_CONTAINERS, index, "portMappings", position), mapping
