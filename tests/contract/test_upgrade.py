"""A new release reads what the previous one remembered: nothing is rolled out, no quarantine is lifted.

`tests/fixtures/release-<version>.json` holds the whole table of a world in which release `version` rolled
out two services, put back a change by hand and saw a version rolled back; and ECS's answers beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.model.live import Live
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import Heal
from ecs_gitops.model.vocabulary import Outcome, Reason
from ecs_gitops.plan.decide import plan
from sandbox.world.world import World

ROOT = Path(__file__).parents[2]
FIXTURES = sorted((ROOT / "tests" / "fixtures").glob("release-*.json"))
STACK = "ecs-gitops"
US = Install(STACK, "123456789012", "us-east-1")
WEB, API = ServiceKey("handson", "web"), ServiceKey("handson", "api")
NOW = 1_795_500_000.0


@pytest.fixture(params=FIXTURES, ids=lambda path: path.stem)
def release(request: Any) -> Iterator[tuple[Table, dict[ServiceKey, Live]]]:
    """The table as that release left it, and what ECS showed then."""
    stored = json.loads(request.param.read_text())
    with World.inline() as world:
        source = {"SourceUrl": "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/config"}
        outputs = world.deploy(ROOT / "template.yaml", STACK, source)
        dynamodb = world.client("dynamodb")
        for item in stored["items"]:
            dynamodb.put_item(TableName=outputs["TableName"], Item=item)
        lives = {
            ServiceKey("handson", each["service"]["serviceName"]): Live(**each) for each in stored["live"]
        }
        yield Table(dynamodb, outputs["TableName"], US), lives


def test_there_is_a_release_to_come_from():
    assert FIXTURES != []


def test_an_upgrade_plans_nothing(release: Any):
    table, lives = release
    for key, live in lives.items():
        desired, record = table.get(key)
        assert plan(desired, live, record, install=US, now=NOW) == []


def test_the_same_records_see_what_differs(release: Any):
    """The control."""
    table, lives = release
    desired, record = table.get(API)
    drifted = replace(lives[API], service={**lives[API].service, "desiredCount": 9})
    assert len(plan(desired, drifted, record, install=US, now=NOW)) == 1


def test_no_quarantine_is_lifted(release: Any):
    table, _ = release
    desired, record = table.get(WEB)
    assert [entry.digest for entry in record.quarantine] == [desired.stated.digest]
    assert record.status.reason is Reason.ROLLED_BACK
    assert record.succeeded is not None


def test_everything_else_is_still_read(release: Any):
    table, _ = release
    _, record = table.get(API)
    assert record.heals == (Heal(1795406160.1),)
    assert [record.key for _, record in table.all()] == [API, WEB]
    assert [each.outcome for each in table.attempts(WEB)] == [Outcome.ROLLED_BACK, Outcome.SUCCEEDED]
    assert [each.event for each in table.history(WEB)][:2] == ["RolledBack", "RolloutStarted"]
    assert table.source("main").head == table.get(WEB)[0].commit
    assert len(table.stopped(WEB, "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2")) == 4
