"""What people do with the controller on an ordinary day, and what must come of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ecs_gitops.aws.sqs import AT_ONCE
from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.rollout.retention import KEPT
from sandbox.world.world import ACCOUNT, REGION, World
from tests.scenarios.permissions.setting import AT_REST, FUNCTIONS, TASK_ROLE, logged, messages
from tests.scenarios.stage import CLUSTER, Stage, a_manifest
from tests.scenarios.trail import Trail

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
