"""What RegisterTaskDefinition refuses about the task as a whole. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sandbox.services.ecs.refusals.refusal import (
    API,
    CLIENT,
    DEREGISTER,
    GUIDE,
    RECORDED,
    REGISTER,
    Asked,
    Refusal,
    first,
    say_if,
)

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
LARGEST = 65536
MOST_CONTAINERS = 10
STORAGE = (21, 200)
KNOWN: Mapping[str, tuple[str, ...]] = {
    "networkMode": ("bridge", "host", "awsvpc", "none"),
    "pidMode": ("host", "task"),
    "ipcMode": ("host", "task", "none"),
}
"""Fields of the task that take one of a few words."""
HARDWARE = ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")


def on_fargate(asked: Asked) -> bool:
    """Does the request ask to be run by Fargate?"""
    return "FARGATE" in (asked.request.get("requiresCompatibilities") or ())


def network_mode(asked: Asked) -> str:
    """The network mode stated, or the one that AWS takes when none is."""
    return str(asked.request.get("networkMode") or "bridge")


def _family(asked: Asked) -> str | None:
    return say_if(not asked.request.get("family"), "Family should not be null or empty.")


def _no_containers(asked: Asked) -> str | None:
    return say_if(not asked.containers(), "Container list cannot be empty.")


def _many_containers(asked: Asked) -> str | None:
    many = len(asked.containers()) > MOST_CONTAINERS
    return say_if(many, f"A task definition can have at most {MOST_CONTAINERS} containers.")


def _size(asked: Asked) -> str | None:
    length = len(json.dumps({**asked.request, "tags": []}, separators=(",", ":"), default=str))
    return say_if(length > LARGEST, f"Actual length: '{length}'. Max allowed length is '{LARGEST}' bytes.")


def _known_words(asked: Asked) -> str | None:
    return first(
        f"{field} should be one of [{','.join(words)}]"
        for field, words in KNOWN.items()
        if asked.request.get(field) and asked.request[field] not in words
    )


def _known_hardware(asked: Asked) -> str | None:
    unknown = set(asked.request.get("requiresCompatibilities") or ()) - set(HARDWARE)
    return say_if(unknown, f"requiresCompatibilities should be one of [{','.join(HARDWARE)}]")


def _constraint_type(asked: Asked) -> str | None:
    kinds = {item.get("type") for item in asked.request.get("placementConstraints") or ()}
    return say_if(kinds - {"memberOf"}, "Placement constraint type should be one of [memberOf]")


def _fargate_constraints(asked: Asked) -> str | None:
    stated = on_fargate(asked) and asked.request.get("placementConstraints")
    return say_if(stated, "Fargate compatible task definitions do not support placementConstraints")


def _fargate_network(asked: Asked) -> str | None:
    wrong = on_fargate(asked) and network_mode(asked) != "awsvpc"
    return say_if(wrong, "Fargate only supports network mode ‘awsvpc’.")


def _fargate_sized(asked: Asked) -> str | None:
    missing = (name for name in ("cpu", "memory") if not asked.request.get(name))
    messages = (f"Fargate requires that '{name}' be defined at the task level." for name in missing)
    return first(messages) if on_fargate(asked) else None


def _fargate_sizes(asked: Asked) -> str | None:
    cpu, memory = asked.request.get("cpu"), asked.request.get("memory")
    if not on_fargate(asked) or not str(cpu).isdigit() or not str(memory).isdigit():
        return None
    fits = int(str(memory)) in FARGATE_SIZES.get(int(str(cpu)), ())
    return say_if(not fits, "No Fargate configuration exists for given values.")


def _storage(asked: Asked) -> str | None:
    stated = asked.request.get("ephemeralStorage")
    if not stated:
        return None
    size, (least, most) = stated["sizeInGiB"], STORAGE
    low = say_if(size < least, f"EphemeralStorage size should be at least {least}")
    return low or say_if(size > most, f"EphemeralStorage size should be at most {most}")


def _proxy(asked: Asked) -> str | None:
    name = (asked.request.get("proxyConfiguration") or {}).get("containerName")
    known = {item.get("name") for item in asked.containers()}
    return say_if(name and name not in known, f"Proxy container [{name}] does not exist.")


def _trusted(asked: Asked) -> str | None:
    stated = asked.request.get("trustedExecutionConfiguration")
    managed = "MANAGED_INSTANCES" in (asked.request.get("requiresCompatibilities") or ())
    words = "trustedExecutionConfiguration is only supported with MANAGED_INSTANCES."
    return say_if(stated and not managed, words)


def _execution_role(asked: Asked) -> str | None:
    if asked.request.get("executionRoleArn"):
        return None
    return first(filter(None, (_needs_role(item, on_fargate(asked)) for item in asked.containers())))


def _needs_role(container: Mapping[str, object], fargate: bool) -> str | None:
    log = container.get("logConfiguration") or {}
    driver = log.get("logDriver") if isinstance(log, Mapping) else None
    if container.get("secrets"):
        words = "When you are specifying container secrets, you must also specify a value for"
        return f"{words} 'executionRoleArn'."
    needs = "Fargate requires task definition to have execution role ARN to support"
    if fargate and ".dkr.ecr." in str(container.get("image")):
        return f"{needs} ECR images."
    return say_if(fargate and driver == "awslogs", f"{needs} log driver awslogs.")


_ONE = (REGISTER,)
TASK_REFUSALS: tuple[Refusal, ...] = (
    Refusal("ecs-family-stated", _ONE, CLIENT, API, _family, confirmed=False),
    Refusal("ecs-containers-stated", _ONE, CLIENT, RECORDED, _no_containers),
    Refusal("ecs-containers-at-most", _ONE, CLIENT, GUIDE, _many_containers, confirmed=False),
    Refusal("ecs-definition-size", _ONE, CLIENT, RECORDED, _size),
    Refusal("ecs-task-words", _ONE, CLIENT, API, _known_words, confirmed=False),
    Refusal("ecs-compatibility-words", _ONE, CLIENT, API, _known_hardware, confirmed=False),
    Refusal("ecs-task-constraint-type", _ONE, CLIENT, API, _constraint_type, confirmed=False),
    Refusal("ecs-fargate-task-constraints", _ONE, CLIENT, RECORDED, _fargate_constraints),
    Refusal("ecs-fargate-network-mode", _ONE, CLIENT, RECORDED, _fargate_network),
    Refusal("ecs-fargate-size-stated", _ONE, CLIENT, RECORDED, _fargate_sized),
    Refusal("ecs-fargate-size-sold", _ONE, CLIENT, RECORDED, _fargate_sizes),
    Refusal("ecs-ephemeral-storage", _ONE, CLIENT, RECORDED, _storage),
    Refusal("ecs-proxy-container", _ONE, CLIENT, RECORDED, _proxy),
    Refusal("ecs-trusted-execution", _ONE, CLIENT, API, _trusted, confirmed=False),
    Refusal("ecs-execution-role", _ONE, CLIENT, RECORDED, _execution_role),
    Refusal("ecs-revision-stated", (DEREGISTER,), CLIENT, RECORDED, says="Revision is missing."),
    Refusal(
        "ecs-definition-known",
        (DEREGISTER,),
        CLIENT,
        RECORDED,
        says="The specified task definition does not exist.",
    ),
    Refusal(
        "ecs-definition-described",
        ("DescribeTaskDefinition",),
        CLIENT,
        RECORDED,
        says="Unable to describe task definition.",
    ),
)
"""The rules of a task definition as a whole, in the order in which they are asked."""
