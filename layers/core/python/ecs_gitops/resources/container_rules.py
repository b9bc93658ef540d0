"""AWS's rules of one container, and of containers among themselves, each with its id and source. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ecs_gitops.resources.finding import Finding
from ecs_gitops.resources.rule import CONTAINERS, EACH, TASK, Rule, Sections, between, listed, outside
from ecs_gitops.resources.task_size import task_size

_HEALTH_CHECK: Final = {
    "interval": (5, 300),
    "timeout": (2, 60),
    "retries": (1, 10),
    "startPeriod": (0, 300),
}
_RESTART_PERIOD: Final = (60, 1800)
_EXIT_CODES = 50
_ENVIRONMENT_FILES = 10


def _named(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        for name in ("name", "image"):
            if not container.get(name):
                yield Finding((*CONTAINERS, index), f"lacks {name}", expected=name)


def _unique(sections: Sections) -> Iterator[Finding]:
    seen: set[Any] = set()
    for index, container in enumerate(sections.containers):
        name = container.get("name")
        if name and name in seen:
            yield Finding((*CONTAINERS, index, "name"), f"{name!r} is taken twice")
        seen.add(name)


def _memory_somewhere(sections: Sections) -> Iterator[Finding]:
    if sections.task_definition.get("memory") is not None:
        return
    for index, container in enumerate(sections.containers):
        if container.get("memory") is None and container.get("memoryReservation") is None:
            message = "has no memory limit, and the task has none either"
            yield Finding((*CONTAINERS, index), message, expected="memory or memoryReservation")


def _memory_below_reservation(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        limit, reserved = container.get("memory"), container.get("memoryReservation")
        if limit is not None and reserved is not None and limit < reserved:
            path = (*CONTAINERS, index, "memory")
            yield Finding(path, f"is {limit}", expected=f"at least memoryReservation {reserved}")


def _memory_above_task(sections: Sections) -> Iterator[Finding]:
    whole = task_size(sections.task_definition, "memory")
    for index, container in enumerate(sections.containers):
        limit = container.get("memory")
        if whole is not None and limit is not None and limit > whole:
            yield Finding(
                (*CONTAINERS, index, "memory"), f"is {limit}", expected=f"at most the task's {whole}"
            )


def _essential(sections: Sections) -> Iterator[Finding]:
    if sections.containers and not any(each.get("essential", True) for each in sections.containers):
        yield Finding(CONTAINERS, "has no essential container", expected="one at least")


def _host_port(sections: Sections) -> Iterator[Finding]:
    if sections.network_mode not in ("awsvpc", "host"):
        return
    for path, _, mapping in sections.each("portMappings"):
        port, host = mapping.get("containerPort"), mapping.get("hostPort")
        if port is not None and host not in (None, 0, port):
            message = f"{host} differs from containerPort under networkMode {sections.network_mode}"
            yield Finding((*path, "hostPort"), message, expected=f"{port}, or nothing")


def _port_or_range(sections: Sections) -> Iterator[Finding]:
    for path, _, mapping in sections.each("portMappings"):
        if mapping.get("containerPortRange") and (mapping.get("containerPort") or mapping.get("hostPort")):
            message = "does not go with containerPort and hostPort"
            yield Finding((*path, "containerPortRange"), message, expected="one of the two")


def _health_check(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        for name, bounds in _HEALTH_CHECK.items():
            value = (container.get("healthCheck") or {}).get(name)
            if outside(value, bounds):
                path = (*CONTAINERS, index, "healthCheck", name)
                yield Finding(path, f"is {value}", expected=between(bounds))


def _restart_period(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        period = (container.get("restartPolicy") or {}).get("restartAttemptPeriod")
        if outside(period, _RESTART_PERIOD):
            path = (*CONTAINERS, index, "restartPolicy", "restartAttemptPeriod")
            yield Finding(path, f"is {period}", expected=between(_RESTART_PERIOD))


def _lengths(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        codes = (container.get("restartPolicy") or {}).get("ignoredExitCodes") or ()
        if len(codes) > _EXIT_CODES:
            path = (*CONTAINERS, index, "restartPolicy", "ignoredExitCodes")
            yield Finding(path, f"holds {len(codes)}", expected=f"at most {_EXIT_CODES}", warning=True)


def _credential_specs(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        found = container.get("credentialSpecs") or ()
        if len(found) > 1:
            path = (*CONTAINERS, index, "credentialSpecs")
            yield Finding(path, f"holds {len(found)}", expected="at most 1", warning=True)


def _environment_files(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        found = container.get("environmentFiles") or ()
        if len(found) > _ENVIRONMENT_FILES:
            path = (*CONTAINERS, index, "environmentFiles")
            yield Finding(path, f"holds {len(found)}", expected=f"at most {_ENVIRONMENT_FILES}")


def _environment_file_place(sections: Sections) -> Iterator[Finding]:
    for path, _, item in sections.each("environmentFiles"):
        value = str(item.get("value", ""))
        if not value.startswith(("arn:", "${")):
            yield Finding((*path, "value"), f"is {value!r}", expected="the ARN of an object in S3")


def _mounted_volumes(sections: Sections) -> Iterator[Finding]:
    known = {each.get("name") for each in sections.task_definition.get("volumes") or ()}
    for path, _, mount in sections.each("mountPoints"):
        if (name := mount.get("sourceVolume")) is not None and name not in known:
            message = f"names volume {name!r}, which is not in volumes"
            yield Finding((*path, "sourceVolume"), message, expected=listed(known))


def _dependencies(sections: Sections) -> Iterator[Finding]:
    by_name = {each.get("name"): each for each in sections.containers}
    for path, container, need in sections.each("dependsOn"):
        needed, condition = by_name.get(need.get("containerName")), need.get("condition")
        if needed is None or needed is container:
            message = f"names container {need.get('containerName')!r}, which is no other container"
            yield Finding((*path, "containerName"), message, expected=listed(by_name))
        elif condition == "HEALTHY" and not needed.get("healthCheck"):
            yield Finding((*path, "condition"), f"waits for {needed['name']}, which has no healthCheck")
        elif condition in ("COMPLETE", "SUCCESS") and needed.get("essential", True):
            message = f"waits for the end of {needed['name']}, which is essential"
            yield Finding((*path, "condition"), message, expected="essential: false for it")


def _secret_names(sections: Sections) -> Iterator[Finding]:
    for index, container in enumerate(sections.containers):
        taken = {each.get("name") for each in container.get("environment") or ()}
        for position, secret in enumerate(container.get("secrets") or ()):
            if secret.get("name") in taken:
                path = (*CONTAINERS, index, "secrets", position, "name")
                yield Finding(path, f"{secret['name']!r} is also the name of another variable")
            taken.add(secret.get("name"))


def _proxy(sections: Sections) -> Iterator[Finding]:
    name = (sections.task_definition.get("proxyConfiguration") or {}).get("containerName")
    known = {each.get("name") for each in sections.containers}
    if name and name not in known:
        path = (TASK, "proxyConfiguration", "containerName")
        yield Finding(path, f"names container {name!r}, which is not there", expected=listed(known))


_REGISTER = "RegisterTaskDefinition containerDefinitions"
CONTAINER_RULES: Final = (
    Rule("ecs-container-named", f"{_REGISTER}.name, image", _named),
    Rule("ecs-container-unique", f"{_REGISTER}.name", _unique),
    Rule("ecs-memory-stated", f"{_REGISTER}.memory", _memory_somewhere),
    Rule(
        "ecs-memory-reservation",
        f"{_REGISTER}.memoryReservation",
        _memory_below_reservation,
        (f"{EACH}.memoryReservation",),
    ),
    Rule("ecs-memory-of-task", f"{_REGISTER}.memory", _memory_above_task, (f"{EACH}.memory",)),
    Rule("ecs-essential-container", f"{_REGISTER}.essential", _essential, (f"{EACH}.essential",)),
    Rule("ecs-host-ports", f"{_REGISTER}.portMappings.hostPort", _host_port, (f"{EACH}.portMappings",)),
    Rule(
        "ecs-port-or-range",
        f"{_REGISTER}.portMappings.containerPortRange",
        _port_or_range,
        (f"{EACH}.portMappings",),
    ),
    Rule("ecs-health-check", f"{_REGISTER}.healthCheck", _health_check, (f"{EACH}.healthCheck",)),
    Rule("ecs-restart-period", f"{_REGISTER}.restartPolicy", _restart_period, (f"{EACH}.restartPolicy",)),
    Rule("ecs-restart-exit-codes", f"{_REGISTER}.restartPolicy", _lengths, (f"{EACH}.restartPolicy",)),
    Rule(
        "ecs-credential-specs",
        f"{_REGISTER}.credentialSpecs",
        _credential_specs,
        (f"{EACH}.credentialSpecs",),
    ),
    Rule(
        "ecs-environment-files",
        f"{_REGISTER}.environmentFiles",
        _environment_files,
        (f"{EACH}.environmentFiles",),
    ),
    Rule(
        "ecs-environment-file-place",
        f"{_REGISTER}.environmentFiles",
        _environment_file_place,
        (f"{EACH}.environmentFiles",),
    ),
    Rule("ecs-mounted-volume", f"{_REGISTER}.mountPoints", _mounted_volumes, (f"{EACH}.mountPoints",)),
    Rule("ecs-container-dependency", f"{_REGISTER}.dependsOn", _dependencies, (f"{EACH}.dependsOn",)),
    Rule("ecs-secret-name", f"{_REGISTER}.secrets", _secret_names, (f"{EACH}.secrets",)),
    Rule(
        "ecs-proxy-container",
        "RegisterTaskDefinition proxyConfiguration",
        _proxy,
        ("taskDefinition.proxyConfiguration",),
    ),
)
