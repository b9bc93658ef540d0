"""What an AWS rule between fields looks at, and what it says. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ecs_gitops.model.desired import Document
from ecs_gitops.resources import task_definition as ecs_task_definition
from ecs_gitops.resources.finding import Finding, Path

TASK: Final = "taskDefinition"
SERVICE: Final = "service"
CONTAINERS: Final = (TASK, "containerDefinitions")
EACH: Final = "taskDefinition.containerDefinitions[]"
DEPLOYED: Final = "service.deploymentConfiguration"
_MOST_LISTED = 50
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True)
class Sections:
    """The two AWS sections of a manifest; a missing one is empty and its rules have nothing to say.

    What many rules ask is found out once.
    """

    task_definition: Document
    service: Document

    @cached_property
    def containers(self) -> list[Document]:
        """The container definitions."""
        return ecs_task_definition.containers(self.task_definition)

    def each(self, name: str) -> Iterator[tuple[Path, Document, Any]]:
        """(its path, container, item) of a list that containers have."""
        for index, container in enumerate(self.containers):
            for position, item in enumerate(container.get(name) or ()):
                yield (*CONTAINERS, index, name, position), container, item

    @cached_property
    def stated(self) -> frozenset[str]:
        """The fields stated: of both sections, of any container, of the deployment configuration."""
        held = (
            (TASK, self.task_definition),
            (SERVICE, self.service),
            (DEPLOYED, self.configuration),
            *((EACH, container) for container in self.containers),
        )
        return frozenset([f"{place}.{name}" for place, fields in held for name in fields])

    @cached_property
    def ranged(self) -> set[Any]:
        """The names of containers that map a range of ports."""
        mapped = self.each("portMappings")
        return {each.get("name") for _, each, mapping in mapped if mapping.get("containerPortRange")}

    @cached_property
    def configuration(self) -> Document:
        """The deployment configuration stated; empty when none is."""
        found: Document = self.service.get("deploymentConfiguration") or {}
        return found

    @cached_property
    def strategy(self) -> str:
        """How a new version takes over from the one before."""
        return str(self.configuration.get("strategy", "ROLLING"))

    @cached_property
    def is_fargate(self) -> bool:
        """True when either section asks for Fargate."""
        strategy = self.service.get("capacityProviderStrategy") or ()
        return (
            self.service.get("launchType") == "FARGATE"
            or "FARGATE" in (self.task_definition.get("requiresCompatibilities") or ())
            or any(str(each.get("capacityProvider", "")).startswith("FARGATE") for each in strategy)
        )

    @cached_property
    def network_mode(self) -> str:
        """The network mode that AWS takes when none is stated, or the one stated."""
        return str(self.task_definition.get("networkMode") or "bridge")

    @cached_property
    def is_daemon(self) -> bool:
        """True for one task on each host instead of a number of tasks."""
        return self.service.get("schedulingStrategy") == "DAEMON"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `source` is the operation or page of AWS that says so.

    An id that begins with `ecs-` is AWS's own refusal, known to the sandbox by the same id.
    needs: fields, as `Sections.stated` names them; without any of them it has nothing to say.
    """

    id: str
    source: str
    check: Callable[[Sections], Iterator[Finding]]
    needs: tuple[str, ...] = ()

    def concerns(self, stated: frozenset[str]) -> bool:
        """Whether it may have something to say; with most of what is stated, most rules have not."""
        return not self.needs or not stated.isdisjoint(self.needs)


def length(document: Document) -> int:
    """Characters of a section as the shortest JSON that says it."""
    return len(_ENCODER.encode(document))


def listed(values: Iterable[Any]) -> str:
    """Values as a person reads them in a message: not thousands of them."""
    names = sorted(str(value) for value in values)
    more = [f"{len(names) - _MOST_LISTED} more"] if len(names) > _MOST_LISTED else []
    return ", ".join(names[:_MOST_LISTED] + more) or "nothing"


def outside(value: Any, bounds: tuple[float, float]) -> bool:
    """Whether a number is stated and not within bounds, both included."""
    return isinstance(value, int | float) and not bounds[0] <= value <= bounds[1]


def between(bounds: tuple[float, float]) -> str:
    """Bounds as a person reads them."""
    return f"{bounds[0]:g} to {bounds[1]:g}"
