"""What goes wrong, at three doors only: the front, the bus, the task runner; by hand or from a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.front.denied import refuse
from sandbox.front.throttle import Buckets
from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, ConnectionLostError, Request
from sandbox.ground.timeline import Timeline
from sandbox.services.ecs.running import TaskSpec
from sandbox.tasks.simulated import TaskOutcome

Instead = Callable[[Principal, str, Request], Answer | None]
Then = Callable[[Principal, str, Request], None]
Event = Mapping[str, Any]

LATE_SECONDS = (20.0, 240.0)
SHUFFLED_SECONDS = (0.0, 12.0)
SLOW_SECONDS = (15.0, 90.0)
EXIT_SECONDS = (1.0, 20.0)
EXIT_CODES = (1, 2, 137, 139)


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """What share (0 to 1) of what passes a door goes wrong, drawn from a seed.

    Of the functions' calls: failed: nothing was done, and a 5xx or a lost connection says so;
    lost: done, and the connection is lost before its answer; throttled: refused for now; crashed:
    done, and the process that asked dies right after. buckets: AWS's token buckets are kept besides.
    Of the bus's deliveries of AWS's own events: dropped, late, repeated, shuffled among others.
    Of the tasks that start: sick: never well; exits: ends by itself; unpullable: its image is not
    found; slow: it takes its time to run.
    until: the moment (epoch seconds of the world) from which nothing goes wrong any more.
    """

    seed: int = 0
    failed: float = 0.0
    lost: float = 0.0
    throttled: float = 0.0
    crashed: float = 0.0
    dropped: float = 0.0
    late: float = 0.0
    repeated: float = 0.0
    shuffled: float = 0.0
    sick: float = 0.0
    exits: float = 0.0
    unpullable: float = 0.0
    slow: float = 0.0
    buckets: bool = False
    until: float = float("inf")


NOTHING_FAILS = FaultPlan()
AT_THE_FRONT = ("failed", "lost", "throttled", "crashed")
ON_THE_BUS = ("dropped", "late", "repeated", "shuffled")
IN_TASKS = ("sick", "exits", "unpullable", "slow")
KINDS = (*AT_THE_FRONT, *ON_THE_BUS, *IN_TASKS)
"""Every kind of fault, in the order in which a draw is read."""


def none(_principal: Principal, _action: str, _request: Request) -> Answer | None:
    """No call fails by itself."""
    return None


def nothing(_principal: Principal, _action: str, _request: Request) -> None:
    """Nothing happens after a call."""


def cannot_kill(_principal: Principal) -> None:
    """Who runs a world says how its processes die."""
    raise NotImplementedError("this world's processes cannot be killed from within a call")


@dataclass(slots=True)
class Faults:
    """What goes wrong in one world; all of it may be changed at any time.

    instead: an answer in place of the real one, given before anything is done.
    then: called when a request was done, before its sender hears of it; may kill the sender.
    plan: what goes wrong by chance. kill: ends the process that sends a request; returns if that
    only breaks its connection. happened: how often each kind of fault came to pass.
    """

    timeline: Timeline
    plan: FaultPlan = field(default_factory=FaultPlan)
    kill: Callable[[Principal], None] = cannot_kill
    instead: Instead = none
    then: Then = nothing
    happened: Counter[str] = field(default_factory=Counter)
    _random: random.Random = field(init=False)
    _buckets: Buckets = field(default_factory=Buckets)

    def __post_init__(self) -> None:
        self._random = random.Random(self.plan.seed)

    # The front

    def before(self, principal: Principal, action: str, request: Request) -> Answer | None:
        """The door's question before a request passes."""
        stated = self.instead(principal, action, request)
        if stated is not None or principal.kind != "role":
            return stated
        if self.plan.buckets and not self._buckets.take(action, self.timeline.now):
            self.happened["buckets"] += 1
            return throttled(request, action)
        match self._draw("failed", "throttled"):
            case "failed":
                return self._fail(request, action)
            case "throttled":
                return throttled(request, action)
            case _:
                return None

    def after(self, principal: Principal, action: str, request: Request) -> None:
        """The door's word that a request was done."""
        self.then(principal, action, request)
        drawn = self._draw("lost", "crashed") if principal.kind == "role" else ""
        if drawn == "crashed":
            self.kill(principal)
        if drawn:
            raise ConnectionLostError(f"{action} was done, and nobody heard of it")

    def _fail(self, request: Request, action: str) -> Answer:
        status = self._random.choice((0, 500, 503))
        if status == 0:
            raise ConnectionLostError(f"{action} was not done")
        return _unavailable(request, action, status)

    # The bus

    def deliveries(self, event: Event) -> Sequence[float]:
        """How late (seconds) each delivery of an AWS service's event is; none: it is lost."""
        if event["source"] == "aws.events":  # ticks of a schedule are no events of a service
            return (0.0,)
        match self._draw(*ON_THE_BUS):
            case "dropped":
                return ()
            case "late":
                return (self._random.uniform(*LATE_SECONDS),)
            case "repeated":
                first = self._random.uniform(*SHUFFLED_SECONDS) if self._draw("shuffled") else 0.0
                return (first, self._random.uniform(*SHUFFLED_SECONDS))
            case "shuffled":
                return (self._random.uniform(*SHUFFLED_SECONDS),)
            case _:
                return (0.0,)

    # The task runner

    def outcome(self, task: TaskSpec, stated: TaskOutcome) -> TaskOutcome:
        """What becomes of a task that starts now."""
        drawn = self._draw(*IN_TASKS)
        if drawn == "sick" and not any("healthCheck" in each.definition for each in task.containers):
            drawn = "exits"  # nobody would notice a task that is never asked
            self.happened.subtract(["sick"])
            self.happened.update([drawn])
        match drawn:
            case "sick":
                return replace(stated, healthy_after=None)
            case "exits":
                after = self._random.uniform(*EXIT_SECONDS)
                return replace(stated, exit_after=after, exit_code=self._random.choice(EXIT_CODES))
            case "unpullable":
                return replace(stated, pulls=False)
            case "slow":
                return replace(stated, start=self._random.uniform(*SLOW_SECONDS))
            case _:
                return stated

    def _draw(self, *kinds: str) -> str:
        """One of these kinds by its share, or "" for none; counted."""
        if self.timeline.now >= self.plan.until:
            return ""
        shares = [(kind, getattr(self.plan, kind)) for kind in kinds]
        if not any(share for _, share in shares):
            return ""
        point = self._random.random()
        for kind, share in shares:
            if point < share:
                self.happened[kind] += 1
                return kind
            point -= share
        return ""


def throttled(request: Request, action: str) -> Answer:
    """AWS's answer to a call that comes too soon after others."""
    service = action.partition(":")[0]
    if request.path.startswith("/v1/repos/"):
        return Answer(429, (("Content-Type", "text/plain"),), b"Too Many Requests")
    code = "RequestThrottled" if service == "sqs" else "ThrottlingException"
    return refuse(request, service, code, "Rate exceeded")


def _unavailable(request: Request, action: str, status: int) -> Answer:
    if request.path.startswith("/v1/repos/"):
        return Answer(status, (("Content-Type", "text/plain"),), b"Service Unavailable")
    code = "InternalServerError" if status == 500 else "ServiceUnavailable"
    message = "The service could not do it for now."
    return replace(refuse(request, action.partition(":")[0], code, message), status=status)
