"""The API budget: never more than AWS takes, a part kept for rollbacks, and one line that nobody jumps."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecs_gitops.model.actions import Action, Adopt, CreateService, Prune, Reconfigure, RollOut
from ecs_gitops.model.record import Booking
from ecs_gitops.plan.budget import AWS, BUCKETS, Bucket, Costs, Family, Urgency, claims, costs, wait
from tests.unit.builders import KEY, NOW, a_statement

STATED = a_statement()
TASK_DEFINITIONS, SERVICES = Family.TASK_DEFINITIONS, Family.SERVICES
ONE: Costs = {TASK_DEFINITIONS: 1}
BOTH: Costs = {TASK_DEFINITIONS: 1, SERVICES: 1}


Arrival = tuple[float, Costs, Urgency]


class Line:
    """The buckets as one item would hold them, and everybody who comes, again when their turn does."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {}
        self.used: list[tuple[float, Family, int]] = []

    def come(
        self, asked: Costs, urgency: Urgency, now: float, booked: Sequence[Booking] = ()
    ) -> tuple[Booking, ...]:
        """What is booked for who could not take; () when all was taken."""
        found = claims(asked, urgency, self.seen, booked, now)
        kept = [each for each in booked if each.at > now]
        for claim in found:
            bucket, price = claim.bucket, claim.bucket.price(claim.count)
            if not wait(found, now):
                self.seen[bucket.full] = max(self.seen.get(bucket.full, 0.0), now) + price
                self.used.append((now, bucket.family, claim.count))
            elif claim.at > now and not claim.waits:
                self.seen[bucket.booked] = claim.at
                kept.append(Booking(bucket.full, claim.count, claim.at))
        return tuple(kept) if wait(found, now) else ()

    def play(self, arrivals: Sequence[Arrival], late: float = 0.0, until: float = 0) -> list[list[float]]:
        """Everybody comes, and comes back `late` after their turn, none before `until`; when each came."""
        came: list[list[float]] = [[] for _ in arrivals]
        due = [(at, number, ()) for number, (at, _, _) in enumerate(arrivals)]
        heapq.heapify(due)
        while due:
            now, number, booked = heapq.heappop(due)
            _, asked, urgency = arrivals[number]
            came[number].append(now)
            if left := self.come(asked, urgency, now, booked):
                turn = max(each.at for each in left) + late
                heapq.heappush(due, (max(turn, until), number, left))
        return came

    def at(self, family: Family) -> list[float]:
        """When the calls of a family were made."""
        return [at for at, each, count in self.used for _ in range(count) if each is family]


def goes_well(at: Sequence[float], family: Family) -> bool:
    """Against AWS's own bucket, filled as AWS fills it."""
    tokens, before, rate = AWS[family].burst, NOW, AWS[family]
    for moment in sorted(at):
        tokens = min(rate.burst, tokens + (moment - before) * rate.per_second) - 1
        before = moment
        if tokens < -1e-6:
            return False
    return True


@pytest.mark.parametrize(
    ("action", "taken"),
    [
        (Adopt(KEY, STATED), {}),
        (CreateService(KEY, STATED), {TASK_DEFINITIONS: 1, SERVICES: 1}),
        (RollOut(KEY, STATED, True, {}), {TASK_DEFINITIONS: 1, SERVICES: 1}),
        (RollOut(KEY, STATED, False, {}), {SERVICES: 1}),
        (Reconfigure(KEY, STATED, {"desiredCount": 1}, {}), {SERVICES: 1}),
        (Reconfigure(KEY, STATED, {}, {"team": "a"}), {}),
        (Prune(KEY), {SERVICES: 1}),
    ],
)
def test_what_a_step_takes(action: Action, taken: dict[Family, int]):
    assert costs([action]) == taken


def test_a_turn_takes_for_all_its_steps_at_once():
    steps = [Reconfigure(KEY, STATED, {"desiredCount": 1}, {}), RollOut(KEY, STATED, True, {})]
    assert costs(steps) == {TASK_DEFINITIONS: 1, SERVICES: 2}
    assert costs(steps, is_registered=True) == {SERVICES: 2}


@pytest.mark.parametrize(
    ("urgency", "at_once"), [(Urgency.ROLLBACK, 16), (Urgency.ORDINARY, 12), (Urgency.SPARE, 4)]
)
def test_each_urgency_may_take_its_part_of_a_full_bucket(urgency: Urgency, at_once: int):
    line, taken = Line(), 0
    while not line.come(ONE, urgency, NOW):
        taken += 1
    assert taken == at_once


def test_who_finds_no_call_left_stands_behind_those_who_came_before():
    line = Line()
    came = line.play([(NOW, BOTH, Urgency.ORDINARY)] * 200)
    assert [len(each) for each in came] == [1] * 12 + [2] * 188
    assert [each[-1] - NOW for each in came[12:]] == [1.25 * place for place in range(1, 189)]
    assert line.at(TASK_DEFINITIONS) == sorted(line.at(TASK_DEFINITIONS))


