"""The walk: the few scenarios that together use every right the controller's roles are granted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ecs_gitops.aws.sqs import AT_ONCE
from ecs_gitops.budget import Family, Urgency
from ecs_gitops.model import Outcome, Reason
from ecs_gitops.retention import KEPT
from sandbox.front.denied import refuse
from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, Request
from sandbox.tasks.simulated import exits
from sandbox.wires.inline import Killed
from sandbox.world import ACCOUNT, REGION, World
from tests.scenarios.stage import CLUSTER, TEMPLATE, Stage, a_manifest
from tests.scenarios.trail import Trail

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


# A push


def a_push(stage: Stage) -> None:
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    stage.world.advance(AT_REST)
    for name in FUNCTIONS:
        assert logged(stage, name), f"the log of {name} is empty"
    for queue, count in messages(stage).items():
        raise AssertionError(f"{count} messages stay in {queue}")


def a_push_that_no_event_tells_of(stage: Stage) -> None:
    stage.lose_pushes()
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")


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


# A service's life


def a_service_is_changed_in_place(stage: Stage) -> None:
    push_tagged(stage, team="web", tier="1")
    stage.until_rolled_out("nginx", "nginx:1")
    push_tagged(stage, count=3, team="shop")
    stage.until(lambda: stage.service("nginx")["runningCount"] == 3, "three tasks")
    ecs, arn = stage.world.client("ecs"), stage.service("nginx")["serviceArn"]
    tags = {each["key"]: each["value"] for each in ecs.list_tags_for_resource(resourceArn=arn)["tags"]}
    assert tags.get("team") == "shop", "the tag that was changed is as it was"
    assert "tier" not in tags, "the tag that was taken out is still there"


def push_tagged(stage: Stage, count: int = 2, **tags: str) -> None:
    stated = json.dumps([{"key": key, "value": value} for key, value in tags.items()])
    stage.push({"nginx": f"{a_manifest('nginx:1', count)}  tags: {stated}\n"})


def a_service_is_pruned(stage: Stage) -> None:
    prunes: Any = {"prune": True}
    stage.push({name: a_manifest("nginx:1", 1, family=name, reconcile=prunes) for name in ("api", "web")})
    for name in ("api", "web"):
        stage.until_rolled_out(name, "nginx:1")
    stage.push({"web": None})
    stage.until_told("web", Reason.PRUNED)
    assert stage.service("web")["status"] == "INACTIVE", "the service is still there"


def old_revisions_are_retired(stage: Stage) -> None:
    for push in range(KEPT + 1):
        stage.push({"nginx": a_manifest(f"nginx:{push}", 1)})
        stage.until_rolled_out("nginx", f"nginx:{push}")
    ecs = stage.world.client("ecs")
    kept = ecs.list_task_definitions(familyPrefix="nginx-task", status="ACTIVE")["taskDefinitionArns"]
    assert len(kept) == KEPT, f"{len(kept)} revisions are kept"


def a_change_by_hand_is_put_back_at_once(stage: Stage) -> None:
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    trail = Trail(stage)
    trail.tell()
    stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", desiredCount=5)
    trail.tell()
    stage.world.advance(5)
    assert stage.service("nginx")["desiredCount"] == 2, "the change was not put back within 5 s"


def a_change_by_hand_is_found_by_the_sweep(stage: Stage) -> None:
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    lose_events(stage)
    ecs = stage.world.client("ecs")
    container = {"name": "nginx", "image": "theirs:1", "memory": 128}
    ecs.register_task_definition(family="theirs", containerDefinitions=[container])
    ecs.update_service(cluster=CLUSTER, service="nginx", taskDefinition="theirs", desiredCount=5)
    stage.until(lambda: stage.image("nginx") == "nginx:1", "our own revision")
    stage.until(lambda: stage.service("nginx")["desiredCount"] == 2, "our own count")


def lose_events(stage: Stage) -> None:
    """From now on only the clock wakes anybody."""
    events = stage.world.client("events")
    for rule in events.list_rules()["Rules"]:
        if "EventPattern" in rule:
            events.disable_rule(Name=rule["Name"])


def many_services_are_looked_at_within_seconds(stage: Stage) -> None:
    push_many(stage)
    stage.world.advance(15)
    assert told(stage) == MANY, f"{told(stage)} of {MANY} services were looked at"


def many_services_are_found_by_the_sweep(stage: Stage) -> None:
    push_many(stage)
    function = stage.resource("ConfigPushFunction")
    stage.until(lambda: function in _ended(stage), "the reading of the source")
    sqs = stage.world.client("sqs")
    for queue in ("ServicesQueue", "TimerQueue"):
        sqs.purge_queue(QueueUrl=stage.resource(queue))
    stage.world.advance(75)
    assert told(stage) == MANY, f"{told(stage)} of {MANY} services were looked at"


MANY = AT_ONCE + 1
"""Services: all that are woken together, and one that waits a second."""


def push_many(stage: Stage) -> None:
    """Services that are looked at, and nothing more."""
    looks: Any = {"mode": "observe"}
    names = [f"s{each}" for each in range(MANY)]
    stage.push({name: a_manifest(family=name, reconcile=looks) for name in names})


def told(stage: Stage) -> int:
    """How many services the controller has said something of."""
    return sum(record.status is not None for _, record in stage.controller.table.all())


def _ended(stage: Stage) -> set[str]:
    return {entry.detail["function"] for entry in stage.world.journal if entry.kind == "lambda.ended"}


# What a manifest names


def references_of_every_kind(stage: Stage) -> None:
    world = stage.world
    logs = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 1}}
    platform: dict[str, Any] = {"Resources": {"Logs": logs}, "Outputs": {"Tag": {"Value": "1.27"}}}
    world.client("cloudformation").create_stack(StackName="platform", TemplateBody=json.dumps(platform))
    world.client("ssm").put_parameter(Name="/shop/memory", Value="256", Type="String")
    world.client("ecr").create_repository(repositoryName="shop/web")
    secret = world.client("secretsmanager").create_secret(Name="shop/token", SecretString="hush")["ARN"]
    stage.push({"web": REFERRING})
    stage.until_rolled_out("web", f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop/web:1.27")
    container = stage.definition("web")["containerDefinitions"][0]
    assert container["memory"] == 256, "the parameter was not filled in"
    assert container["secrets"][0]["valueFrom"] == secret, "the secret was not filled in"


REFERRING = f"""\
apiVersion: ecs-gitops/v1
kind: Service
taskDefinition:
  family: web
  executionRoleArn: {TASK_ROLE}
  volumes: [{{name: data, configuredAtLaunch: true}}]
  containerDefinitions:
    - name: web
      image: "${{ecr:shop/web}}:${{cfn:platform.Tag}}"
      memory: "${{ssm:/shop/memory}}"
      secrets: [{{name: TOKEN, valueFrom: "${{secret:shop/token}}"}}]
      mountPoints: [{{sourceVolume: data, containerPath: /data}}]
