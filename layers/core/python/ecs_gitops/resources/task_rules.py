"""AWS's rules of a task definition as a whole, each with its id and its source. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.container_rules import CONTAINER_RULES
from ecs_gitops.resources.finding import Finding, Path
from ecs_gitops.resources.rule import CONTAINERS, TASK, Rule, Sections, between, length, listed, outside
from ecs_gitops.resources.task_size import task_size

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_MOST_CONTAINERS = 10
_MOST_BYTES = 65_536
_STORAGE: Final = (21, 200)


def _family(sections: Sections) -> Iterator[Finding]:
    if sections.task_definition.get("family") == "":
        yield Finding((TASK, "family"), "is empty", expected="a name")


def _names(sections: Sections) -> Iterator[Finding]:
    """What is not resolved yet is judged later."""
    named: list[tuple[Path, Any]] = [((TASK, "family"), sections.task_definition.get("family"))]
    named += [((*CONTAINERS, at, "name"), each.get("name")) for at, each in enumerate(sections.containers)]
    for path, name in named:
        if name and "${" not in name and not _NAME.fullmatch(name):
            yield Finding(path, f"is {name!r}", expected="at most 255 letters, digits, - and _")


def _containers(sections: Sections) -> Iterator[Finding]:
    if sections.task_definition and not sections.containers:
        yield Finding(CONTAINERS, "is empty", expected="one container at least")


def _many_containers(sections: Sections) -> Iterator[Finding]:
    number = len(sections.containers)
    if number > _MOST_CONTAINERS:
        yield Finding(CONTAINERS, f"holds {number}", expected=f"at most {_MOST_CONTAINERS}", warning=True)


def _length(sections: Sections) -> Iterator[Finding]:
    stated = {name: value for name, value in sections.task_definition.items() if name != "tags"}
    size = length(stated)
    if size > _MOST_BYTES:
        yield Finding((TASK,), f"is {size:,} bytes long", expected=f"at most {_MOST_BYTES:,}")


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


def _fargate_size_stated(sections: Sections) -> Iterator[Finding]:
    if not sections.task_definition or not sections.is_fargate:
        return
    for name in ("cpu", "memory"):
        if not sections.task_definition.get(name):
            yield Finding((TASK,), f"lacks {name}, which Fargate needs for the task", expected=name)


def _fargate_size_sold(sections: Sections) -> Iterator[Finding]:
    cpu, memory = (task_size(sections.task_definition, name) for name in ("cpu", "memory"))
    if not sections.is_fargate or cpu is None or memory is None:
        return
    offered = _FARGATE_MEMORY.get(cpu)
    if offered is None:
        sizes = ", ".join(map(str, _FARGATE_MEMORY))
        yield Finding((TASK, "cpu"), f"{cpu} is no size of Fargate", expected=f"one of {sizes}")
    elif memory not in offered:
        sizes = f"{offered[0]} to {offered[-1]} in steps" if len(offered) > 3 else listed(offered)
        message = f"{memory} is not offered by Fargate with cpu {cpu}"
        yield Finding((TASK, "memory"), message, expected=sizes)


def _fargate_constraints(sections: Sections) -> Iterator[Finding]:
    if sections.is_fargate and sections.task_definition.get("placementConstraints"):
        yield Finding((TASK, "placementConstraints"), "does not work on Fargate", expected="nothing")


def _storage(sections: Sections) -> Iterator[Finding]:
    size = (sections.task_definition.get("ephemeralStorage") or {}).get("sizeInGiB")
    if outside(size, _STORAGE):
        path = (TASK, "ephemeralStorage", "sizeInGiB")
        yield Finding(path, f"is {size}", expected=between(_STORAGE))


def _trusted(sections: Sections) -> Iterator[Finding]:
    compatible = sections.task_definition.get("requiresCompatibilities") or ()
    if (
        sections.task_definition.get("trustedExecutionConfiguration")
        and "MANAGED_INSTANCES" not in compatible
    ):
        message = "works on Managed Instances alone"
        yield Finding((TASK, "trustedExecutionConfiguration"), message, warning=True)


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


_REGISTER = "RegisterTaskDefinition"
_FARGATE = "Fargate task definition differences"
TASK_RULES: Final = (
    Rule("ecs-family-stated", f"{_REGISTER} family", _family, ("taskDefinition.family",)),
    Rule("task-names", f"{_REGISTER} family, containerDefinitions.name", _names),
    Rule("ecs-containers-stated", f"{_REGISTER} containerDefinitions", _containers),
    Rule("ecs-containers-at-most", "Amazon ECS service quotas", _many_containers),
    Rule("ecs-definition-size", "Amazon ECS service quotas", _length),
    Rule("ecs-fargate-network-mode", f"{_REGISTER} networkMode", _fargate_network),
    Rule("ecs-fargate-size-stated", f"{_FARGATE}: task CPU and memory", _fargate_size_stated),
    Rule("ecs-fargate-size-sold", f"{_FARGATE}: task CPU and memory", _fargate_size_sold),
    Rule(
        "ecs-fargate-task-constraints",
        f"{_REGISTER} placementConstraints",
        _fargate_constraints,
        ("taskDefinition.placementConstraints",),
    ),
    Rule(
        "ecs-ephemeral-storage",
        f"{_REGISTER} ephemeralStorage",
        _storage,
        ("taskDefinition.ephemeralStorage",),
    ),
    Rule(
        "ecs-trusted-execution",
        f"{_REGISTER} trustedExecutionConfiguration",
        _trusted,
        ("taskDefinition.trustedExecutionConfiguration",),
    ),
    Rule("ecs-execution-role", "Task execution IAM role", _execution_role),
    *CONTAINER_RULES,
)
