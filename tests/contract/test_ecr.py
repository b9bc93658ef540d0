"""The sandbox's registry as clients and events see it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.services.ecr import registry
from sandbox.world.world import World

ROOT = Path(__file__).parents[2]
REPOSITORY = "ecs-handson/nginx"


def push(world: World, tag: str) -> str:
    """Push the hands-on's image; its digest."""
    return registry.push(world.client("ecr"), world.images, ROOT / "nginx", REPOSITORY, tag).digest


def uri(world: World) -> str:
    """The repository, made."""
    made = world.client("ecr").create_repository(repositoryName=REPOSITORY)
    return str(made["repository"]["repositoryUri"])


def pushed(world: World) -> list[dict[str, Any]]:
    """What a queue behind a rule hears of pushes."""
    received = world.client("sqs").receive_message(QueueUrl="pushes", MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in received.get("Messages", [])]


def test_an_image_is_known_by_the_sha256_of_its_manifest() -> None:
    with World.inline() as world:
        uri(world)
        digest = push(world, "1")
        [image] = world.client("ecr").batch_get_image(
            repositoryName=REPOSITORY, imageIds=[{"imageTag": "1"}]
        )["images"]
        assert image["imageId"] == {"imageTag": "1", "imageDigest": digest}
        assert digest == "sha256:" + hashlib.sha256(image["imageManifest"].encode()).hexdigest()


def test_an_image_is_pulled_by_tag_by_digest_or_by_both_and_by_nothing_else() -> None:
    with World.inline() as world:
        repository = uri(world)
        digest = push(world, "1")
        place = world.images.find(digest)
        assert place is not None
        for reference in (":1", f"@{digest}", f":1@{digest}", f":gone@{digest}"):
            assert world.images.resolve(repository + reference) == place
        for reference in (":2", "", f"@sha256:{'0' * 64}", "/other:1"):
            assert world.images.resolve(repository + reference) is None


def test_a_push_is_announced_as_aws_announces_it() -> None:
    sample = json.loads((ROOT / "events/ecr-image-push.json").read_text())
    with World.inline() as world:
        arn = "arn:aws:sqs:us-east-1:123456789012:pushes"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        world.client("sqs").create_queue(QueueName="pushes", Attributes={"Policy": policy})
        pattern = {"source": ["aws.ecr"], "detail": {"action-type": ["PUSH"], "result": ["SUCCESS"]}}
        world.client("events").put_rule(Name="pushes", EventPattern=json.dumps(pattern))
        world.client("events").put_targets(Rule="pushes", Targets=[{"Id": "1", "Arn": arn}])
        uri(world)
        digest = push(world, "1")
        world.advance(60)
        [event] = pushed(world)
    own = {"repository-name": REPOSITORY, "image-tag": "1", "image-digest": digest}
    assert event["detail"] == {**sample["detail"], **own}
    same = ("version", "detail-type", "source", "account", "region", "resources")
    assert {name: event[name] for name in same} == {name: sample[name] for name in same}


def test_a_push_to_a_repository_that_is_not_there_is_refused() -> None:
    with World.inline() as world:
        client = world.client("ecr")
        with pytest.raises(client.exceptions.RepositoryNotFoundException):
            push(world, "1")
