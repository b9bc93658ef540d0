"""The last ten successes and whatever is in use stay; older revisions of this service's own go."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.model.record import Attempt
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.rollout.retention import A_TURN, KEPT, in_use, to_retire
from tests.unit.builders import ARN, NOW, a_live, a_record, an_attempt


def attempts(*outcomes: Outcome) -> list[Attempt]:
    """Attempts with these outcomes, the oldest first in the arguments; newest first as they are read."""
    made = [
        replace(
            an_attempt(outcome=outcome),
            id=str(at),
            task_definition_arn=f"{ARN}:{at}",
            started_at=NOW - 1000 + at,
        )
        for at, outcome in enumerate(outcomes)
    ]
    return made[::-1]


def retired(found: list[Attempt]) -> list[str]:
    return [each.id for each in found]


def test_ten_successes_stay():
    assert to_retire(attempts(*[Outcome.SUCCEEDED] * KEPT), set()) == []
    assert retired(to_retire(attempts(*[Outcome.SUCCEEDED] * (KEPT + 1)), set())) == ["0"]


def test_few_go_at_a_time_the_oldest_first():
    assert retired(to_retire(attempts(*[Outcome.SUCCEEDED] * (KEPT + 9)), set())) == ["0", "1", "2"]


def test_what_is_in_use_stays():
    found = to_retire(attempts(*[Outcome.SUCCEEDED] * (KEPT + 2)), {f"{ARN}:0"})
    assert retired(found) == ["1"]


def test_what_failed_goes_once_it_is_older_than_what_stays():
    old = attempts(Outcome.ROLLED_BACK, *[Outcome.SUCCEEDED] * KEPT)
    assert retired(to_retire(old, set())) == ["0"]
    young = attempts(*[Outcome.SUCCEEDED] * KEPT, Outcome.ROLLED_BACK)
    assert to_retire(young, set()) == []


def test_what_is_gone_is_not_taken_out_again():
    known = attempts(*[Outcome.SUCCEEDED] * (KEPT + 1))
    assert to_retire([*known[:-1], replace(known[-1], retired=True)], set()) == []


OUTCOMES = st.lists(st.sampled_from(Outcome), max_size=40)


@given(OUTCOMES, st.sets(st.integers(0, 40), max_size=5))
def test_the_last_ten_successes_never_go(outcomes: list[Outcome], used: set[int]):
    known, kept = attempts(*outcomes), {f"{ARN}:{at}" for at in used}
    gone = {each.task_definition_arn for each in to_retire(known, kept)}
    succeeded = [each.task_definition_arn for each in known if each.outcome is Outcome.SUCCEEDED]
    assert gone & set(succeeded[:KEPT]) == set()
    assert gone & kept == set()
    assert len(gone) <= A_TURN


def test_in_use_is_what_runs_what_comes_and_where_it_came_from():
    attempt = an_attempt(task_definition_arn=f"{ARN}:3", before_arn=f"{ARN}:2")
    assert in_use(a_live(), a_record(attempt=attempt)) == {f"{ARN}:{at}" for at in (1, 2, 3)}
