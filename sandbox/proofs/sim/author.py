"""Tells a story from a seed: draws what people state, push, change and stop; the door is `tell`."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.proofs.sim import in_place
from sandbox.proofs.sim.story import BROKEN, Service, Statement, Step, Story
from sandbox.tasks.simulated import CANNOT_PULL, NEVER_HEALTHY, TaskOutcome, exits
from sandbox.world.faults import AT_THE_FRONT, IN_TASKS, ON_THE_BUS, FaultPlan

NAMES = ("web", "api")
STEPS = (1, 2, 2, 3)
STEP_GAP = (40.0, 80.0)
"""Seconds between two things that people do; those that belong together follow closer."""
SOON = (3.0, 24.0)
ANY_MOMENT = (0.0, 60.0)
"""Seconds after a push in which all of its rollout lies."""
ENDED = (55.0, 100.0)
"""Seconds after a push in which most rollouts have ended, for better or worse."""
TAKEN_BACK = (1.0, 90.0)
FAULTS_OUTLAST = 60.0
"""Seconds after the last thing that people do at which faults end."""

Weights = Mapping[str, int]
PUSHES: Weights = {
    "a good one": 5,
    "a bad one": 10,
    "overtaken": 21,
    "stopped by hand": 24,
    "the same again": 5,
    "broken": 5,
    "in place alone": 5,
    "in place while it rolls": 7,
    "in place on what failed": 6,
    "a revert with another count": 8,
    "back to an older commit": 5,
    "retry": 6,
}
OF_PRUNED: Weights = {"prune taken back": 32}
"""What takes a service that is deleted once its manifest is gone, and another one beside it."""
BY_HAND: Weights = {"scaled by hand": 6, "older by hand": 5, "a field by hand": 6, "scaled by AWS": 7}
SHARES = {"front": (0.01, 0.05), "bus": (0.08, 0.3), "tasks": (0.06, 0.2)}
PRESENT = {"front": 0.35, "bus": 0.35, "tasks": 0.45}
"""How likely each kind of fault is to be in a story; those of tasks, of which there are few, more so."""

FIRST_FAILS = "a first rollout that fails"
WAITED_FOR = ("waits for what does well", "waits for what fails", "waits for what is invalid")
STEP_KINDS = (*PUSHES, "prune taken back", *WAITED_FOR, *BY_HAND, FIRST_FAILS)


def kinds() -> tuple[str, ...]:
    """Every kind of step that stories are made of."""
    traits = Service("", True, True, breaker=False, heals=False, versioned=True, balanced=True).traits
    fields = [f"{name} {how} a revision" for name in in_place.CHOICES for how in ("with", "beside")]
    return (*STEP_KINDS, *traits, *fields)


def tell(seed: int, start: float) -> Story:
    """The story of a seed in a world that begins at `start` (epoch seconds)."""
    author = _Author(random.Random(f"story {seed}"))
    services = author.cast()
    author.begin(services)
    steps = author.draw.choice(STEPS)
    for waiting in (each for each in services if each.waits):
        author.together(waiting, next(each for each in services if each.name == waiting.waits))
        steps -= 1
    for _ in range(steps):
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
    stated: dict[str, list[Statement]] = field(default_factory=dict)
    failed: dict[str, Statement] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)

    def cast(self) -> tuple[Service, ...]:
        names = NAMES[: self.draw.choice((1, 1, 1, 1, 2, 2))]
        waits, prunes = self.draw.random() < 0.7, self.draw.random() < 0.8
        return tuple(
            Service(
                name,
                checked=self.draw.random() < 0.6,
                back=self.draw.random() < 0.88,
                breaker=self.draw.random() < 0.92,
                heals=self.draw.random() < 0.88,
                versioned=self.draw.random() < 0.3,
                balanced=self.draw.random() < 0.12,
                waits=NAMES[1] if waits and len(names) > 1 and name == NAMES[0] else "",
                prunes=prunes and len(names) > 1,
            )
            for name in names
        )

    def faults(self) -> FaultPlan:
        shares: dict[str, Any] = {}
        doors = {"front": AT_THE_FRONT, "bus": ON_THE_BUS, "tasks": IN_TASKS}
        for door, names in doors.items():
            for name in names:
                if self.draw.random() < PRESENT[door]:
                    shares[name] = self.draw.uniform(*SHARES[door])
        return FaultPlan(**shares)

    def begin(self, services: tuple[Service, ...]) -> None:
        for service in services:
            fails = self.draw.random() < 0.12
            image = self.bad(service) if fails else self.good()
            stated = Statement(image, in_place.first(service, image, self.draw))
            self.push(service, stated, FIRST_FAILS if fails else "")
            if fails:
                self.failed[service.name] = stated
        self.later()

    def go_on(self, service: Service) -> None:
        # Once: what is changed again soon is put back later than any story lasts.
        weights = dict(PUSHES if service.name in self.by_hand else {**PUSHES, **BY_HAND})
        if service.prunes:
            weights |= OF_PRUNED
        kind = self.draw.choices(list(weights), list(weights.values()))[0]
        if kind in BY_HAND:
            self.hand(service, kind)
        else:
            self.git(service, kind)
        self.later()

    def git(self, service: Service, kind: str) -> None:
        """What people do by pushing, and beside it."""
        name = service.name
        match kind:
            case "a good one":
                self.push(service, self.new(service, self.good()), kind)
            case "a bad one":
                for _ in range(self.draw.choice((1, 2))):
                    self.push_bad(service, kind)
                    self.soon(ENDED)
            case "overtaken":
                for _ in range(self.draw.choice((1, 1, 2))):
                    slow = self.draw.random() < 0.5
                    image = self.good(slow=True) if slow else self.bad(service)
                    self.push(service, self.new(service, image), kind)
                    self.soon(SOON)
                self.push(service, self.new(service, self.good()))
            case "stopped by hand":
                for _ in range(self.draw.choice((1, 2, 2))):
                    self.push(service, self.new(service, self.good(slow=True)), kind)
                    self.soon(SOON)
                    self.do("stop", name, how=self.draw.choice(("ROLLBACK", "ABORT")))
                    self.soon(SOON)
            case "the same again":
                self.push(service, self.failed.get(name, self.stated[name][-1]), kind)
            case "broken":
                self.broken(service, kind)
            case "in place alone":
                self.beside(service, kind)
            case "in place while it rolls":
                self.roll_something(service, kind)
                self.soon(ANY_MOMENT)
                self.beside(service)
            case "in place on what failed":
                self.push_bad(service, kind)
                self.soon(ENDED)
                self.beside(service)
            case "a revert with another count":
                self.revert(service, kind)
            case "back to an older commit":
                self.push(service, self.draw.choice(self.stated[name][:-1] or self.stated[name]), kind)
            case "retry":
                self.retry(service, kind)
            case "prune taken back":
                self.do("push", name, files={name: None}, kinds=(kind,))
                self.soon(TAKEN_BACK)
                self.push(service, self.stated[name][-1])

    def hand(self, service: Service, kind: str) -> None:
        """What people do in ECS itself."""
        self.by_hand.add(service.name)
        does = {"scaled by hand": "scale", "older by hand": "older", "a field by hand": "setting"}
        count = 4 if kind == "scaled by hand" else 0
        self.do(does.get(kind, "scalable"), service.name, count=count, kinds=(kind,))

    def together(self, waiting: Service, other: Service) -> None:
        """One commit changes a service and the one that it waits for."""
        which = self.draw.choice((0, 1, 2))
        first: Statement | str = BROKEN
        if which < 2:
            first = self.new(other, self.bad(other) if which else self.good(slow=True))
        stated = self.new(waiting, self.good())
        fields = self.count_in(waiting, stated)
        for service, said in ((waiting, stated), (other, first)):
            if isinstance(said, Statement):
                self.stated[service.name].append(said)
        files = {waiting.name: stated, other.name: first}
        self.do("push", waiting.name, files=files, kinds=(WAITED_FOR[which], *fields))
        if which and self.draw.random() < 0.4:
            self.later()
            self.push(other, self.new(other, self.good()))
        self.later()

    def revert(self, service: Service, kind: str) -> None:
        good = self.stated[service.name][-1]
        self.push_bad(service, kind)
        self.soon(ANY_MOMENT)
        counts = [count for count in in_place.CHOICES["desiredCount"] if count != good.count]
        self.push(service, replace(good, fields={**good.fields, "desiredCount": self.draw.choice(counts)}))

    def retry(self, service: Service, kind: str) -> None:
        bad = self.push_bad(service, kind)
        self.soon(ENDED)
        is_mended = self.draw.random() < 0.5
        self.do("retry", service.name, how=bad.image if is_mended else "")

    def roll_something(self, service: Service, kind: str) -> None:
        if self.draw.random() < 0.5:
            self.push_bad(service, kind)
        else:
            self.push(service, self.new(service, self.good(slow=self.draw.random() < 0.6)), kind)

    def push_bad(self, service: Service, kind: str) -> Statement:
        stated = self.new(service, self.bad(service))
        self.push(service, stated, kind)
        self.failed[service.name] = stated
        return stated

    def beside(self, service: Service, kind: str = "") -> None:
        """Nothing but what changes in place."""
        stated = self.stated[service.name][-1]
        fields = in_place.changed(service, stated.fields, self.draw, (2, 5))
        fields = in_place.versioned(service, stated.image, fields)
        self.push(service, replace(stated, fields=fields), kind)

    def broken(self, service: Service, kind: str) -> None:
        """A slip of the pen, or what the rules of ECS do not allow."""
        self.do("push", service.name, files={service.name: BROKEN}, kinds=(kind,))

    def new(self, service: Service, image: str) -> Statement:
        """Another revision, with other fields beside it more often than not."""
        before = self.stated[service.name][-1]
        fields = before.fields
        if self.draw.random() < 0.6:
            fields = in_place.changed(service, fields, self.draw, (1, 2))
        role = not before.role if self.draw.random() < 0.15 else before.role
        return Statement(image, in_place.versioned(service, image, fields), role)

    def push(self, service: Service, stated: Statement, kind: str = "") -> None:
        fields = self.count_in(service, stated)
        self.stated.setdefault(service.name, []).append(stated)
        kinds = (kind, *fields) if kind else fields
        self.do("push", service.name, files={service.name: stated}, kinds=kinds)

    def count_in(self, service: Service, stated: Statement) -> tuple[str, ...]:
        """The kinds that a push is by what it changes of the one before."""
        known = self.stated.get(service.name)
        if not known:
            return ()
        before = known[-1]
        how = "beside" if (before.image, before.role) == (stated.image, stated.role) else "with"
        return tuple(
            f"{name} {how} a revision" for name in in_place.differing(before.fields, stated.fields)
        )

    def do(self, what: str, name: str, **more: Any) -> None:
        self.steps.append(Step(round(self.now, 1), what, name, **more))

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

    def soon(self, within: tuple[float, float]) -> None:
        self.now += self.draw.uniform(*within)

    def later(self) -> None:
        self.now += self.draw.uniform(*STEP_GAP)
