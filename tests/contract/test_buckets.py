"""Tokens are taken by one conditional write; whoever takes beside is never counted twice or forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ecs_gitops.aws.buckets import Buckets
from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.budget import Family, Urgency
from sandbox.world import World
from tests.contract.test_table import ROOT, US

ONE = {Family.TASK_DEFINITIONS: 1}
BOTH = {Family.TASK_DEFINITIONS: 1, Family.SERVICES: 1}
NOW = 1_800_000_000.0
ORDINARY = 12
"""Registrations that are no rollback, from a full bucket."""


@contextmanager
def a_table() -> Iterator[tuple[World, Table]]:
    parameters = {"SourceUrl": "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/config"}
    with World.inline() as world:
        outputs = world.deploy(ROOT / "template.yaml", "gitops", parameters)
        yield world, Table(world.client("dynamodb"), outputs["TableName"], US)


def requests(world: World) -> int:
    return sum(entry.kind == "request" for entry in world.journal)


def test_a_lone_taker_needs_one_request_each_time():
    with a_table() as (world, table):
        buckets, before = Buckets(table), requests(world)
        assert [buckets.take(BOTH, Urgency.ORDINARY, NOW + at) for at in range(5)] == [0.0] * 5
        assert requests(world) - before == 5
        assert buckets.take({}, Urgency.ORDINARY, NOW) == 0.0
        assert requests(world) - before == 5


def test_two_takers_share_one_bucket():
    with a_table() as (_, table):
        one, other = Buckets(table), Buckets(table)
        taken = [each.take(ONE, Urgency.ORDINARY, NOW) for _ in range(10) for each in (one, other)]
        assert taken.count(0.0) == ORDINARY
        assert all(wait > 0 for wait in taken[ORDINARY:])


def test_who_knows_that_nothing_is_left_asks_nobody():
    with a_table() as (world, table):
        buckets = Buckets(table)
        while not buckets.take(ONE, Urgency.ORDINARY, NOW):
            pass
        before = requests(world)
        assert buckets.take(ONE, Urgency.ORDINARY, NOW) > 0
        assert requests(world) == before
        assert buckets.take(ONE, Urgency.ROLLBACK, NOW) == 0.0


def test_both_families_are_taken_or_neither():
    with a_table() as (_, table):
        buckets = Buckets(table)
        while not buckets.take(ONE, Urgency.ORDINARY, NOW):
            pass
        assert buckets.take(BOTH, Urgency.ORDINARY, NOW) > 0
        fresh = Buckets(table)
        assert sum(fresh.take({Family.SERVICES: 1}, Urgency.ORDINARY, NOW) == 0.0 for _ in range(40)) == 30


def test_a_bucket_fills_again():
    with a_table() as (_, table):
        buckets = Buckets(table)
        while not (wait := buckets.take(ONE, Urgency.ORDINARY, NOW)):
            pass
        assert buckets.take(ONE, Urgency.ORDINARY, NOW + wait) == 0.0
        assert buckets.take(ONE, Urgency.ORDINARY, NOW + wait) > 0
        late = [Buckets(table).take(ONE, Urgency.ORDINARY, NOW + 3600) for _ in range(ORDINARY + 1)]
        assert late.count(0.0) == ORDINARY


def test_what_was_not_needed_is_given_back():
    with a_table() as (_, table):
        buckets = Buckets(table)
        for _ in range(ORDINARY):
            buckets.take(BOTH, Urgency.ORDINARY, NOW)
        assert buckets.take(ONE, Urgency.ORDINARY, NOW) > 0
        buckets.give_back(ONE, NOW)
        assert buckets.take(ONE, Urgency.ORDINARY, NOW) == 0.0
        assert buckets.take(ONE, Urgency.ORDINARY, NOW) > 0


def test_a_full_bucket_takes_nothing_back():
    with a_table() as (_, table):
        buckets = Buckets(table)
        buckets.take(ONE, Urgency.ORDINARY, NOW)
        buckets.give_back(ONE, NOW + 60)
        taken = [buckets.take(ONE, Urgency.ORDINARY, NOW + 60) for _ in range(ORDINARY + 1)]
        assert taken.count(0.0) == ORDINARY
