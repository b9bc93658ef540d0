"""Random stories under faults: a few seeds come right, and a controller that is wrong is found out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ecs_gitops.events.triggers import DEPLOYMENT_CHANGED, STEADY_STATE
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Attempt
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.reconcile import observe, planning
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.resources import service as ecs_service
from sandbox.proofs.sim.run import WORDS, Mix, Result, one
from sandbox.proofs.sim.story import tell
from sandbox.wires.parts import Replacement
from sandbox.world.faults import KINDS

SEEDS = range(5000, 5003)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_story_comes_right(seed: int) -> None:
    assert one(seed).wrong == ()


def test_a_seed_tells_the_same_story_again() -> None:
    assert tell(3, 0.0) == tell(3, 0.0)
    assert tell(3, 0.0) != tell(4, 0.0)
    assert _without_time(one(3)) == _without_time(one(3))


def _without_time(result: Result) -> Result:
    return replace(result, cpu=0.0)


def stable_is_success(attempt: Attempt, live: Live, *, now: float) -> Attempt:
    """What many scripts do: wait until the service is stable, and call it deployed."""
    service = live.service
    if attempt.outcome is not None or service is None or attempt.task_definition_arn is None:
        return attempt
    running, desired = ecs_service.counts(service)
    if ecs_service.is_rolling(service) or running != desired:
        return attempt
    return replace(attempt, outcome=Outcome.SUCCEEDED, message="Stable.", ended_at=now)


def by_event_only(turn: Turn) -> None:
    """An outcome is taken note of when an event tells of it, and at no other time."""
    if any(wake.cause.kind in (DEPLOYMENT_CHANGED, STEADY_STATE) for wake in turn.wakes):
        observe.settle_attempt(turn)


@pytest.mark.parametrize(
    ("planted", "seeds", "sentence"),
    [
        (Replacement(observe, "settle", stable_is_success), range(1, 20), "said to be Succeeded and is"),
        (Replacement(planning, "settle_attempt", by_event_only), range(9, 30), "said to be open and is"),
    ],
    ids=["stable is success", "outcome by event only"],
)
def test_a_planted_bug_is_found_within_a_few_seeds(
    planted: Replacement, seeds: range, sentence: str
) -> None:
    found = next(seed for seed in seeds if sentence in " ".join(one(seed, [planted]).wrong))
    # the control: what was planted is gone again, and the same story comes right
    assert one(found).wrong == ()


def test_a_mix_says_what_it_did_not_try() -> None:
    kinds, words = frozenset(KINDS), Counter(dict.fromkeys(WORDS, 1))
    mix = Mix()
    for seed in range(10):
        mix.take(Result(seed, (), kinds if seed < 1 else kinds - {"lost", "slow"}, words, 0.1))
    assert mix.lacking() == []
    mix.take(Result(10, (), kinds - {"lost"}, words + Counter(Succeeded=100), 0.1))
    few = [word for word in WORDS if word != "Succeeded"]
    assert mix.lacking() == [f"{name} came too seldom" for name in ("lost", *few)]
