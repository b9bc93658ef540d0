"""Where a task may run: on Fargate always, on EC2 where an instance has what it takes left. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.ecs.documents import Document
from sandbox.ecs.messages import TROUBLESHOOTING
from sandbox.ecs.state import Instance, Port, Revision

FIRST_DYNAMIC_PORT = 32768


@dataclass(frozen=True, slots=True)
class Need:
    """What a task takes of an instance: cpu units, MiB, and the host ports that it insists on."""

    cpu: int = 0
    memory: int = 0
    ports: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class NoPlace:
    """Why nothing fits: ECS's reason code, and the line for the service's events."""

    reason: str
    message: str


def on_fargate(revision: Revision) -> bool:
    """Does the revision run without instances of ours?"""
    return revision.fields.get("platformVersion") is not None


def need(definition: Document) -> Need:
    """What one task of a task definition takes: its own sizes, else the sum of its containers'."""
    containers = definition["containerDefinitions"]
    cpu = definition.get("cpu") or sum(int(item.get("cpu", 0)) for item in containers)
    memory = definition.get("memory") or sum(_memory(item) for item in containers)
    network = definition.get("networkMode", "bridge")
    fixed = (mapping.get("hostPort", 0) for item in containers for mapping in item["portMappings"])
    return Need(int(cpu), int(memory), frozenset(fixed) - {0} if network != "awsvpc" else frozenset())


def _memory(container: Document) -> int:
    return int(container.get("memoryReservation") or container.get("memory") or 0)


def place(
    wanted: Need, instances: Sequence[Instance], used: Sequence[tuple[str, Need]], *, apart: bool = False
) -> Instance | NoPlace:
    """The instance with the most memory left that has room; `used` is (instance ARN, need) of all tasks.

    `apart`: at most one task an instance, as the DAEMON strategy places them. The caller then gives
    only instances without a task of the service.
    """
    if not instances:
        kind = (
            "No free container instance" if apart else "No Container Instances were found in your cluster"
        )
        return _no_place("AGENT" if not apart else "RESOURCE:INSTANCE", f"{kind}.")
    left = {instance.arn: _left(instance, used) for instance in instances}
    best = max(instances, key=lambda instance: left[instance.arn].memory)
    fitting = [instance for instance in instances if _lacking(wanted, left[instance.arn]) is None]
    if fitting:
        return max(fitting, key=lambda instance: left[instance.arn].memory)
    lacking = _lacking(wanted, left[best.arn]) or "memory"
    closest = best.arn.rsplit("/", 1)[-1]
    words = {
        "memory": "insufficient memory",
        "cpu": "insufficient CPU units",
        "ports": "already in use a port",
    }
    reason = f"The closest matching (container-instance {closest}) has {words[lacking]} available."
    return _no_place(f"RESOURCE:{lacking.upper()}", reason)


def _left(instance: Instance, used: Sequence[tuple[str, Need]]) -> Need:
    here = [taken for arn, taken in used if arn == instance.arn]
    ports: frozenset[int] = frozenset().union(*(taken.ports for taken in here))
    cpu = instance.cpu - sum(taken.cpu for taken in here)
    return Need(cpu, instance.memory - sum(taken.memory for taken in here), ports)


def _lacking(wanted: Need, left: Need) -> str | None:
    if wanted.memory > left.memory:
        return "memory"
    if wanted.cpu > left.cpu:
        return "cpu"
    return "ports" if wanted.ports & left.ports else None


def _no_place(reason: str, why: str) -> NoPlace:
    met = "was unable to place a task because no container instance met all of its requirements."
    return NoPlace(reason, f"{met} Reason: {why} {TROUBLESHOOTING}")


def ports(revision: Revision, dynamic: Iterable[int]) -> tuple[Port, ...]:
    """The ports of a task, each with the target groups that reach it; `dynamic` gives bridge host ports."""
    balancers = revision.fields.get("loadBalancers", ())
    free = iter(dynamic)
    found: list[Port] = []
    for definition in revision.definition["containerDefinitions"]:
        for mapping in definition["portMappings"]:
            inner, name = mapping["containerPort"], definition["name"]
            outer = mapping.get("hostPort") or next(free)
            groups = [
                item["targetGroupArn"]
                for item in balancers
                if (item.get("containerName"), item.get("containerPort")) == (name, inner)
                and item.get("targetGroupArn")
            ]
            found += [Port(group, name, inner, outer) for group in groups or [""]]
    return tuple(found)