service:
  desiredCount: 1
  volumeConfigurations: [{{name: data, managedEBSVolume: {{roleArn: {TASK_ROLE}, sizeInGiB: 1}}}}]
"""


def a_source_with_a_token(stage: Stage) -> None:
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")


def a_token(world: World) -> Mapping[str, str]:
    """A user of the host who may read, and nothing else; a secret that holds the user's name."""
    iam = world.client("iam")
    iam.create_user(UserName="reader")
    pull = {"Effect": "Allow", "Action": "codecommit:GitPull", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [pull]})
    iam.put_user_policy(UserName="reader", PolicyName="pull", PolicyDocument=policy)
    key = iam.create_access_key(UserName="reader")["AccessKey"]["AccessKeyId"]
    text = json.dumps({"username": key, "password": "token"})
    secret = world.client("secretsmanager").create_secret(Name="git", SecretString=text)
    return {"SourceCredential": secret["ARN"]}


# What goes wrong


def a_rollback_is_told_with_its_cause(stage: Stage) -> None:
    stage.world.tasks.outcomes["sick:1"] = exits(3)
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    stage.push({"nginx": a_manifest("sick:1")})
    stage.until_heard("nginx", "RolledBack")
    stage.world.advance(AT_REST)
    assert stage.outcome("nginx") is Outcome.ROLLED_BACK, "the rollback is not known"
    assert "exited with code 3" in stage.status("nginx").message, "nobody is told why"
    published = [call["params"]["Subject"] for call in stage.calls("sns:Publish") if call["status"] == 200]
    assert published == ["handson/nginx: RolledBack"], f"{len(published)} notifications were sent"


def a_topic(world: World) -> Mapping[str, str]:
    """The topic that people are told on."""
    world.client("sns").create_topic(Name="deployments")
    return {}


