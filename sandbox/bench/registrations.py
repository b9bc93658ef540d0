"""One commit changes 200 services: how long ECS's own limits let it take, and how long it took.

The services run before there is a controller, which adopts them; the door then throttles as ECS does. In
the middle Git takes one service back, and another one's new version fails and is taken back unasked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from ecs_gitops.model.names import ServiceKey
from ecs_gitops.plan.budget import AWS, SHARE, Family
from sandbox.bench.manifests import FOLDER, bring_about, files
from sandbox.bench.row import Row, Say
from sandbox.front.people import assume
from sandbox.ground.journal import JournalEntry
from sandbox.ground.processes import ROOT
from sandbox.services.codecommit.repositories import Repository
from sandbox.tasks.simulated import NEVER_HEALTHY, TaskOutcome
from sandbox.world.faults import FaultPlan
from sandbox.world.world import ACCOUNT, REGION, World

SERVICES = 200
CLUSTER = "fleet"
NEW = "2.0.0"
SLACK = 1.05
THROTTLED_GOAL, BACK_GOAL = 1.0, 5.0
"""Percent of requests; seconds."""
SETTLED_WITHIN, ADOPTED_WITHIN, DONE_WITHIN, AFTERWARDS = 120.0, 120.0, 900.0, 300.0
TAKEN_BACK_AT = 100.0
"""Seconds after the push at which Git takes a service back."""
ROLES = ",".join(f"arn:aws:iam::{ACCOUNT}:role/fleet-{what}" for what in ("execution", "task"))
REGISTER, UPDATE = "ecs:RegisterTaskDefinition", "ecs:UpdateService"
CONTROL = {"name": "control", "image": "control:1", "memory": 64}
FAILED = ("STOPPED", "ROLLBACK_FAILED", "ROLLBACK_SUCCESSFUL")
SLOW = TaskOutcome(start=90.0)
"""Tasks that take as long as they do on Fargate, so that a hundred rollouts are under way at once."""
NO_ROLLBACK = """\
service:
  deploymentConfiguration:
    deploymentCircuitBreaker: {enable: true, rollback: false}
"""


@dataclass(frozen=True, slots=True)
class Rolled:
    """What happened since the push: its moment, every revision's, how long going back took.

    sent, throttled: requests of our roles. deployments: how many each service had.
    """

    pushed: float
    registered: tuple[float, ...]
    back: tuple[float, ...]
    sent: int
    throttled: int
    deployments: dict[str, int] = field(default_factory=dict)


def measure(say: Say) -> list[Row]:
    """The rows. Raises RuntimeError when not every service was rolled out once."""
    say(f"bench: {SERVICES} changed services registered")
    rolled = roll_out(SERVICES)
    wrong = [name for name, count in rolled.deployments.items() if count != 1]
    if len(wrong) != len(rolled.back):  # going back is a second one
        raise RuntimeError(f"not one deployment each: {wrong}")
    return rows(rolled)


def rows(rolled: Rolled) -> list[Row]:
    """Seconds beside the floor of our share, and of ECS's whole bucket; what was refused; going back."""
    count = len(rolled.registered)
    took = round(rolled.registered[-1] - rolled.pushed, 1)
    ours, whole = floor(count, SHARE), floor(count, 1.0)
    what = f"{count} registrations for {SERVICES} changed services"
    return [
        Row(f"{what} (floor: our four fifths of ECS's bucket)", took, "s", ours, round(ours * SLACK, 1)),
        Row(f"{what} (floor: the whole bucket, nothing left to others)", took, "s", whole),
        Row(
            "the same: requests of any kind that ECS throttled",
            round(100 * rolled.throttled / rolled.sent, 2),
            "%",
            0.0,
            THROTTLED_GOAL,
        ),
        Row("the same: to UpdateService of a rollback", round(max(rolled.back), 1), "s", goal=BACK_GOAL),
    ]


def floor(count: int, share: float) -> float:
    """Seconds in which a share of ECS's bucket has so many registrations."""
    rate = AWS[Family.TASK_DEFINITIONS]
    return (count - rate.burst * share) / (rate.per_second * share)


def roll_out(count: int) -> Rolled:
    """Push a commit that changes so many services, and see them through. Raises RuntimeError."""
    with _fleet(count) as (world, repository, keys):
        bad, taken_back = keys[1], keys[0]
        world.tasks.outcomes |= {_image(key): SLOW for key in keys[2:]} | {_image(bad): NEVER_HEALTHY}
        begun, pushed = len(world.journal), world.timeline.now
        before = world.faults.happened["buckets"]
        repository.push(_new_files(keys, bad), "Everything anew")
        world.advance(TAKEN_BACK_AT)
        repository.push({_path(taken_back): files([taken_back])[_path(taken_back)]}, "Not this one")
        asked = world.timeline.now
        _until(world, lambda: len(_registered(world.journal[begun:])) == count, DONE_WITHIN)
        world.advance(AFTERWARDS)
        journal = world.journal[begun:]
        sent, throttled = _counts(world, journal, before)
        _control(world)
        failed = _first(journal, pushed, lambda entry: _has_failed(entry, bad))
        return Rolled(
            pushed,
            tuple(_registered(journal)),
            (
                _first(journal, asked, lambda entry: _updates(entry, taken_back)) - asked,
                _first(journal, failed, lambda entry: _updates(entry, bad)) - failed,
            ),
            sent,
            throttled,
            {key.name: _deployments(journal, key) for key in keys},
        )


