"""One random story of people and their services: who they are, what they state and do, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.tasks.simulated import TaskOutcome
from sandbox.world.faults import AT_THE_FRONT, IN_TASKS, ON_THE_BUS, FaultPlan

CLUSTER: Final = "sim"
FOLDER: Final = f"desired_state/{CLUSTER}"
DEADLINE: Final = "8m"
PORT: Final = 80
BROKEN: Final = "kind: [Service\n"
"""A manifest that nobody can read."""
ROLE: Final = "arn:aws:iam::123456789012:role/sim-task"
"""The role of the tasks of some revisions."""


@dataclass(frozen=True, slots=True)
class Service:
    """What stays the same of a service.

    checked: it has a health check; breaker: its rollouts end by themselves, and back: its breaker rolls
    back; heals: Git puts back what others change; versioned: a tag of it says which image it runs;
    balanced: its tasks are behind a load balancer; waits: for which service; prunes: once its
    manifest is gone it is deleted.
    """

    name: str
    checked: bool
    back: bool
    breaker: bool = True
    heals: bool = True
    versioned: bool = False
    balanced: bool = False
    waits: str = ""
    prunes: bool = False

    @property
    def traits(self) -> list[str]:
        """What of it is a kind of its own in the mix."""
        told = {
            "selfHeal: false": not self.heals,
            "no circuit breaker": not self.breaker,
            "a load balancer": self.balanced,
            "tags that change with each push": self.versioned,
        }
        return [name for name, is_so in told.items() if is_so]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a manifest says: the image (and the role) are its revision part, all fields are in place."""

    image: str
    fields: Mapping[str, Any]
    role: bool = False

    @property
    def count(self) -> int:
        """How many tasks are wanted."""
        return int(self.fields["desiredCount"])

    def __str__(self) -> str:
        fields = {name: value for name, value in self.fields.items() if name != "desiredCount"}
        more = f" {json.dumps(fields, sort_keys=True)}" if fields else ""
        return f"{self.image}{' with a role' if self.role else ''} × {self.count}{more}"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does, `at` seconds after the story began.

    do: push (files), stop (what runs out; `how` is AWS's stop type), scale (to `count`), older (the
    revision before, by hand), setting (a field, by hand), scalable (something scales it from now on),
    retry (what failed; `how` is the image that is well from now on, if it is).
    files: by service: what its manifest says, BROKEN, or None where it is taken away.
    kinds: what the mix counts it as.
    """

    at: float
    do: str
    service: str
    files: Mapping[str, Statement | str | None] = field(default_factory=dict)
    count: int = 0
    how: str = ""
    kinds: tuple[str, ...] = ()

    def __str__(self) -> str:
        files = [f"{name}: {_told(what)}" for name, what in self.files.items()]
        what = " ".join(str(part) for part in (*files, self.count or "", self.how) if part)
        return f"{self.at:7.1f} s  {self.do:8} {'' if files else self.service} {what}".rstrip()


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that a seed decides. outcomes: image → what becomes of its tasks."""

    seed: int
    services: tuple[Service, ...]
    steps: tuple[Step, ...]
    outcomes: Mapping[str, TaskOutcome]
    plan: FaultPlan

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of step that it is made of."""
        traits = [trait for service in self.services for trait in service.traits]
        return frozenset([*traits, *(kind for step in self.steps for kind in step.kinds)])

    def told(self) -> list[str]:
        """For people, in lines."""
        shares = {kind: getattr(self.plan, kind) for kind in (*AT_THE_FRONT, *ON_THE_BUS, *IN_TASKS)}
        faults = ", ".join(f"{kind} {share:.0%}" for kind, share in shares.items() if share) or "none"
        bad = [f"{image}: {outcome}" for image, outcome in self.outcomes.items()]
        return [*map(_described, self.services), f"faults: {faults}", *map(str, self.steps), *bad]


def _described(service: Service) -> str:
    back = "rolls back" if service.back else "only stops"
    parts = [
        "health check" if service.checked else "no health check",
        f"breaker {back}" if service.breaker else "no breaker",
        "" if service.heals else "selfHeal: false",
        "a load balancer" if service.balanced else "",
        f"waits for {service.waits}" if service.waits else "",
        "prune: true" if service.prunes else "",
    ]
    return f"{service.name}: {', '.join(part for part in parts if part)}"


def _told(what: Statement | str | None) -> str:
    if what is None:
        return "gone"
    return str(what) if isinstance(what, Statement) else "broken"


def manifest(service: Service, stated: Statement, group: str = "") -> str:
    """A service's manifest; JSON is YAML. group: the ARN of its target group."""
    check = {"command": ["CMD-SHELL", "curl -f localhost"], "interval": 10, "timeout": 2, "retries": 2}
    container: dict[str, Any] = {"name": "main", "image": stated.image, "memory": 64}
    task: dict[str, Any] = {"family": service.name, "containerDefinitions": [container]}
    fields = dict(stated.fields)
    if service.checked:
        container["healthCheck"] = check
    if service.balanced:
        container["portMappings"] = [{"containerPort": PORT}]
        balancer = {"targetGroupArn": group, "containerName": "main", "containerPort": PORT}
        fields["loadBalancers"] = [balancer]
    if stated.role:
        task["taskRoleArn"] = ROLE
    rollout = {"deadline": DEADLINE} | (
        {"waitFor": [f"{CLUSTER}/{service.waits}"]} if service.waits else {}
    )
    said = {
        "apiVersion": "ecs-gitops/v1",
        "kind": "Service",
        "taskDefinition": task,
        "service": fields,
        "rollout": rollout,
        "reconcile": {"selfHeal": service.heals, "prune": service.prunes},
    }
    return json.dumps(said, indent=1)
