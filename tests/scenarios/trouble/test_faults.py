"""AWS fails for an hour, or for a moment: what is told meanwhile, and that all goes on by itself after."""

from __future__ import annotations

import pytest

from ecs_gitops.model.vocabulary import Reason
from tests.scenarios.aws_answers import (
    QUOTA,
    RATE,
    SERVER,
    Refusal,
    answering,
    answering_again,
    dead_letters,
)
from tests.scenarios.stage import Stage, a_manifest, a_stage
from tests.scenarios.test_life_notify import TOPIC, sent
from tests.scenarios.test_life_references import an_output
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row

GOOD, NEXT = "nginx:1", "nginx:2"
HOUR = 3600.0
ONCE = ["nginx:1 SUCCESSFUL"]
BEFORE = "ECS runs nginx-task:1: 2 of 2 tasks are running."
ROOM = "Have AWS raise the quota, or delete what is not needed any more."
LASTS = "a fault of AWS's that does not pass (a quota, throttling or 500 for an hour)"
PASSES = (
    "what passes by itself, soon (two registrations at once, a role just made, a service still draining)"
)
UPDATE = "cannot update service handson/nginx"
LOOK = "cannot look at services of cluster handson: The service could not do it for now."


def a_running_service(stage: Stage) -> str:
    """Version 1 runs; its commit."""
    commit = stage.push({"nginx": a_manifest(GOOD)})
    stage.until_rolled_out("nginx", GOOD)
    return commit[:7]


def told(stage: Stage) -> str:
    """The status, less the moments that it names."""
    words = line(stage.status("nginx")).split(" ")
    return " ".join("…" if each[:2] == "20" or each[2:3] == ":" else each for each in words)


def synced(commit: str, revision: str, count: int = 2) -> str:
    return f"Synced Healthy: ECS runs commit {commit} as {revision}: {count} of {count} tasks are running."


@row(LASTS)
@pytest.mark.parametrize(
    ("refusal", "action", "known", "words"),
    [
        (
            RATE,
            "ecs:UpdateService",
            "OutOfSync Healthy AWSUnavailable",
            UPDATE,
        ),
        (
            SERVER,
            "ecs:UpdateService",
            "OutOfSync Healthy AWSUnavailable",
            UPDATE,
        ),
        (
            QUOTA,
            "ecs:RegisterTaskDefinition",
            "OutOfSync Healthy RefusedByAWS",
            "cannot register task definition nginx-task",
        ),
        (SERVER, "ecs:*", "Unknown Unknown AWSUnavailable", "cannot look at services of cluster handson"),
        (RATE, "ecs:*", "Unknown Unknown AWSUnavailable", "cannot look at services of cluster handson"),
        (
            RATE,
            "application-autoscaling:*",
            "Unknown Healthy AWSUnavailable",
            "cannot look at scalable targets",
        ),
    ],
)
def test_an_hour_of_faults_is_told_and_what_was_pushed_goes_out_after(
    trouble: Trouble, refusal: Refusal, action: str, known: str, words: str
) -> None:
    with a_stage(NotificationTopicArn=TOPIC) as stage:
        stage.world.client("sns").create_topic(Name="deployments")
        a_running_service(stage)
        tried = answering(stage, refusal, action)
        commit = stage.push({"nginx": a_manifest(NEXT, count=3)})[:7]
        stage.world.advance(HOUR)
        room = [ROOM] if refusal is QUOTA else []
        runs = [BEFORE] if known.startswith("OutOfSync") else []
        message = " ".join(
            [
                f"{known}: Since … … UTC this fails: {words}: {refusal.message}",
                *room,
                "It is tried again by itself, at about … … UTC.",
                *runs,
            ]
        )
        trouble.told(told(stage), message)
        assert stage.ask("status").count("this fails") == 1
        assert sent(stage) == [f"handson/nginx: {stage.status('nginx').reason}"]
        due_at = stage.record("nginx").due_at
        assert due_at is not None
        assert 0 < due_at - stage.now() <= 1800
        tries = {at for at, role in tried if "ReconcilerRole" in role}
        assert 2 <= len(tries) <= 10, "tried again, at long intervals"
        assert stage.deployments("nginx") == [(GOOD, "SUCCESSFUL")]
        answering_again(stage)
        stage.world.advance(HOUR)
        assert dead_letters(stage) == 0
        assert sent(stage)[1:] == ["handson/nginx: recovered"]
        assert [event for event, _ in stage.history("nginx")][2:] == [
            *("Failing", "RolloutStarted", "Passed", "Succeeded")
        ]
        assert line(stage.status("nginx")) == synced(commit, "nginx-task:2", 3)
        ecs = "nginx-task:2 (nginx:2), 3 of 3 running"
        trouble.stands(stage, ecs, ["nginx:1 SUCCESSFUL", "nginx:2 SUCCESSFUL"])
        stage.an_ordinary_push_works()


