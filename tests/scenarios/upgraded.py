"""A world as an older release left it, in which today's controller is then installed.

ECS is made again by the calls that made it, at their moments, so that task definitions, deployments and
times are those that the table names; what ECS names at random is put into the table anew.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore import xform_name

from ecs_gitops.aws.ecs import Ecs
from ecs_gitops.model.live import Live
from ecs_gitops.model.names import Install, ServiceKey
from sandbox.tasks.simulated import NEVER_HEALTHY, TaskOutcome
from sandbox.world.world import ACCOUNT, REGION, World
from tests.releases import Left, left_by
from tests.scenarios.stage import CLUSTER, TEMPLATE, Stage

RELEASE = "release-0.1.0-one-digest"
STACK = "ecs-gitops"
INSTALL = Install(STACK, ACCOUNT, REGION)
SLOW = TaskOutcome(start=900.0)
OUTCOMES: Mapping[str, TaskOutcome] = {
    "open:2": SLOW,
    "replaced:2": SLOW,
    "replaced:3": SLOW,
    "stopped:2": SLOW,
    "overdue:2": TaskOutcome(start=1500.0),
    "quarantined:2": NEVER_HEALTHY,
    "mended:2": NEVER_HEALTHY,
}
"""What became of tasks with these images in the world that the fixture was taken of."""


@contextmanager
def an_upgraded_stage(**parameters: str) -> Iterator[Stage]:
    """Today's controller over the table, the repository and the ECS that the fixture tells of."""
    left = left_by(RELEASE)
    with World.inline() as world:
        play(left, world)
        renamed = names(left, ecs_of(left, world))
        repository = world.repository("config")
        renamed[left.head] = repository.push(left.files, "As it was")
        stated = {"SourceUrl": repository.url, "Mode": "apply", "FullSweepInterval": "60", **parameters}
        outputs = world.deploy(TEMPLATE, STACK, stated)
        remember(left, renamed, outputs["TableName"], world)
        yield Stage(world, repository, STACK)


def play(left: Left, world: World) -> None:
    """Everything that ECS was asked to do, each at its moment, up to the moment of the fixture."""
    world.tasks.outcomes.update(OUTCOMES)
    ecs = world.client("ecs")
    for each in left.calls:
        world.advance(max(0.0, each["at"] - world.timeline.now))
        request = each["with"]
        if each["call"] == "StopServiceDeployment":  # the one request that names what has a random name
            name = request["serviceDeploymentArn"].split("/")[-2]
            listed = ecs.list_service_deployments(cluster=CLUSTER, service=name)["serviceDeployments"]
            request = {**request, "serviceDeploymentArn": listed[0]["serviceDeploymentArn"]}
        getattr(ecs, xform_name(each["call"]))(**request)
    world.advance(left.at - world.timeline.now)


def ecs_of(left: Left, world: World) -> dict[str, Live]:
    """ECS's word on each service now."""
    ecs = Ecs(world.client("ecs"), INSTALL)
    return {name: ecs.live(ServiceKey(CLUSTER, name), deployments=True) for name in left.lives}


def names(left: Left, lives: Mapping[str, Live]) -> dict[str, str]:
    """What ECS named at random then → what it calls the same thing now."""
    renamed = {}
    for name, was in left.lives.items():
        then, now = was.service or {}, lives[name].service or {}
        for old, new in zip(then["deployments"], now["deployments"], strict=True):
            renamed[old["id"]] = new["id"]
        for before, after in zip(was.deployments, lives[name].deployments, strict=True):
            renamed[before.arn] = after.arn
    return renamed


def remember(left: Left, renamed: Mapping[str, str], table: str, world: World) -> None:
    """The old table's items, with today's names in them."""
    dynamodb = world.client("dynamodb")
    for item in left.items:
        dynamodb.put_item(TableName=table, Item=_renamed(item, renamed))


def _renamed(item: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    body = item.get("body", {})
    plain = json.dumps({name: value for name, value in item.items() if name != "body"})
    made: dict[str, Any] = json.loads(_replaced(plain, renamed))
    if "S" in body:
        made["body"] = {"S": _replaced(body["S"], renamed)}
    if "B" in body:
        made["body"] = {
            "B": zlib.compress(_replaced(zlib.decompress(body["B"]).decode(), renamed).encode())
        }
    return made


def _replaced(text: str, renamed: Mapping[str, str]) -> str:
    for old, new in renamed.items():
        text = text.replace(old, new)
    return text


def shown(live: Live) -> object:
    """ECS's word without random names and without what it says in words."""
    service = live.service or {}
    rolling = [
        (each["status"], each["taskDefinition"], each["rolloutState"]) for each in service["deployments"]
    ]
    counted = [service[count] for count in ("desiredCount", "runningCount", "pendingCount")]
    deployed = [(each.status, each.task_definition_arn, each.created_at) for each in live.deployments]
    return service["status"], service["taskDefinition"], counted, rolling, deployed, service["tags"]
