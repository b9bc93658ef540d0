"""One random story of people and their services, from a seed: what they push, change and stop."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.tasks.simulated import CANNOT_PULL, NEVER_HEALTHY, TaskOutcome, exits
from sandbox.world.faults import AT_THE_FRONT, IN_TASKS, ON_THE_BUS, FaultPlan

CLUSTER = "sim"
NAMES = ("web", "api", "job")
STEPS = (1, 2, 2)
STEP_GAP = (40.0, 80.0)
"""Seconds between two things that people do; those that belong together follow closer."""
SOON = (3.0, 24.0)
FAULTS_OUTLAST = 60.0
"""Seconds after the last thing that people do at which faults end."""
QUIET = 270.0
"""Seconds after the faults in which all must come right: the latest event comes 240 s late."""

Weights = Mapping[str, int]
PUSHES: Weights = {"good": 1, "bad": 17, "stopped": 14, "overtaken": 10, "again": 1, "broken": 1}
BY_HAND: Weights = {"scaled": 1, "older": 1, "setting": 1}
SHARES = {"front": (0.01, 0.05), "bus": (0.08, 0.3), "tasks": (0.06, 0.2)}
PRESENT = {"front": 0.35, "bus": 0.35, "tasks": 0.45}
"""How likely each kind of fault is to be in a story; those of tasks, of which there are few, more so."""


@dataclass(frozen=True, slots=True)
class Service:
    """What stays the same of a service. checked: it has a health check; back: its breaker rolls back."""

    name: str
    checked: bool
    back: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does, `at` seconds after the story began.

    do: push (image and count), broken (a manifest nobody can read), stop (what runs out; `how` is AWS's
    stop type), scale (to `count`), older (the revision before, by hand), setting (a field, by hand).
    """

    at: float
    do: str
    service: str
    image: str = ""
    count: int = 0
    how: str = ""

    def __str__(self) -> str:
        what = " ".join(str(part) for part in (self.image, self.count or "", self.how) if part)
        return f"{self.at:7.1f} s  {self.do:8} {self.service} {what}".rstrip()


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that a seed decides. outcomes: image → what becomes of its tasks."""

    seed: int
    services: tuple[Service, ...]
    steps: tuple[Step, ...]
    outcomes: Mapping[str, TaskOutcome]
    plan: FaultPlan

    def told(self) -> list[str]:
        """For people, in lines."""
        shares = {kind: getattr(self.plan, kind) for kind in (*AT_THE_FRONT, *ON_THE_BUS, *IN_TASKS)}
        faults = ", ".join(f"{kind} {share:.0%}" for kind, share in shares.items() if share) or "none"
        services = [
            f"{each.name}: {'health check' if each.checked else 'no health check'}, "
            f"breaker {'rolls back' if each.back else 'only stops'}"
            for each in self.services
        ]
        bad = [f"{image}: {outcome}" for image, outcome in self.outcomes.items()]
        return [*services, f"faults: {faults}", *map(str, self.steps), *bad]


def tell(seed: int, start: float) -> Story:
    """The story of a seed in a world that begins at `start` (epoch seconds)."""
    author = _Author(random.Random(f"story {seed}"))
    services = author.cast()
    author.begin(services)
    for _ in range(author.draw.choice(STEPS)):
        author.go_on(author.draw.choice(services))
    end = start + author.now + FAULTS_OUTLAST
    plan = replace(author.faults(), seed=seed, until=end)
    return Story(seed, services, tuple(author.steps), author.outcomes, plan)


@dataclass(slots=True)
class _Author:
    draw: random.Random
    now: float = 5.0
    steps: list[Step] = field(default_factory=list)
    outcomes: dict[str, TaskOutcome] = field(default_factory=dict)
    made: int = 0
    stated: dict[str, tuple[str, int]] = field(default_factory=dict)
    failed: dict[str, tuple[str, int]] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)

    def cast(self) -> tuple[Service, ...]:
        names = NAMES[: self.draw.choice((1, 1, 1, 2))]
        return tuple(Service(name, self.draw.random() < 0.6, self.draw.random() < 0.82) for name in names)

    def faults(self) -> FaultPlan:
        shares: dict[str, Any] = {}
        doors = {"front": AT_THE_FRONT, "bus": ON_THE_BUS, "tasks": IN_TASKS}
        for door, kinds in doors.items():
            for kind in kinds:
                if self.draw.random() < PRESENT[door]:
                    shares[kind] = self.draw.uniform(*SHARES[door])
        return FaultPlan(**shares)

    def begin(self, services: tuple[Service, ...]) -> None:
        for service in services:
            image = self.bad(service) if self.draw.random() < 0.1 else self.good()
            self.push(service, image, self.draw.choice((1, 1, 2)))
        self.later()

    def go_on(self, service: Service) -> None:
        # Once: what is changed again soon is put back later than any story lasts.
        weights = PUSHES if service.name in self.by_hand else {**PUSHES, **BY_HAND}
        match self.draw.choices(list(weights), list(weights.values()))[0]:
            case "good":
                self.push(service, self.good(), self.draw.choice((0, 1, 2)))
            case "bad":
                self.push(service, self.bad(service), self.draw.choice((0, 0, 1)))
                self.failed[service.name] = self.stated[service.name]
            case "overtaken":
                self.push(service, self.draw.choice((self.good(slow=True), self.bad(service))), 0)
                self.soon()
                self.push(service, self.good(), 0)
            case "stopped":
                self.push(service, self.good(slow=True), 0)
                self.soon()
                self.do("stop", service, how=self.draw.choice(("ROLLBACK", "ABORT")))
            case "again":
                self.push(service, *self.failed.get(service.name, (self.good(), 0)))
            case "broken":
                self.do("broken", service)
            case by_hand:
                self.hand(service, by_hand)
        self.later()

    def hand(self, service: Service, what: str) -> None:
        self.by_hand.add(service.name)
        if what == "scaled":
            self.do("scale", service, count=self.draw.choice((1, 3)))
        else:
            self.do(what, service)

    def push(self, service: Service, image: str, count: int) -> None:
        count = count or self.stated.get(service.name, ("", 1))[1]
        self.stated[service.name] = (image, count)
        self.do("push", service, image, count)

    def do(self, what: str, service: Service, image: str = "", count: int = 0, how: str = "") -> None:
        self.steps.append(Step(round(self.now, 1), what, service.name, image, count, how))

    def good(self, *, slow: bool = False) -> str:
        self.made += 1
        image = f"good:{self.made}"
        if slow:
            self.outcomes[image] = TaskOutcome(start=25.0)
        return image

    def bad(self, service: Service) -> str:
        self.made += 1
        image = f"bad:{self.made}"
        ways = (exits(1), exits(137, 6.0), CANNOT_PULL)
        self.outcomes[image] = self.draw.choice((*ways, NEVER_HEALTHY) if service.checked else ways)
        return image

    def soon(self) -> None:
        self.now += self.draw.uniform(*SOON)

    def later(self) -> None:
        self.now += self.draw.uniform(*STEP_GAP)