@row(LASTS)
def test_a_service_at_rest_that_cannot_be_looked_at_is_not_called_synced(trouble: Trouble) -> None:
    with a_stage() as stage:
        commit = a_running_service(stage)
        answering(stage, SERVER, "ecs:*")
        stage.world.advance(HOUR)
        message = (
            f"Unknown Unknown AWSUnavailable: Since … … UTC this fails: {LOOK} "
            "It is tried again by itself, at about … … UTC."
        )
        trouble.told(told(stage), message)
        answering_again(stage)
        stage.world.advance(1200)
        assert dead_letters(stage) == 0
        assert line(stage.status("nginx")) == synced(commit, "nginx-task:1")
        trouble.stands(stage, "nginx-task:1 (nginx:1), 2 of 2 running", ONCE)
        stage.an_ordinary_push_works()


@row(LASTS)
@pytest.mark.parametrize(
    ("action", "reference", "words"),
    [
        ("ssm:GetParameter", "ssm:/tag", "cannot read parameter /tag"),
        ("secretsmanager:DescribeSecret", "secret:token", "cannot find secret token"),
        ("ecr:DescribeRepositories", "ecr:nginx", "cannot find image repository nginx"),
        ("cloudformation:DescribeStacks", "cfn:platform.Tag", "cannot read stack platform"),
    ],
)
@pytest.mark.parametrize("refusal", [RATE, SERVER, QUOTA], ids=["rate", "server", "quota"])
def test_a_look_up_that_fails_for_an_hour_is_told_and_the_other_services_go_on(
    trouble: Trouble, refusal: Refusal, action: str, reference: str, words: str
) -> None:
    with a_stage() as stage:
        an_output(stage, "tag")
        stage.world.client("ssm").put_parameter(Name="/tag", Type="String", Value="tag")
        stage.world.client("secretsmanager").create_secret(Name="token", SecretString="x")
        stage.world.client("ecr").create_repository(repositoryName="nginx")
        a_running_service(stage)
        answering(stage, refusal, action)
        stated = a_manifest(NEXT).replace("memory: 128", f'memory: 128\n      user: "${{{reference}}}"')
        first = stage.desired("nginx").commit[:7]
        commit = stage.push({"nginx": stated, "api": a_manifest(NEXT, family="api")})[:7]
        stage.world.advance(HOUR)
        place = "desired_state/handson/nginx.yaml:9:7: taskDefinition.containerDefinitions[0].user: "
        message = (
            f"Unknown Healthy ReferenceUnavailable: {place}cannot resolve ${{{reference}}}: {words}: "
            f"{refusal.message} Commit {first} stays in force until it is mended."
        )
        trouble.told(told(stage), message)
        assert stage.status("api").reason is Reason.SYNCED
        answering_again(stage)
        stage.world.advance(1200)
        assert dead_letters(stage) == 0
        assert line(stage.status("nginx")) == synced(commit, "nginx-task:2")
        ecs = "nginx-task:2 (nginx:2), 2 of 2 running"
        trouble.stands(stage, ecs, ["nginx:1 SUCCESSFUL", "nginx:2 SUCCESSFUL"])
        stage.an_ordinary_push_works()


@row(PASSES)
@pytest.mark.parametrize(
    ("action", "code", "message"),
    [
        (
            "ecs:RegisterTaskDefinition",
            "ClientException",
            "Too many concurrent attempts to create a new revision of the specified family.",
        ),
        (
            "ecs:CreateService",
            "InvalidParameterException",
            "Unable to assume the service linked role. Please verify that it exists.",
        ),
        (
            "ecs:CreateService",
            "InvalidParameterException",
            "Unable to Start a service that is still Draining.",
        ),
        ("ecs:CreateService", "ClientException", "Rate exceeded"),
    ],
)
def test_what_passes_by_itself_is_tried_again_within_the_minute_and_nobody_is_told(
    trouble: Trouble, action: str, code: str, message: str
) -> None:
    with a_stage(NotificationTopicArn=TOPIC) as stage:
        stage.world.client("sns").create_topic(Name="deployments")
        tried = answering(stage, Refusal(code, message), action, times=2)
        began = stage.now()
        commit = stage.push({"nginx": a_manifest(GOOD)})[:7]
        stage.until(lambda: stage.deployments("nginx") != [], "the service", 90)
        assert len(tried) == 2
        assert stage.now() - began < 90
        stage.until_rolled_out("nginx", GOOD)
        stage.world.advance(1200)
        assert (sent(stage), dead_letters(stage)) == ([], 0)
        ecs = "nginx-task:1 (nginx:1), 2 of 2 running"
        trouble.ends(stage, told=synced(commit, "nginx-task:1"), ecs=ecs, deployments=ONCE)
