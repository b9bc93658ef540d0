"""`ecs-gitops doctor` on an install that lives: what is wrong is named, what is well is not."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from ecs_gitops.cli.main import app
from sandbox.front.people import ADMIN
from tests.scenarios.stage import Stage, a_manifest, a_stage


def examine(stage: Stage) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit code, and every line by what it is about."""
    environment = {"AWS_ACCESS_KEY_ID": ADMIN.access_key, "AWS_SECRET_ACCESS_KEY": ADMIN.secret_key}
    environment |= {"AWS_DEFAULT_REGION": "us-east-1"}
    done = CliRunner().invoke(app, ["doctor", "-o", "json", "--stack", stage.stack], env=environment)
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in json.loads(done.stdout):
        lines.setdefault(line["what"], []).append(line)
    return done.exit_code, lines


def bad(lines: dict[str, list[dict[str, Any]]]) -> set[str]:
    return {what for what, found in lines.items() if any(line["ok"] is not True for line in found)}


def a_trail(stage: Stage, kept: str = "All") -> None:
    stage.world.client("s3").create_bucket(Bucket="trail")
    cloudtrail = stage.world.client("cloudtrail")
    cloudtrail.create_trail(Name="all", S3BucketName="trail")
    selector = {"ReadWriteType": kept, "IncludeManagementEvents": True, "DataResources": []}
    cloudtrail.put_event_selectors(TrailName="all", EventSelectors=[selector])
    cloudtrail.start_logging(Name="all")


def test_an_install_in_which_all_is_well() -> None:
    with a_stage() as stage:
        a_trail(stage)
        stage.push({"nginx": a_manifest()})
        stage.until_rolled_out("nginx", "nginx:1.27")
        stage.world.advance(700)
        code, lines = examine(stage)
        assert bad(lines) == set()
        assert code == 0
        assert len(lines) == 11


def test_everything_that_is_wrong_is_said_in_one_run() -> None:
    with a_stage() as stage:
        a_trail(stage, "ReadOnly")
        stage.push({"nginx": a_manifest('"nginx:${cfn:nowhere.Tag}"'), "web": _with_a_role()})
        stage.world.advance(120)
        events = stage.world.client("events")
        events.disable_rule(Name=stage.resource("ChangedOutside").rpartition("/")[2])
        sqs = stage.world.client("sqs")
        sqs.send_message(QueueUrl=stage.resource("EventsDeadLetters"), MessageBody="{}")
        code, lines = examine(stage)
        assert code == 3
        assert bad(lines) >= {"trail", "rules", "dead letters", "references", "roles"}
        assert "ChangedOutside" in lines["rules"][0]["message"]
        assert "cfn:nowhere.Tag" in lines["references"][0]["message"]
        assert lines["roles"][0]["todo"] == "Add it to the stack parameter PassableRoleArns."


def _with_a_role() -> str:
    role = "arn:aws:iam::123456789012:role/web"
    text = a_manifest(family="web")
    return text.replace("  family: web", f"  family: web\n  taskRoleArn: {role}")
