"""People who subscribed are told once of what needs them, and once that it is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.tasks.simulated import exits
from sandbox.world.world import ACCOUNT, REGION
from tests.scenarios.stage import Stage, a_manifest, a_stage

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:deployments"


@contextmanager
def a_told_stage() -> Iterator[Stage]:
    with a_stage(NotificationTopicArn=TOPIC) as stage:
        stage.world.client("sns").create_topic(Name="deployments")
        queue = stage.world.client("sqs").create_queue(QueueName="inbox")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"
        stage.world.client("sns").subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=arn)
        assert queue
        yield stage


def sent(stage: Stage) -> list[str]:
    """The subjects of what was published, in order."""
    return [call["params"]["Subject"] for call in stage.calls("sns:Publish") if call["allowed"]]


def test_a_rollback_and_the_fix_are_one_message_each() -> None:
    with a_told_stage() as stage:
        stage.world.tasks.outcomes["sick:1"] = exits(3)
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        assert sent(stage) == []
        stage.push({"nginx": a_manifest("sick:1")})
        stage.until_heard("nginx", "RolledBack")
        stage.world.advance(3600)
        assert sent(stage) == ["handson/nginx: RolledBack"]
        assert stage.record("nginx").untold == ""
        inbox = stage.world.client("sqs")
        url = inbox.get_queue_url(QueueName="inbox")["QueueUrl"]
        (message,) = inbox.receive_message(QueueUrl=url)["Messages"]
        text = json.loads(message["Body"])["Message"]
        assert stage.status("nginx").message in text
        stage.push({"nginx": a_manifest("nginx:2")})
        stage.until_rolled_out("nginx", "nginx:2")
        stage.world.advance(600)
        assert sent(stage) == ["handson/nginx: RolledBack", "handson/nginx: recovered"]
        assert stage.failures() == []


def test_what_could_not_be_sent_is_sent_later() -> None:
    with a_told_stage() as stage:
        stage.push({"nginx": "not: [a manifest"})
        sns = stage.world.client("sns")
        sns.delete_topic(TopicArn=TOPIC)
        stage.world.advance(300)
        assert stage.record("nginx").untold.startswith("handson/nginx: InvalidManifest")
        sns.create_topic(Name="deployments")
        stage.world.advance(300)
        assert stage.record("nginx").untold == ""
        well = [call for call in stage.calls("sns:Publish") if call["status"] == 200]
        assert len(well) == 1


def test_without_a_topic_nothing_is_sent_and_nothing_may_be() -> None:
    with a_stage() as stage:
        stage.push({"nginx": "not: [a manifest"})
        stage.world.advance(300)
        assert stage.calls("sns:Publish") == []
        assert stage.record("nginx").told == ""