def a_turn_is_cut_off_after_it_registered(stage: Stage) -> None:
    def then(principal: Principal, action: str, _: Request) -> None:
        if action == "ecs:RegisterTaskDefinition" and len(stage.calls(action)) == 1:
            raise Killed

    stage.world.faults.then = then
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    assert len(stage.calls("ecs:RegisterTaskDefinition")) == 1, "it was registered twice"


def what_is_throttled_is_tried_again_soon(stage: Stage) -> None:
    throttle(stage, "Reconciler", "ecs:CreateService", TRIES)
    throttle(stage, "ConfigPush", "sqs:SendMessage", TRIES)
    stage.push({"nginx": a_manifest("nginx:1")})
    pushed = stage.now()
    stage.until(lambda: bool(stage.service("nginx")), "the service")
    took = stage.now() - pushed
    assert took < SOON, f"it took {took:.0f} s"


TRIES = 3
"""Of one call by botocore, before it gives up."""
SOON = 70.0
"""Seconds: each of the two waits thirty, where a message that nobody puts off is hidden for 60 or 180."""


def who_finds_no_call_left_is_woken_in_turn(stage: Stage) -> None:
    spend_the_budget(stage)
    stage.push({"nginx": a_manifest("nginx:1")})
    pushed = stage.now()
    stage.until(lambda: bool(stage.service("nginx")), "the service")
    took = stage.now() - pushed
    assert took < A_TURN, f"its turn came after {took:.0f} s"
    stage.world.advance(5)
    timer = stage.resource("TimerQueue").rpartition("/")[2]
    assert timer not in messages(stage), "the timer's message stays in its queue"


A_TURN = 40.0
"""Seconds; the next sweep would come later."""


def spend_the_budget(stage: Stage) -> None:
    """Others register what they may, and ten more stand in line."""
    budget, one = stage.controller.budget, {Family.TASK_DEFINITIONS: 1}
    while not budget.take(one, Urgency.ORDINARY, stage.now()):
        pass
    for _ in range(10):
        budget.book(one, Urgency.ORDINARY, stage.now())


def an_event_that_cannot_be_taken_in_is_kept(stage: Stage) -> None:
    stage.push({"nginx": a_manifest("nginx:1")})
    stage.until_rolled_out("nginx", "nginx:1")
    throttle(stage, "RolloutEvents", "dynamodb:BatchGetItem", 1000)
    stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", forceNewDeployment=True)
    kept = stage.resource("EventsDeadLetters").rpartition("/")[2]
    stage.world.until(lambda: messages(stage).get(kept), 900, "a dead letter")


def throttle(stage: Stage, function: str, action: str, times: int) -> None:
    """So many calls of a function are refused for now."""
    before, left = stage.world.faults.instead, [times]

    def instead(principal: Principal, asked: str, request: Request) -> Answer | None:
        ours = principal.name.startswith(f"{STACK}-{function}Role")
        if ours and asked == action and left[0] > 0:
            left[0] -= 1
            return refuse(request, action.partition(":")[0], "ThrottlingException", "Rate exceeded")
        return before(principal, asked, request)

    stage.world.faults.instead = instead


OFTEN = {"FullSweepInterval": "60"}
WALK = (
    Scenario("a push is rolled out, logged, and leaves no message", a_push),
    Scenario("a push is found though no event tells of it", a_push_that_no_event_tells_of),
    Scenario("a service is changed in place", a_service_is_changed_in_place),
    Scenario("a service whose file is gone is deleted", a_service_is_pruned),
    Scenario("references of every kind are filled in", references_of_every_kind),
    Scenario("a source is read with a token", a_source_with_a_token, a_token),
    Scenario("a rollback is told, with its cause", a_rollback_is_told_with_its_cause, a_topic),
    Scenario("a change by hand is put back at once", a_change_by_hand_is_put_back_at_once),
    Scenario(
        "a change by hand is found by the sweep", a_change_by_hand_is_found_by_the_sweep, parameters=OFTEN
    ),
    Scenario("many services are looked at within seconds", many_services_are_looked_at_within_seconds),
    Scenario(
        "many services are found by the sweep", many_services_are_found_by_the_sweep, parameters=OFTEN
    ),
    Scenario("a turn that is cut off registers nothing twice", a_turn_is_cut_off_after_it_registered),
    Scenario("what is throttled is tried again soon", what_is_throttled_is_tried_again_soon),
    Scenario("who finds no call left is woken in turn", who_finds_no_call_left_is_woken_in_turn),
    Scenario("an event that cannot be taken in is kept", an_event_that_cannot_be_taken_in_is_kept),
    Scenario("old revisions are retired", old_revisions_are_retired),
)
