"""Where a task may run: on Fargate always, on EC2 where an instance has what it takes left. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.expressions import matches
from sandbox.services.ecs.messages import TROUBLESHOOTING
from sandbox.services.ecs.state import Instance, Port, Revision

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


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a service says about where its tasks run; `own` are the instances of its tasks, one each.

    apart: at most one task an instance, as the DAEMON strategy places them.
    """

    constraints: tuple[Document, ...] = ()
    strategies: tuple[Document, ...] = ()
    own: tuple[Instance, ...] = ()
    apart: bool = False

    def allow(self, instance: Instance) -> bool:
        """May a task run there?"""
        apart = self.apart or any(item["type"] == "distinctInstance" for item in self.constraints)
        if apart and instance in self.own:
            return False
        attributes = dict(instance.attributes)
        return all(
            matches(item["expression"], attributes)
            for item in self.constraints
            if item["type"] == "memberOf"
        )

    def best(
        self, strategy: Document, instances: list[Instance], left: Mapping[str, Need]
    ) -> list[Instance]:
        """Those of the instances that a strategy likes best."""
        name = str(strategy.get("field", ""))
        if strategy["type"] == "random":
            return instances
        if strategy["type"] == "binpack":
            cpu = name.lower() == "cpu"
            marks = [left[item.arn].cpu if cpu else left[item.arn].memory for item in instances]
        else:
            held = Counter(_spread_by(item, name) for item in self.own)
            marks = [held[_spread_by(item, name)] for item in instances]
        least = min(marks)
        return [item for item, mark in zip(instances, marks, strict=True) if mark == least]


def _spread_by(instance: Instance, name: str) -> str:
    if name in ("instanceId", "host", ""):
        return instance.arn
    return dict(instance.attributes).get(name.removeprefix("attribute:"), "")


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
    wanted: Need, instances: Sequence[Instance], used: Sequence[tuple[str, Need]], wishes: Wishes
) -> Instance | NoPlace:
    """The instance for a task; `used` is (instance ARN, need) of all tasks of the cluster.

    Constraints leave out instances, then those without room are left out, then each strategy in turn
    keeps its best; of what is left, the one with the most memory.
    """
    if not instances:
        return _no_place("AGENT", "No Container Instances were found in your cluster.")
    allowed = [item for item in instances if wishes.allow(item)]
    if not allowed:
        return _unsatisfied(instances, wishes)
    left = {item.arn: _left(item, used) for item in allowed}
    fitting = [item for item in allowed if _lacking(wanted, left[item.arn]) is None]
    if not fitting:
        best = max(allowed, key=lambda item: left[item.arn].memory)
        return _full(best, _lacking(wanted, left[best.arn]) or "memory")
    for strategy in wishes.strategies:
        fitting = wishes.best(strategy, fitting, left)
    return max(fitting, key=lambda item: left[item.arn].memory)


def eligible(instances: Sequence[Instance], constraints: Sequence[Document]) -> list[Instance]:
    """The instances that a task may run on by its constraints: those on which a DAEMON service runs."""
    wishes = Wishes(tuple(item for item in constraints if item["type"] == "memberOf"))
    return [item for item in instances if wishes.allow(item)]


def _unsatisfied(instances: Sequence[Instance], wishes: Wishes) -> NoPlace:
    kind = "memberOf" if len(eligible(instances, wishes.constraints)) == 0 else "distinctInstance"
    words = {"memberOf": "MemberOf", "distinctInstance": "DistinctInstance"}[kind]
    return _no_place("ATTRIBUTE", f"{words} placement constraint unsatisfied.")


def _full(closest: Instance, lacking: str) -> NoPlace:
    words = {
        "memory": "has insufficient memory available",
        "cpu": "has insufficient CPU units available",
        "ports": "is already using a port required by your task",
    }
    which = closest.arn.rsplit("/", 1)[-1]
    reason = f"The closest matching (container-instance {which}) {words[lacking]}."
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
