"""What a full sweep asks of AWS when nothing has changed, and that it sees the one service that has.

1,000 services run before there is a controller; their manifests are pushed, and it adopts them. Then its
own function sweeps them, and every request that it sends is counted at the door.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ecs_gitops.model.names import ServiceKey
from sandbox.bench.manifests import bring_about, files
from sandbox.bench.row import Row, Say
from sandbox.ground.journal import JournalEntry
from sandbox.ground.processes import ROOT
from sandbox.world.world import World

SERVICES = 1_000
GOAL = 0.11
A_CALL, TARGETS_A_CALL = 10, 50
"""What AWS answers at most: services of one cluster, scalable targets."""
FUNCTION = "Sweeper"
MINUTE = 60.0
QUIET_WITHIN = 30
"""Minutes of the world in which a fleet is adopted, and all that is new of it told."""
ONE_CLUSTER = tuple(ServiceKey("fleet", f"web-{at:04}") for at in range(SERVICES))
FIFTY_CLUSTERS = tuple(ServiceKey(f"fleet-{at // 20:02}", f"web-{at:04}") for at in range(SERVICES))


@dataclass(frozen=True, slots=True)
class Sweep:
    """One full sweep: how many services it looked at, whom it woke, and its requests by action."""

    looked: int | None
    woken: tuple[str, ...]
    requests: Mapping[str, int]


def measure(say: Say, look: Callable[[World], None]) -> list[Row]:
    """Rows of the three fleets. Raises RuntimeError when a sweep sees more or less than there is.

    look: is shown the fleet in one cluster while all is well; whatever it does must leave that so.
    """
    say("bench: a sweep of 1,000 services in one cluster")
    with fleet(ONE_CLUSTER) as world:
        plain = _quiet(world)
        _control(world)
        look(world)
        say("bench: a sweep of 1,000 services, all scaled")
        _scale(world, ONE_CLUSTER)
        scaled = _quiet(world)
    say("bench: a sweep of 1,000 services in 50 clusters")
    with fleet(FIFTY_CLUSTERS) as world:
        spread = _quiet(world)
    return [
        row("1,000 services in one cluster", plain, floor(ONE_CLUSTER), GOAL),
        row("50 clusters of 20", spread, floor(FIFTY_CLUSTERS)),
        row(
            "1,000 in one cluster, each scaled away from Git's count",
            scaled,
            floor(ONE_CLUSTER, scaled=True),
        ),
    ]


def row(which: str, sweep: Sweep, least: float, goal: float | None = None) -> Row:
    """A sweep's requests of any kind, by service; the largest kinds stand in the name."""
    total = sum(sweep.requests.values())
    kinds = ", ".join(f"{count} {action}" for action, count in Counter(sweep.requests).most_common(3))
    return Row(
        f"sweep with no change, {which}: requests a service ({kinds})",
        round(total / SERVICES, 4),
        "requests",
        least,
        goal,
    )


def floor(keys: Sequence[ServiceKey], *, scaled: bool = False) -> float:
    """Requests a service without which nobody can see all of them, and what scales them."""
    clusters = Counter(key.cluster for key in keys)
    calls = sum(-(-count // A_CALL) for count in clusters.values())
    return (calls + (-(-len(keys) // TARGETS_A_CALL) if scaled else 0)) / len(keys)


@contextmanager
def fleet(keys: Sequence[ServiceKey]) -> Iterator[World]:
    """A world whose controller has adopted these services, and hears of no event but the minute's."""
    with World.inline() as world:
        bring_about(world, keys)
        world.advance(2 * MINUTE)
        repository = world.repository("config")
        parameters = {"SourceUrl": repository.url, "Mode": "apply", "FullSweepInterval": "60"}
        world.deploy(ROOT / "template.yaml", "ecs-gitops", parameters)
        repository.push(files(keys), "Everything that runs")
        world.advance(MINUTE)
        _lose_events(world)
        yield world


def _lose_events(world: World) -> None:
    """So that what a sweep does not find is found by nobody."""
    events = world.client("events")
    for rule in events.list_rules()["Rules"]:
        if FUNCTION not in rule["Name"]:
            events.disable_rule(Name=rule["Name"])


def _quiet(world: World) -> Sweep:
    """The first full sweep that has nothing to do, by which all is told. Raises RuntimeError without."""
    for _ in range(QUIET_WITHIN):
        sweep = _next(world)
        if not sweep.woken:
            if sweep.looked != SERVICES:
                raise RuntimeError(f"the sweep looked at {sweep.looked} services instead of {SERVICES}")
            return sweep
    raise RuntimeError(f"after {QUIET_WITHIN} minutes sweeps still wake {len(sweep.woken)} services")


def _control(world: World) -> None:
    """The same sweep wakes one service when one was changed by hand, and that one alone."""
    key = ONE_CLUSTER[SERVICES // 2]
    world.client("ecs").update_service(cluster=key.cluster, service=key.name, desiredCount=3)
    woken = _next(world).woken
    if woken != (str(key),):
        raise RuntimeError(f"the control failed: {key} was changed by hand, and the sweep woke {woken}")
    _quiet(world)


def _scale(world: World, keys: Sequence[ServiceKey]) -> None:
    """Every service gets a scalable target, and runs at a count that is not Git's."""
    scaling, ecs = world.client("application-autoscaling"), world.client("ecs")
    for key in keys:
        scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{key}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=9,
        )
        ecs.update_service(cluster=key.cluster, service=key.name, desiredCount=2)


def _next(world: World) -> Sweep:
    """The minute's sweep, a full one."""
    begun = len(world.journal)
    world.advance(MINUTE)
    return swept(world.journal[begun:])


def swept(journal: Sequence[JournalEntry]) -> Sweep:
    """The last sweep of an inline world's journal. Raises RuntimeError when there is none, or it failed."""
    ends = [at for at, entry in enumerate(journal) if _is(entry, "lambda.ended")]
    starts = [at for at, entry in enumerate(journal) if _is(entry, "lambda.started")]
    if not ends or journal[ends[-1]].detail["error"]:
        raise RuntimeError(f"the sweep failed: {journal[ends[-1]].detail if ends else 'there was none'}")
    inside = journal[starts[-1] : ends[-1]]  # one thread: nothing of anybody else's is in between
    made = Counter(str(entry.detail["action"]) for entry in inside if entry.kind == "request")
    told = _told(str(journal[ends[-1]].detail["logs"]))
    return Sweep(told["looked"], tuple(told["woken"]), made)


def _told(logs: str) -> Any:
    """What a sweep says it found, from the lines it logged."""
    lines = (json.loads(line) for line in logs.splitlines() if line.startswith("{"))
    return next(line["swept"] for line in lines if "swept" in line)


def _is(entry: JournalEntry, kind: str) -> bool:
    return entry.kind == kind and FUNCTION in entry.detail["function"]
