"""An install with everything on in which a scenario is played, and what many of them look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.world.world import ACCOUNT, REGION, World
from tests.scenarios.stage import CLUSTER, TEMPLATE, Stage

STACK = "ecs-gitops"
TASK_ROLE = f"arn:aws:iam::{ACCOUNT}:role/shop-tasks"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:deployments"
EVERYTHING_ON = {
    "Mode": "apply",
    "Clusters": CLUSTER,
    "PassableRoleArns": TASK_ROLE,
    "ReadableStacks": "platform",
    "ReadableParameters": "shop/*",
    "NotificationTopicArn": TOPIC,
}
"""Every option that grants something; each list has one entry, so that each must be needed."""
FUNCTIONS = ("ConfigPush", "Reconciler", "RolloutEvents", "Sweeper")
AT_REST = 150.0
"""Seconds of the world after which nothing is left to be done, and everything was swept again."""

Prepared = Callable[[World], Mapping[str, str]]


def nothing_more(_: World) -> Mapping[str, str]:
    """No parameter that rests on something in the world."""
    return {}


@dataclass(frozen=True)
class Scenario:
    """What people do with an installed controller, and what comes of it.

    words: what it shows. prepare: what is in the world before the install; the parameters it gives.
    """

    words: str
    play: Callable[[Stage], None]
    prepare: Prepared = nothing_more
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.words


@contextmanager
def installed(scenario: Scenario) -> Iterator[Stage]:
    """A world with everything on, before anything is pushed."""
    with World.inline() as world:
        repository = world.repository("config")
        world.client("ecs").create_cluster(clusterName=CLUSTER)
        given = {"SourceUrl": repository.url, **EVERYTHING_ON, **scenario.parameters}
        world.deploy(TEMPLATE, STACK, {**given, **scenario.prepare(world)})
        yield Stage(world, repository, STACK)


def play(scenario: Scenario, stage: Stage) -> None:
    """Raises AssertionError or TimeoutError where it does not come out well."""
    scenario.play(stage)
    assert stage.refused() == [], f"a role was refused {', '.join(stage.refused())}"


def logged(stage: Stage, function: str) -> bool:
    """Whether a function's own log group holds what it printed."""
    group = stage.resource(f"{function}Logs")
    found = stage.world.client("logs").filter_log_events(logGroupName=group)["events"]
    return bool(found)


def messages(stage: Stage) -> dict[str, int]:
    """Messages by queue, in flight ones too; queues without any are left out."""
    sqs = stage.world.client("sqs")
    kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = {}
    for url in sqs.list_queues()["QueueUrls"]:
        counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=kinds)["Attributes"]
        found[url.rpartition("/")[2]] = sum(int(counted[kind]) for kind in kinds)
    return {name: count for name, count in found.items() if count}
