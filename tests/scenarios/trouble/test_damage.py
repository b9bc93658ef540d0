"""One thing that cannot be read, sent, planned or stored: one service is told, and the others go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ecs_gitops.cli.main import app
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.reconcile import planning
from ecs_gitops.store import bounds, records
from ecs_gitops.sweep import fleet
from sandbox.front.people import ADMIN
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row

RUNNING = "nginx-task:1 (nginx:1), 2 of 2 running"
ONCE = ["nginx:1 SUCCESSFUL"]
PLACE = "123456789012/us-east-1/handson/Service/nginx"


@contextmanager
def two_services(**parameters: str) -> Iterator[tuple[Stage, str]]:
    """nginx, and web beside it, at rest; their commit."""
    with a_stage(FullSweepInterval="60", **parameters) as stage:
        web = a_manifest("web:1", family="web")
        commit = stage.push({"nginx": a_manifest("nginx:1"), "web": web})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.until_rolled_out("web", "web:1")
        stage.world.advance(180)
        yield stage, commit


def damage(stage: Stage, sort_key: str, body: str) -> None:
    """Something writes over the body of an item of nginx."""
    key = records.address(records.partition(stage.controller.settings.install, NGINX), sort_key)
    stage.world.client("dynamodb").update_item(
        TableName=stage.resource("Table"),
        Key=key,
        UpdateExpression="SET body = :body",
        ExpressionAttributeValues={":body": {"S": body}},
    )


NGINX = ServiceKey(CLUSTER, "nginx")


def swept(stage: Stage) -> float:
    return stage.controller.table.source(stage.controller.settings.source_id).swept_at


def goes_on(stage: Stage) -> None:
    """The other service is rolled out and swept as ever."""
    before = swept(stage)
    stage.push({"web": a_manifest("web:2", family="web")})
    stage.until_rolled_out("web", "web:2")
    stage.world.advance(130)
    assert swept(stage) > before
    assert stage.status("web").reason is Reason.SYNCED


def logged(stage: Stage, text: str) -> int:
    """How many invocations logged this."""
    ended = [entry.detail for entry in stage.world.journal if entry.kind == "lambda.ended"]
    return sum(text in detail["logs"] for detail in ended)


def doctor(stage: Stage) -> str:
    """What `ecs-gitops doctor` calls problems."""
    keys = {"AWS_ACCESS_KEY_ID": ADMIN.access_key, "AWS_SECRET_ACCESS_KEY": ADMIN.secret_key}
    done = CliRunner().invoke(app, ["doctor", "-o", "json", "--stack", stage.stack], env=keys)
    return "\n".join(each["message"] for each in json.loads(done.stdout) if each["ok"] is False)


@row("a desired record, or a record, that cannot be read")
@pytest.mark.parametrize("body", ["?", "[" * 100_000], ids=["no JSON", "deep"])
def test_a_record_that_is_damaged(trouble: Trouble, body: str) -> None:
    with two_services() as (stage, _):
        damage(stage, "record", body)
        goes_on(stage)
        why = "its body is no JSON" if body == "?" else "its body is nested too deeply"
        said = (
            f"Cannot read item record of {PLACE}: {why}. Nothing is done for this service. Deploy the "
            "release that wrote it, or run `ecs-gitops sync handson/nginx`: the item is set aside, and "
            "what it knew is read back from ECS."
        )
        trouble.told(line(stage.status("nginx")), f"Unknown Unknown RecordUnreadable: {said}")
        assert said in doctor(stage)
        assert "RecordUnreadable" in stage.ask("status")
        assert logged(stage, f"cannot look at handson/nginx: {said}") >= 1
        trouble.stands(stage, RUNNING, ONCE)
        stage.push({"nginx": a_manifest("nginx:2")})  # is not rolled out over what is not known
        stage.world.advance(130)
        trouble.stands(stage, RUNNING, ONCE)
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.world.advance(60)
        stage.request("sync", "nginx")
        stage.world.advance(130)
        assert stage.status("nginx").reason is Reason.SYNCED
        assert stage.failures() == []
        trouble.stands(stage, RUNNING, ONCE)
        stage.an_ordinary_push_works(image="nginx:3")


@row("a desired record, or a record, that cannot be read")
def test_a_desired_record_that_is_damaged_is_written_anew(trouble: Trouble) -> None:
    with two_services() as (stage, _):
        damage(stage, "desired", '{"key": 1e999}')
        said = (
            f"Cannot read item desired of {PLACE}: 1e999 is no number. The next full sweep has Git read "
            "again, which writes it anew; nothing is done until then."
        )
        trouble.told(line(stage.status("nginx")), f"Unknown Unknown RecordUnreadable: {said}")
        assert said in doctor(stage)
        stage.world.advance(60)
        assert logged(stage, f"cannot look at handson/nginx: {said}") == 1
        goes_on(stage)
        assert stage.status("nginx").reason is Reason.SYNCED
        trouble.stands(stage, RUNNING, ONCE)
        assert stage.failures() == []
        stage.an_ordinary_push_works()


@row("a desired record, or a record, that cannot be read")
def test_who_waits_for_a_service_that_cannot_be_read_is_not_stopped(trouble: Trouble) -> None:
    with two_services() as (stage, _):
        damage(stage, "record", "?")
        waits = {"waitFor": ["handson/nginx"]}
        both = {"nginx": a_manifest("nginx:2"), "web": a_manifest("web:2", family="web", rollout=waits)}
        stage.push(both)
        stage.world.advance(130)
        trouble.told(
            stage.status("web").message,
            "Waits until handson/nginx is rolled out, which the same commit changes. handson/nginx is "
            "RecordUnreadable: see `ecs-gitops status handson/nginx`.",
        )
        assert stage.failures() == []
        stage.request("sync", "nginx")
        stage.until_rolled_out("web", "web:2")
        assert stage.deployments("nginx")[-1] == ("nginx:2", "SUCCESSFUL")
        stage.an_ordinary_push_works(image="nginx:3")


CAUSE = {"kind": "Push", "id": "x"}
SERVICES = {"schema": 1, "key": "handson/nginx", "cause": CAUSE}
STRANGE = {
    "no JSON": "?",
    "no object": "[1]",
    "deep": "[" * 100_000,
    "beyond numbers": '{"key": "handson/nginx", "request": "pause", "seconds": 1e999}',
    "NaN": '{"key": "handson/nginx", "hops": NaN}',
    "negative": json.dumps({**SERVICES, "request": "pause", "seconds": -5}),
    "gigantic": json.dumps({**SERVICES, "request": "pause", "seconds": 10**40}),
    "no cause": json.dumps({"key": "handson/nginx", "source": "main"}),
    "wrong types": json.dumps({"key": ["handson/nginx"], "source": 7, "cause": [CAUSE]}),
    "odd key": json.dumps({**SERVICES, "key": "handson/ngi\u0000nx\ud800", "source": "x" * 500}),
    "256 KB": json.dumps({**SERVICES, "cause": {**CAUSE, "id": "x" * 200_000}, "source": "main"}),
}


@row("a message or an event that is none of ours, on any queue")
@pytest.mark.parametrize("queue", ["Services", "Sources", "Timer"])
def test_strange_messages_go_to_the_dead_letters_and_nobody_waits(trouble: Trouble, queue: str) -> None:
    with two_services() as (stage, _):
        send(stage, queue, STRANGE)
        begun = stage.now()
        stage.push({"nginx": a_manifest("nginx:2"), "web": a_manifest("web:2", family="web")})
        stage.until_rolled_out("nginx", "nginx:2")
        stage.until_rolled_out("web", "web:2")
        assert stage.now() - begun < 60
        stage.world.advance(900)
        dead = [each.detail["body"] for each in stage.world.journal if each.kind == "sqs.dead_letter"]
        assert sorted(dead) == sorted(STRANGE.values())
        told = f"{len(STRANGE)} messages were given up into {queue}DeadLetters."
        trouble.told(doctor(stage).splitlines()[0], told)
        assert logged(stage, "It goes to the dead letters: look there who sent it.") >= 1
        assert stage.failures() == []
        assert [stage.status(name).reason for name in ("nginx", "web")] == [Reason.SYNCED] * 2
        trouble.stands(stage, "nginx-task:2 (nginx:2), 2 of 2 running", [*ONCE, "nginx:2 SUCCESSFUL"])
        stage.an_ordinary_push_works(image="nginx:3")


def send(stage: Stage, queue: str, bodies: dict[str, str]) -> None:
    group = {"Services": "handson/nginx", "Sources": "main"}
    for at, body in enumerate(bodies.values()):
        fifo = {"MessageGroupId": group[queue], "MessageDeduplicationId": str(at)} if queue in group else {}
        url = stage.resource(f"{queue}Queue")
        stage.world.client("sqs").send_message(QueueUrl=url, MessageBody=body, **fifo)


EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a task of no name": ("ECS Task State Change", {"lastStatus": "STOPPED", "group": "service:nginx"}),
    "a list": (
        "ECS Task State Change",
        {
            "lastStatus": "STOPPED",
            "group": "service:nginx",
            "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/handson",
            "taskArn": "t",
            "taskDefinitionArn": "d",
            "containers": 5,
            "stoppedAt": "yesterday",
        },
    ),
    "a reason": ("ECS Deployment State Change", {"eventName": 5, "reason": ["x"]}),
}


@row("a message or an event that is none of ours, on any queue")
def test_absurd_events_go_to_the_dead_letters(trouble: Trouble) -> None:
    with two_services() as (stage, _):
        arn = "arn:aws:ecs:us-east-1:123456789012:service/handson/nginx"
        for kind, detail in EVENTS.values():
            stage.world.wires.bus.emit("aws.ecs", kind, detail, [arn])
        goes_on(stage)
        stage.world.advance(600)
        told = f"{len(EVENTS)} messages were given up into EventsDeadLetters."
        trouble.told(doctor(stage).splitlines()[0], told)
        assert logged(stage, "cannot read event ") == 3 * len(EVENTS)
        assert logged(stage, "It goes to the dead letters") == 3 * len(EVENTS)
        trouble.stands(stage, RUNNING, ONCE)
        stage.an_ordinary_push_works()


@row("one service that cannot be planned")
def test_a_bug_in_planning_one_service_stops_that_one(
    trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planning.plan

    def broken(desired: Any, *more: Any, **named: Any) -> Any:
        if desired.key == NGINX:
            raise ZeroDivisionError("division by zero")
        return plan(desired, *more, **named)

    with two_services() as (stage, _):
        with monkeypatch.context() as broken_now:
            broken_now.setattr(planning, "plan", broken)
            broken_now.setattr(fleet, "plan", broken)
            goes_on(stage)
            said = (
                "A turn of this service ended in ZeroDivisionError: division by zero. This is a bug of "
                "ecs-gitops: please report it with the log of this turn. The other services go on."
            )
            trouble.told(line(stage.status("nginx")), f"Unknown Unknown InternalError: {said}")
            assert said in doctor(stage)
            assert logged(stage, "cannot look at handson/nginx: ZeroDivisionError: division by zero") >= 1
        stage.world.advance(3700)
        assert stage.status("nginx").reason is Reason.SYNCED
        trouble.stands(stage, RUNNING, ONCE)
        stage.an_ordinary_push_works()


def a_large_manifest(image: str, value: str) -> str:
    """Ten containers with two hundred variables each, as real ones have."""
    stated = yaml.safe_load(a_manifest(image))
    first = stated["taskDefinition"]["containerDefinitions"][0]
    variables = [{"name": f"V{at}", "value": value} for at in range(200)]
    others = [
        {"name": f"c{at}", "image": "side:1", "memory": 8, "environment": variables} for at in range(9)
    ]
    stated["taskDefinition"]["containerDefinitions"] = [{**first, "environment": variables}, *others]
    return yaml.safe_dump(stated)


@row("a change of 2,000 fields, and a record larger than DynamoDB takes")
def test_a_change_of_two_thousand_fields_is_rolled_out_and_told(trouble: Trouble) -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_large_manifest("nginx:1", "v")})
        stage.until_rolled_out("nginx", "nginx:1")
        commit = stage.push({"nginx": a_large_manifest("nginx:2", "w")})
        stage.until_rolled_out("nginx", "nginx:2")
        (rolled,) = [
            each
            for each in stage.lines("nginx")
            if each.event == "RolloutStarted" and each.commit == commit
        ]
        assert len(rolled.changes) == 101
        trouble.told(rolled.changes[-1].path, "and 1,901 more fields")
        assert "… and 1,901 more fields" in stage.ask("history", "handson/nginx")
        trouble.ends(
            stage,
            told=f"Synced Healthy: ECS runs commit {commit[:7]} as nginx-task:2: 2 of 2 tasks are running.",
            ecs="nginx-task:2 (nginx:2), 2 of 2 running",
            deployments=[*ONCE, "nginx:2 SUCCESSFUL"],
        )


@row("a change of 2,000 fields, and a record larger than DynamoDB takes")
@pytest.mark.parametrize("most", [2_200, 2_700], ids=["desired", "record"])
def test_what_is_too_large_to_be_remembered_is_told(
    trouble: Trouble, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """What would fill 400 KB is refused as a manifest long before; here an item holds less."""
    with two_services() as (stage, commit):
        with monkeypatch.context() as smaller:
            smaller.setattr(bounds, "LARGEST_ITEM", most)
            stage.push({"nginx": a_large_manifest("nginx:2", "v")})
            stage.world.advance(130)
            said = line(stage.status("nginx"))
            size = said.partition("takes ")[2].partition(" ")[0]
            limit = f"that takes {size} bytes, and DynamoDB takes {most:,} at most."
            told = {
                2_200: "OutOfSync Healthy RecordTooLarge: desired_state/handson/nginx.yaml: cannot record "
                f"what Git says of handson/nginx: {limit} Make it smaller. "
                f"Commit {commit[:7]} stays in force until it is mended.",
                2_700: "Unknown Unknown RecordTooLarge: Cannot record the state of handson/nginx: "
                f"{limit} Make its manifest smaller, and push.",
            }
            trouble.told(said, told[most])
            assert said.partition(": ")[2] in doctor(stage)
            goes_on(stage)
            assert stage.failures() == []
        trouble.stands(stage, RUNNING, ONCE)
        stage.an_ordinary_push_works(image="nginx:3")
