"""A new release reads what the previous one remembered: nothing is rolled out, no quarantine is lifted.

Each service of a fixture is looked at for one turn, as the sweep after an upgrade does; what ECS shows is
what it showed then. `tests/scenarios/test_upgrade.py` lets the same services live on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ecs_gitops.aws.ecs import Ecs
from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Attempt, Heal, Record
from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync
from ecs_gitops.reconcile.loop import Result, reconcile
from tests.releases import NAMES, Left, left_by
from tests.scenarios.stage import CLUSTER, Stage, a_stage

TEXT, ONE_DIGEST = "release-0.1.0", "release-0.1.0-one-digest"
Standing = tuple[list[str], Sync, Health, Reason]
"""What one turn does, and how the service stands after it."""

STANDINGS: Mapping[str, Mapping[str, Standing]] = {
    TEXT: {
        "api": ([], Sync.SYNCED, Health.HEALTHY, Reason.SYNCED),
        "web": ([], Sync.OUT_OF_SYNC, Health.DEGRADED, Reason.ROLLED_BACK),
    },
    ONE_DIGEST: {
        "steady": ([], Sync.SYNCED, Health.HEALTHY, Reason.SYNCED),
        "mended": ([], Sync.SYNCED, Health.HEALTHY, Reason.SYNCED),
        "open": ([], Sync.SYNCED, Health.PROGRESSING, Reason.PROGRESSING),
        "replaced": ([], Sync.SYNCED, Health.PROGRESSING, Reason.PROGRESSING),
        "overdue": ([], Sync.SYNCED, Health.DEGRADED, Reason.DEADLINE_EXCEEDED),
        "waiting": ([], Sync.OUT_OF_SYNC, Health.HEALTHY, Reason.WAITING_FOR),
        "stopped": ([], Sync.OUT_OF_SYNC, Health.HEALTHY, Reason.STOPPED_BY_HAND),
        "quarantined": ([], Sync.OUT_OF_SYNC, Health.DEGRADED, Reason.ROLLED_BACK),
        # a deletion that was begun goes on: it starts no rollout
        "pruning": (["Prune"], Sync.OUT_OF_SYNC, Health.PROGRESSING, Reason.PENDING),
    },
}
"""By fixture and service. Whatever is not in here is asked for by nobody."""

each_release = pytest.mark.parametrize("name", NAMES)


@dataclass(slots=True)
class AsItWas(Ecs):
    """Shows what ECS showed when the fixture was taken; remembers what it was asked to change."""

    left: Left
    lives: dict[ServiceKey, Live]
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def describe(self, keys: Iterable[ServiceKey]) -> dict[ServiceKey, Document]:
        """The services that existed."""
        shown = {key: self.lives[key].service for key in keys if key in self.lives}
        return {key: service for key, service in shown.items() if service is not None}

    def deployments(self, key: ServiceKey) -> tuple[ServiceDeployment, ...]:
        """What ECS had deployed, newest first."""
        return self.lives[key].deployments

    def task_definition(self, arn: str) -> Document:
        """A revision that was registered; any other one is a KeyError."""
        return self.left.revisions[arn]

    def register(self, key: ServiceKey, stated: Stated, attempt: Attempt) -> Document:
        """A revision that ECS was not to hear of."""
        self.asked.append(("register", stated.commit))
        return {"taskDefinitionArn": f"arn:aws:ecs:us-east-1:123456789012:task-definition/{key.name}:99"}

    def update_service(
        self, key: ServiceKey, fields: Mapping[str, Any], task_definition_arn: str | None = None
    ) -> Document:
        """The service with these fields."""
        self.asked.append(("update_service", dict(fields)))
        return {**(self.lives[key].service or {}), **fields}

    def delete_step(self, key: ServiceKey, service: Document) -> None:
        """A step towards a service's end."""
        self.asked.append(("delete_step", key.name))


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A new install over the table that an older release left."""

    stage: Stage
    left: Left
    ecs: AsItWas

    def look(self, service: str) -> Result:
        """One turn for a service, at the moment that the fixture is of."""
        wake = Wake(ServiceKey(CLUSTER, service), Cause("Sweep", "after the upgrade"))
        return reconcile([wake], self.stage.controller, self.left.at)

    def standing(self, service: str) -> Standing:
        """What one turn does, and how the service stands after it."""
        result = self.look(service)
        assert result.status is not None
        done = [type(action).__name__ for action in result.applied]
        return done, result.status.sync, result.status.health, result.status.reason

    @property
    def services(self) -> list[str]:
        """Every service that is remembered."""
        return [record.key.name for _, record in self.stage.controller.table.all()]


@contextmanager
def upgraded(name: str) -> Iterator[Upgraded]:
    """The table as that release left it, and what ECS showed then."""
    left = left_by(name)
    with a_stage(cluster=False) as stage:
        for item in left.items:
            stage.world.client("dynamodb").put_item(TableName=stage.controller.settings.table, Item=item)
        lives = {ServiceKey(CLUSTER, service): live for service, live in left.lives.items()}
        ecs = AsItWas(left, lives)
        stage.controller.ecs = ecs  # type: ignore[misc] - a cached property is an attribute
        yield Upgraded(stage, left, ecs)


@each_release
def test_every_release_and_every_service_has_its_row(name: str):
    assert set(NAMES) == set(STANDINGS)
    with upgraded(name) as after:
        assert set(after.services) == set(after.left.lives) == set(STANDINGS[name])


@each_release
def test_an_upgrade_starts_nothing(name: str):
    with upgraded(name) as after:
        assert {each: after.standing(each) for each in after.services} == STANDINGS[name]
        assert {what for what, _ in after.ecs.asked} <= {"delete_step"}


@each_release
def test_the_same_records_see_what_differs(name: str):
    """The control."""
    steady = {TEXT: "api", ONE_DIGEST: "steady"}[name]
    with upgraded(name) as after:
        key = ServiceKey(CLUSTER, steady)
        live = after.ecs.lives[key]
        after.ecs.lives[key] = replace(live, service={**(live.service or {}), "desiredCount": 9})
        assert after.standing(steady)[0] == ["Reconfigure"]
        assert after.ecs.asked == [("update_service", {"desiredCount": 2})]


@each_release
def test_without_its_quarantine_what_failed_would_go_out_again(name: str):
    """The control of what starts nothing: the same fixture, one thing of it forgotten."""
    failed = {TEXT: "web", ONE_DIGEST: "quarantined"}[name]
    with upgraded(name) as after:
        record = after.stage.record(failed)
        after.stage.controller.table.put_record(replace(record, quarantine=()))
        assert after.standing(failed)[0] == ["RollOut"]


@each_release
def test_nothing_is_forgotten_and_a_second_look_writes_nothing(name: str):
    with upgraded(name) as after:
        for service in set(after.services) - {"pruning"}:
            before = after.stage.record(service)
            after.look(service)
            once = after.stage.record(service)
            after.look(service)
            assert facts(once) == facts(before)
            assert after.stage.record(service) == once


def facts(record: Record) -> object:
    """What no upgrade may change, whatever it calls a statement by."""
    attempt = record.attempt
    return (
        attempt and (attempt.id, attempt.commit, attempt.started_at, attempt.deadline_at, attempt.outcome),
        attempt and (attempt.task_definition_arn, attempt.deployment_arn, attempt.before_arn),
        [(entry.commit, entry.message, entry.at) for entry in record.quarantine],
        (record.heals, record.waiting_for, record.blocked_by, record.task_definition_arn),
    )


def test_what_was_kept_as_text_is_still_read():
    with upgraded(TEXT) as after:
        table, web = after.stage.controller.table, ServiceKey(CLUSTER, "web")
        assert after.stage.record("api").heals == (Heal(1795406160.1),)
        assert after.services == ["api", "web"]
        assert [each.outcome for each in table.attempts(web)] == [Outcome.ROLLED_BACK, Outcome.SUCCEEDED]
        assert [each.event for each in table.history(web)][:2] == ["RolledBack", "RolloutStarted"]
        assert table.source("main").head == table.get(web)[0].commit
        assert len(table.stopped(web, "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2")) == 4


def test_what_named_one_digest_is_still_read():
    with upgraded(ONE_DIGEST) as after:
        table, stage = after.stage.controller.table, after.stage
        ended = {
            name: [each.outcome for each in table.attempts(ServiceKey(CLUSTER, name))]
            for name in ("stopped", "mended", "open")
        }
        assert ended == {
            "stopped": [Outcome.STOPPED_BY_HAND, Outcome.SUCCEEDED],
            "mended": [Outcome.SUCCEEDED, Outcome.ROLLED_BACK, Outcome.SUCCEEDED],
            "open": [Outcome.SUCCEEDED],
        }
        assert table.source("main").head == after.left.head
        assert stage.record("pruning").pruning
        assert stage.record("waiting").waiting_for == (ServiceKey(CLUSTER, "open"),)
        replaced = stage.record("replaced")
        assert replaced.replaced is not None
        assert replaced.attempt is not None
        assert replaced.attempt.replaces == replaced.replaced.id
        assert [len(stage.record(name).quarantine) for name in ("quarantined", "mended")] == [1, 1]
        failed = stage.record("quarantined").attempt
        assert failed is not None
        assert len(table.stopped(ServiceKey(CLUSTER, "quarantined"), failed.task_definition_arn or "")) >= 3