def test_a_newcomer_does_not_jump_the_line():
    line = Line()
    line.play([(NOW, ONE, Urgency.ORDINARY)] * 12)
    (first,) = line.come(ONE, Urgency.ORDINARY, NOW)
    (second,) = line.come(ONE, Urgency.ORDINARY, NOW + 1)
    assert [each.at - NOW for each in (first, second)] == [1.25, 2.5]
    assert line.come(ONE, Urgency.ORDINARY, NOW + 1.25, [first]) == ()
    assert line.come(ONE, Urgency.SPARE, NOW + 2) != ()
    assert line.come(ONE, Urgency.ORDINARY, NOW + 2.5, [second]) == ()


def test_who_comes_before_its_turn_keeps_it_and_takes_nothing():
    line = Line()
    line.play([(NOW, ONE, Urgency.ORDINARY)] * 12)
    booked, seen = line.come(ONE, Urgency.ORDINARY, NOW), dict(line.seen)
    assert line.come(ONE, Urgency.ORDINARY, NOW + 1, booked) == booked
    assert line.seen == seen


def test_only_what_is_short_is_booked():
    line = Line()
    line.play([(NOW, ONE, Urgency.ORDINARY)] * 12)
    (booked,) = line.come(BOTH, Urgency.ORDINARY, NOW)
    assert booked == Booking("task_definitions", 1, NOW + 1.25)
    assert line.at(SERVICES) == []


def test_however_long_the_line_a_rollback_need_not_stand_in_it():
    line = Line()
    line.play([(NOW, BOTH, Urgency.ORDINARY)] * 12)
    for _ in range(500):
        line.come(BOTH, Urgency.ORDINARY, NOW)
    assert [line.come(BOTH, Urgency.ROLLBACK, NOW + 60) for _ in range(4)] == [()] * 4
    (fifth,) = line.come(BOTH, Urgency.ROLLBACK, NOW + 60)
    assert fifth == Booking("task_definitions_kept", 1, NOW + 70)


def test_a_turn_that_was_booked_for_something_new_is_no_hindrance_to_going_back():
    line = Line()
    line.play([(NOW, ONE, Urgency.ORDINARY)] * 12)
    booked = line.come(ONE, Urgency.ORDINARY, NOW)
    assert line.come(ONE, Urgency.ROLLBACK, NOW, booked) == ()


def test_many_rollbacks_take_whichever_bucket_has_it_first():
    line = Line()
    came = line.play([(NOW, ONE, Urgency.ROLLBACK)] * 200)
    assert max(len(each) for each in came) == 2
    assert max(each[-1] for each in came) - NOW == pytest.approx(184 / 0.9, rel=0.02)


ARRIVALS = st.lists(
    st.tuples(
        st.floats(0, 20),
        st.sampled_from([ONE, BOTH, {SERVICES: 1}, {SERVICES: 3}]),
        st.sampled_from([Urgency.ORDINARY, Urgency.ORDINARY, Urgency.ORDINARY, Urgency.ROLLBACK]),
    ),
    min_size=1,
    max_size=80,
)


@given(ARRIVALS, st.sampled_from([0.0, 0.7, 30.0]), st.sampled_from([0.0, 300.0]))
@example([(0.0, BOTH, Urgency.ORDINARY)] * 80, 0.0, 300.0)
@settings(deadline=None)
def test_aws_never_sees_more_than_it_takes_and_nobody_starves(
    arrivals: list[Arrival], late: float, until: float
):
    """Whoever comes late, even all of them in one moment, leaves AWS's bucket fuller, never emptier."""
    line = Line()
    shifted = [(NOW + at, asked, urgency) for at, asked, urgency in arrivals]
    came = line.play(shifted, late, NOW + until)
    for family in Family:
        assert goes_well(line.at(family), family)
        assert len(line.at(family)) == sum(asked.get(family, 0) for _, asked, _ in arrivals)
    if late < 1 and not until:
        assert max(len(each) for each in came) <= 3


def test_without_a_line_everybody_comes_again_and_again():
    """The control: those who are told only when the bucket has something all come at once."""
    line, visits = Line(), 0
    waiting = [NOW] * 50
    while waiting:
        now = min(waiting)
        waiting.remove(now)
        visits += 1
        found = claims(ONE, Urgency.ORDINARY, line.seen, (), now)
        if seconds := wait(found, now):
            waiting.append(now + seconds)
        else:
            line.come(ONE, Urgency.ORDINARY, now)
    assert visits > 500


def test_all_buckets_together_leave_something_to_others():
    for family, aws in AWS.items():
        ours = [bucket.rate for bucket in BUCKETS.values() if bucket.family is family]
        assert sum(rate.burst for rate in ours) == pytest.approx(0.8 * aws.burst)
        assert sum(rate.per_second for rate in ours) == pytest.approx(0.9 * aws.per_second)
    assert Bucket(SERVICES).rate.per_second == 4.0
