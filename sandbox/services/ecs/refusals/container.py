"""What RegisterTaskDefinition refuses about one container, or about containers among themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.refusals.refusal import (
    API,
    CLIENT,
    RECORDED,
    REGISTER,
    Asked,
    Refusal,
    first,
    say_if,
)
from sandbox.services.ecs.refusals.task import network_mode

HEALTH_CHECK: Mapping[str, tuple[int, int]] = {
    "interval": (5, 300),
    "timeout": (2, 60),
    "retries": (1, 10),
    "startPeriod": (0, 300),
}
RESTART = (60, 1800)
MOST_EXIT_CODES = 50
MOST_FILES = 10
WORDS: Mapping[str, tuple[str, ...]] = {
    "portMappings.protocol": ("tcp", "udp"),
    "portMappings.appProtocol": ("http", "http2", "grpc"),
    "dependsOn.condition": ("START", "COMPLETE", "SUCCESS", "HEALTHY"),
    "environmentFiles.type": ("s3",),
    "resourceRequirements.type": ("GPU", "InferenceAccelerator", "NeuronDevice"),
}
"""Members of a container's lists that take one of a few words."""


def _each(asked: Asked, name: str) -> Iterator[tuple[Document, Any]]:
    """(container, item) of a list that containers have."""
    for container in asked.containers():
        for item in container.get(name) or ():
            yield container, item


def _named(asked: Asked) -> str | None:
    return first(
        f"Container.{field} should not be null or empty."
        for item in asked.containers()
        for field in ("image", "name")
        if not item.get(field)
    )


def _unique(asked: Asked) -> str | None:
    names = [item.get("name") for item in asked.containers()]
    return say_if(len(names) != len(set(names)), "Container names must be unique within a task definition.")


def _essential(asked: Asked) -> str | None:
    any_essential = any(item.get("essential", True) for item in asked.containers())
    return say_if(not any_essential, "A task definition must have at least one essential container.")


def _memory_somewhere(asked: Asked) -> str | None:
    if asked.request.get("memory"):
        return None
    return first(
        f"Invalid setting for container '{item['name']}'. At least one of 'memory' or 'memoryReservation' "
        "must be specified."
        for item in asked.containers()
        if not item.get("memory") and not item.get("memoryReservation")
    )


def _reservation(asked: Asked) -> str | None:
    return first(
        f"Invalid setting for container '{item['name']}'."
        " 'memory' must be greater than or equal to 'memoryReservation'."
        for item in asked.containers()
        if item.get("memory") and (item.get("memoryReservation") or 0) > item["memory"]
    )


def _memory_of_task(asked: Asked) -> str | None:
    whole = str(asked.request.get("memory") or "")
    return first(
        f"The 'memory' setting for container '{item['name']}' is greater than for the task."
        for item in asked.containers()
        if whole.isdigit() and (item.get("memory") or 0) > int(whole)
    )


def _words(asked: Asked) -> str | None:
    return first(
        f"Invalid '{name}' setting for container '{container.get('name')}'."
        f" It should be one of [{','.join(known)}]."
        for place, known in WORDS.items()
        for name, _, member in [place.partition(".")]
        for container, item in _each(asked, name)
        if item.get(member) is not None and item[member] not in known
    )


def _host_ports(asked: Asked) -> str | None:
    mode = network_mode(asked)
    wrong = any(
        mapping.get("hostPort") not in (None, 0, mapping.get("containerPort"))
        for _, mapping in _each(asked, "portMappings")
    )
    words = "the host ports and container ports in port mappings must match."
    return say_if(mode in ("awsvpc", "host") and wrong, f"When networkMode={mode}, {words}")


def _port_or_range(asked: Asked) -> str | None:
    return first(
        f"Invalid port mapping for container '{container.get('name')}',"
        " cannot specify both single port and port range."
        for container, mapping in _each(asked, "portMappings")
        if mapping.get("containerPortRange") and (mapping.get("containerPort") or mapping.get("hostPort"))
    )


def _health_check(asked: Asked) -> str | None:
    return first(
        f"Health check {name} must be {bound} {value} for container '{item.get('name')}'"
        for item in asked.containers()
        for name, (least, most) in HEALTH_CHECK.items()
        for stated in [(item.get("healthCheck") or {}).get(name)]
        if stated is not None and not least <= stated <= most
        for bound, value in [
            ("less than or equal to the maximum allowed value", most)
            if stated > most
            else ("greater than or equal to the minimum allowed value", least)
        ]
    )


