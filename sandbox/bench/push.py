"""From a push to UpdateService: requests that had to wait for one another, and seconds when warm.

Three pushes into one served world: the first starts everything, the second is timed, the third meets a
door that is far away, so that its trace shows which requests were sent after the answer of which.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence

from sandbox.bench.chain import longest_chain
from sandbox.bench.recording import Answered, Recording, recorded
from sandbox.bench.row import Row, Say
from sandbox.front.server import Front
from sandbox.front.wsgi import Environ, StartResponse
from sandbox.ground.journal import JournalEntry
from sandbox.stories import demo
from sandbox.stories.demo import Demo
from sandbox.wires import bus, mappings
from sandbox.world.world import World

SPEED = 10.0
JOURNEY = 0.1
"""Real seconds to the far door: well beyond what a thread waits for its turn on a busy machine."""
CHAIN_GOAL, CHAIN_FLOOR = 8, 4
"""The floor is a script on somebody's laptop: Git's refs, its objects, a revision, UpdateService."""
SECONDS_GOAL = 2.0
FIRST, LAST = "codecommit:GitPush", "ecs:UpdateService"
FUNCTION = "Reconciler"
ON_THE_WAY = ("ConfigPush", FUNCTION)
COMPLETED = "SERVICE_DEPLOYMENT_COMPLETED"
QUIET = 30.0
"""Seconds of the world after which nobody looks at the push before any more."""
HOPS = bus.DELIVERY_SECONDS + 2 * mappings.RECEIVE_SECONDS
"""Seconds of the world that event bus and queues take on the way."""


class Distant(Front):
    """The same door, `journey` seconds away, that keeps what it answers to whom."""

    def __init__(self, near: Front, journey: float, now: Callable[[], float]) -> None:
        super().__init__(near.door, near.caller)
        self.journey = journey
        self.now = now
        self.answered: list[Answered] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        time.sleep(self.journey)
        body = b"".join(super().__call__(environ, start_response))
        with self.door.turn():
            note = Answered(self.now(), _key(environ), environ.get("HTTP_X_AMZ_TARGET", ""), body)
            self.answered.append(note)
        return [body]


def measure(say: Say) -> tuple[list[Row], list[Recording]]:
    """The rows; and two turns of the reconciler, one with nothing to do, one that starts a rollout."""
    say("bench: from a push to UpdateService")
    with World.served(speed=SPEED) as world, demo.staged(lambda _: None, world) as stage:
        for tag in ("1", "2", "3"):
            demo.pack(stage, tag, f"version {tag}")
        stage.roll_out("1", "Start everything")
        timed = _traced(stage, "2")
        bare = _bare_seconds(world)
        door = Distant(world.front, JOURNEY, lambda: world.timeline.now)
        world.front = door
        traced = _traced(stage, "3")
        world.advance(QUIET)
        _tell_again(world)
        turns = recorded(world, FUNCTION, door.answered)
    looks = [turn for turn in turns if not turn.actions]
    rollouts = [turn for turn in turns if turn.actions]
    return _rows(timed, traced, bare), [looks[-1], rollouts[-1]]


def _rows(timed: Sequence[JournalEntry], traced: Sequence[JournalEntry], bare: float) -> list[Row]:
    chain = longest_chain((entry.at for entry in _requests(traced)), JOURNEY * SPEED)
    real = (timed[-1].at - timed[0].at) / SPEED + HOPS * (1 - 1 / SPEED)
    hops = sum(_is_delivery(entry) for entry in traced)
    return [
        Row(
            "push → UpdateService: longest chain of dependent requests",
            chain,
            "requests",
            CHAIN_FLOOR,
            CHAIN_GOAL,
        ),
        Row("push → UpdateService: deliveries by bus and queues in between", hops, "deliveries"),
        Row(
            "push → UpdateService: warm (floor: so many bare requests)",
            round(real, 3),
            "s",
            round(bare * chain, 3),
            SECONDS_GOAL,
        ),
    ]


def _traced(stage: Demo, tag: str) -> list[JournalEntry]:
    """All that the push of a tag caused, up to the request that starts the rollout."""
    stage.scene.world.advance(QUIET)
    journal = stage.scene.world.journal
    begun = len(journal)
    stage.roll_out(tag, f"Say version {tag}")
    entries = journal[begun:]
    begin, end = (_first(action, entries) for action in (FIRST, LAST))
    return entries[begin : end + 1]


def _first(action: str, entries: Sequence[JournalEntry]) -> int:
    return next(at for at, entry in enumerate(entries) if entry.detail.get("action") == action)


def _requests(trace: Sequence[JournalEntry]) -> list[JournalEntry]:
    """Those of the two functions on the way; not the sweeper's, nor those of people who look on."""
    return [entry for entry in trace if entry.kind == "request" and _is_on_the_way(entry.detail["who"])]


def _is_delivery(entry: JournalEntry) -> bool:
    if entry.kind == "event.delivered":
        return "sources" in entry.detail["target"]
    return entry.kind == "lambda.started" and _is_on_the_way(entry.detail["function"])


def _is_on_the_way(name: str) -> bool:
    return any(each in name for each in ON_THE_WAY)


def _tell_again(world: World) -> None:
    """That the rollout completed is told a second time, as an event bus may: there is nothing to do."""
    starts = [entry for entry in world.journal if entry.kind == "lambda.started"]
    events = [json.loads(entry.detail["event"]) for entry in starts]
    last = [event for event in events if event.get("detail", {}).get("eventName") == COMPLETED][-1]
    world.emit(last["source"], last["detail-type"], last["detail"], last["resources"])
    world.advance(QUIET)


def _bare_seconds(world: World) -> float:
    """Seconds of one request that does next to nothing, from a warm client."""
    client, times = world.client("ecs"), []
    for _ in range(20):
        begun = time.perf_counter()
        client.describe_services(cluster=demo.KEY.cluster, services=[demo.KEY.name])
        times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) // 2]


def _key(environ: Environ) -> str:
    """What a request is signed with."""
    return str(environ.get("HTTP_AUTHORIZATION", "")).partition("/")[0].rpartition("=")[2]