@contextmanager
def _fleet(count: int) -> Iterator[tuple[World, Repository, list[ServiceKey]]]:
    """A world whose controller has adopted so many services, and whose ECS throttles."""
    keys = [ServiceKey(CLUSTER, f"web-{at:04}") for at in range(count)]
    with World.inline(faults=FaultPlan(buckets=True)) as world:
        bring_about(world, keys)
        world.advance(SETTLED_WITHIN)
        repository = world.repository("config")
        stated = {"SourceUrl": repository.url, "Mode": "apply", "PassableRoleArns": ROLES}
        world.deploy(ROOT / "template.yaml", "ecs-gitops", stated)
        repository.push(files(keys), "Everything that runs")
        world.advance(ADOPTED_WITHIN)
        if any(_is_granted(entry, REGISTER) for entry in world.journal):
            raise RuntimeError("adopting services changed them")
        yield world, repository, keys


def _counts(world: World, journal: Sequence[JournalEntry], before: int) -> tuple[int, int]:
    """Requests that our roles sent, and those of them that ECS's buckets refused."""
    return sum(map(_is_ours, journal)), world.faults.happened["buckets"] - before


def _control(world: World) -> None:
    """The same role without our budget is refused. Raises RuntimeError when it is not."""
    before = world.faults.happened["buckets"]
    keys = assume(_role(world), "control", account=ACCOUNT, region=REGION)
    ecs = world.client("ecs", credentials=keys)
    with suppress(ClientError):
        for _ in range(2 * round(AWS[Family.TASK_DEFINITIONS].burst)):
            ecs.register_task_definition(family="control", containerDefinitions=[CONTROL])
    if world.faults.happened["buckets"] == before:
        raise RuntimeError("the control failed: ECS takes any number of registrations at once")


def _role(world: World) -> str:
    roles = world.client("iam").list_roles()["Roles"]
    return next(str(each["Arn"]) for each in roles if "Reconciler" in each["RoleName"])


def _new_files(keys: Sequence[ServiceKey], bad: ServiceKey) -> dict[str, str]:
    """A new version of every service; nobody but us takes the bad one back."""
    found = files(keys, NEW)
    return {**found, _path(bad): found[_path(bad)].replace("service:\n", NO_ROLLBACK, 1)}


def _path(key: ServiceKey) -> str:
    return f"{FOLDER}/{key}.yaml"


def _image(key: ServiceKey) -> str:
    return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/fleet/{key.name}:{NEW}"


def _until(world: World, is_so: Callable[[], bool], limit: float) -> None:
    for _ in range(round(limit)):
        if is_so():
            return
        world.advance(1.0)
    raise RuntimeError(f"not every service was registered within {limit:g} s of the world")


def _is_ours(entry: JournalEntry) -> bool:
    return entry.kind == "request" and entry.detail["who"] != "admin"


def _is_granted(entry: JournalEntry, action: str) -> bool:
    return _is_ours(entry) and entry.detail["action"] == action and entry.detail["status"] == 200


def _registered(journal: Sequence[JournalEntry]) -> list[float]:
    """When each revision of the new version was."""
    granted = [entry for entry in journal if _is_granted(entry, REGISTER)]
    return [
        entry.at
        for entry in granted
        if entry.detail["params"]["containerDefinitions"][0]["image"].endswith(f":{NEW}")
    ]


def _updates(entry: JournalEntry, key: ServiceKey) -> bool:
    return _is_granted(entry, UPDATE) and entry.detail["params"]["service"] == key.name


def _has_failed(entry: JournalEntry, key: ServiceKey) -> bool:
    if entry.kind != "deployment" or entry.detail["service"] != str(key):
        return False
    return entry.detail["status"] in FAILED


def _first(journal: Sequence[JournalEntry], since: float, is_it: Callable[[JournalEntry], bool]) -> float:
    found = next((entry.at for entry in journal if entry.at >= since and is_it(entry)), None)
    if found is None:
        raise RuntimeError("what was to be taken back was not")
    return found


def _deployments(journal: Sequence[JournalEntry], key: ServiceKey) -> int:
    mine = [
        entry.detail
        for entry in journal
        if entry.kind == "deployment" and entry.detail["service"] == str(key)
    ]
    return len({detail["id"] for detail in mine})