def _restart_period(asked: Asked) -> str | None:
    least, most = RESTART
    return first(
        f"The 'restartAttemptPeriod' setting for container '{item.get('name')}'"
        f" must be between {least} and {most}."
        for item in asked.containers()
        for period in [(item.get("restartPolicy") or {}).get("restartAttemptPeriod")]
        if period is not None and not least <= period <= most
    )


def _exit_codes(asked: Asked) -> str | None:
    return first(
        f"The 'ignoredExitCodes' setting for container '{item.get('name')}'"
        f" can have at most {MOST_EXIT_CODES} exit codes."
        for item in asked.containers()
        if len((item.get("restartPolicy") or {}).get("ignoredExitCodes") or ()) > MOST_EXIT_CODES
    )


def _files(asked: Asked) -> str | None:
    most = max((len(item.get("environmentFiles") or ()) for item in asked.containers()), default=0)
    words = "The maximum number of environment files was exceeded. Specify ten or less and try again."
    return say_if(most > MOST_FILES, words)


def _file_places(asked: Asked) -> str | None:
    files = (item.get("value", "") for _, item in _each(asked, "environmentFiles"))
    return say_if(any(not value.startswith("arn:") for value in files), "Invalid arn syntax.")


def _credentials(asked: Asked) -> str | None:
    many = any(len(item.get("credentialSpecs") or ()) > 1 for item in asked.containers())
    return say_if(many, "A container can have at most one credential spec.")


def _volumes(asked: Asked) -> str | None:
    known = {item.get("name") for item in asked.request.get("volumes") or ()}
    mounted = (item.get("sourceVolume") for _, item in _each(asked, "mountPoints"))
    return first(f"Unknown volume '{name}'." for name in mounted if name and name not in known)


def _needed(asked: Asked) -> str | None:
    by_name = {item.get("name"): item for item in asked.containers()}
    for _, need in _each(asked, "dependsOn"):
        name, condition = need.get("containerName"), need.get("condition")
        if name not in by_name:
            return f"Cannot depend on container + '{name}' because it does not exist"
        if condition == "HEALTHY" and not by_name[name].get("healthCheck"):
            return "A dependency container with HEALTHY condition must have health check configured"
        if condition in ("COMPLETE", "SUCCESS") and by_name[name].get("essential", True):
            return (
                "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
            )
    return None


def _secret_names(asked: Asked) -> str | None:
    for item in asked.containers():
        taken = {each.get("name") for each in item.get("environment") or ()}
        for secret in item.get("secrets") or ():
            if secret.get("name") in taken:
                return (
                    "The secret name must be unique and not shared with any new or existing environment"
                    f" variables set on the container, such as '{secret['name']}'."
                )
            taken.add(secret.get("name"))
    return None


_ONE = (REGISTER,)
CONTAINER_REFUSALS: tuple[Refusal, ...] = (
    Refusal("ecs-container-named", _ONE, CLIENT, RECORDED, _named),
    Refusal("ecs-container-unique", _ONE, CLIENT, RECORDED, _unique),
    Refusal("ecs-memory-stated", _ONE, CLIENT, RECORDED, _memory_somewhere),
    Refusal("ecs-memory-reservation", _ONE, CLIENT, RECORDED, _reservation),
    Refusal("ecs-memory-of-task", _ONE, CLIENT, RECORDED, _memory_of_task),
    Refusal("ecs-essential-container", _ONE, CLIENT, RECORDED, _essential),
    Refusal("ecs-container-words", _ONE, CLIENT, API, _words, confirmed=False),
    Refusal("ecs-host-ports", _ONE, CLIENT, RECORDED, _host_ports),
    Refusal("ecs-port-or-range", _ONE, CLIENT, RECORDED, _port_or_range),
    Refusal("ecs-health-check", _ONE, CLIENT, RECORDED, _health_check),
    Refusal("ecs-restart-period", _ONE, CLIENT, RECORDED, _restart_period),
    Refusal("ecs-restart-exit-codes", _ONE, CLIENT, API, _exit_codes, confirmed=False),
    Refusal("ecs-environment-files", _ONE, CLIENT, RECORDED, _files),
    Refusal("ecs-environment-file-place", _ONE, CLIENT, RECORDED, _file_places),
    Refusal("ecs-credential-specs", _ONE, CLIENT, API, _credentials, confirmed=False),
    Refusal("ecs-mounted-volume", _ONE, CLIENT, RECORDED, _volumes),
    Refusal("ecs-container-dependency", _ONE, CLIENT, RECORDED, _needed),
    Refusal("ecs-secret-name", _ONE, CLIENT, RECORDED, _secret_names),
)
"""The rules of containers, in the order in which they are asked."""
