"""Any Git host over HTTPS: a secret in place of a signature, and pushes found by the poll alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from ecs_gitops.aws.secrets import Secrets
from sandbox.world.world import ROOT, World
from tests.scenarios.stage import CLUSTER, Stage, a_manifest


def a_reader(world: World) -> str:
    """A user of the host who may read, and nothing else; the name that Git is told."""
    iam = world.client("iam")
    iam.create_user(UserName="reader")
    pull = {"Effect": "Allow", "Action": "codecommit:GitPull", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [pull]})
    iam.put_user_policy(UserName="reader", PolicyName="pull", PolicyDocument=policy)
    return a_key(world)


def a_key(world: World) -> str:
    """A token of that user; the name that Git is told."""
    made = world.client("iam").create_access_key(UserName="reader")
    return str(made["AccessKey"]["AccessKeyId"])


def withdraw(world: World) -> None:
    """Every token of that user is worth nothing any more."""
    iam = world.client("iam")
    for key in iam.list_access_keys(UserName="reader")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="reader", AccessKeyId=key["AccessKeyId"])


@contextmanager
def a_stage_with_a_token() -> Iterator[Stage]:
    """The controller, whose source is signed in to by a secret."""
    with World.inline() as world:
        repository = world.repository("config")
        world.client("ecs").create_cluster(clusterName=CLUSTER)
        text = json.dumps({"username": a_reader(world), "password": "token"})
        arn = world.client("secretsmanager").create_secret(Name="git", SecretString=text)["ARN"]
        given = {"SourceUrl": repository.url, "SourceCredential": arn, "Mode": "apply"}
        world.deploy(ROOT / "template.yaml", "ecs-gitops", given)
        yield Stage(world, repository, "ecs-gitops")


def test_a_push_is_found_by_the_poll_and_read_with_the_secret() -> None:
    with a_stage_with_a_token() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        pulls = [entry.detail for entry in stage.world.journal if entry.kind == "request"]
        assert {each["who"] for each in pulls if each["action"] == "codecommit:GitPull"} == {"reader"}
        sources = [entry.detail for entry in stage.world.journal if entry.kind == "event.delivered"]
        assert sources != []
        assert not any("sources.fifo" in each["target"] for each in sources)
        assert stage.failures() == []


def test_a_credential_that_was_withdrawn_stops_nothing_that_runs() -> None:
    with a_stage_with_a_token() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        withdraw(stage.world)
        stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", desiredCount=5)
        stage.push({"nginx": a_manifest("nginx:2")})
        stage.world.advance(1200)
        assert stage.service("nginx")["desiredCount"] == 2  # drift is still put back
        assert stage.image("nginx") == "nginx:1"


def test_a_secret_is_a_token_alone_or_a_name_and_a_password() -> None:
    with World.inline() as world:
        client = world.client("secretsmanager")
        texts = {"a": " ghp_1\n", "b": '{"username": "bot", "password": "p"}', "c": '{"token": "t"}'}
        for name, text in texts.items():
            client.create_secret(Name=name, SecretString=text)
        found = [Secrets(client).credential(name) for name in texts]
        assert found == [
            ("x-access-token", "ghp_1"),
            ("bot", "p"),
            ("x-access-token", '{"token": "t"}'),
        ]
