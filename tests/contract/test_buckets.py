"""Tokens are taken, and turns booked, by one conditional write; whoever comes beside is counted once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ecs_gitops.aws.buckets import Buckets
from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.plan.budget import Family, Urgency
from sandbox.world.world import World
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


def spend(buckets: Buckets, now: float = NOW) -> None:
    """Take what anybody may take of registrations."""
    while not buckets.take(ONE, Urgency.ORDINARY, now):
        pass


def test_turns_in_line_are_given_by_one_write_each_whoever_gives_them():
    with a_table() as (world, table):
        takers = [Buckets(table) for _ in range(3)]
        for each in takers:
            spend(each)
        takers[0].book(ONE, Urgency.ORDINARY, NOW)
        for each in takers[1:]:
            each.book(ONE, Urgency.ORDINARY, NOW)
        before = requests(world)
        booked = [each.book(ONE, Urgency.ORDINARY, NOW) for _ in range(5) for each in takers]
        assert requests(world) - before == 15
        assert [one.at - NOW for (one,) in booked] == [1.25 * place for place in range(4, 19)]


def test_a_turn_that_came_is_taken_by_who_booked_it_and_by_nobody_else():
    with a_table() as (world, table):
        one, other = Buckets(table), Buckets(table)
        spend(one)
        assert other.take(ONE, Urgency.ORDINARY, NOW) > 0  # it has seen the bucket, and no line yet
        first, second = one.book(ONE, Urgency.ORDINARY, NOW), one.book(ONE, Urgency.ORDINARY, NOW)
        assert other.take(ONE, Urgency.ORDINARY, NOW + 2) > 0
        before = requests(world)
        assert one.take(ONE, Urgency.ORDINARY, NOW + 2, second) == 0.5
        assert requests(world) == before
        assert other.take(ONE, Urgency.ORDINARY, NOW + 2, first) == 0.0
        assert one.take(ONE, Urgency.ORDINARY, NOW + 2.5, second) == 0.0


def test_a_turn_that_is_let_go_brings_the_next_ones_forward():
    with a_table() as (_, table):
        buckets = Buckets(table)
        spend(buckets)
        for _ in range(4):
            unused = buckets.book(ONE, Urgency.ORDINARY, NOW)
        buckets.let_go(unused, NOW + 1)
        (next_one,) = buckets.book(ONE, Urgency.ORDINARY, NOW + 1)
        assert next_one.at == NOW + 5.0
        buckets.let_go(unused, NOW + 60)
        assert buckets.take(ONE, Urgency.ORDINARY, NOW + 60) == 0.0


def test_who_comes_late_finds_its_call_and_no_more_than_aws_has():
    """The whole line comes an hour late: a full bucket's worth goes through, the others stand in line."""
    with a_table() as (_, table):
        buckets = Buckets(table)
        spend(buckets)
        booked = [buckets.book(ONE, Urgency.ORDINARY, NOW) for _ in range(30)]
        late = [buckets.take(ONE, Urgency.ORDINARY, NOW + 3600, each) for each in booked]
        assert late.count(0.0) == ORDINARY + 2


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
