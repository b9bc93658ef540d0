"""Random stories under faults: a few seeds come right, and a controller that is wrong is found out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ecs_gitops.events.triggers import DEPLOYMENT_CHANGED, STEADY_STATE
from ecs_gitops.model.actions import Reconfigure
from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Attempt, Quarantined, Record, Succeeded
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.plan import decide
from ecs_gitops.plan.changeset import ChangeSet, find_changes
from ecs_gitops.plan.order import Awaited
from ecs_gitops.reconcile import apply, observe, planning
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.statement_parts import revision_fields
from ecs_gitops.rollout import target
from ecs_gitops.rollout.told import taken_over
from sandbox.proofs.sim.author import kinds, tell
from sandbox.proofs.sim.mix import WORDS, Mix, Result
from sandbox.proofs.sim.run import one
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


def claims_all(applied: Stated | None, stated: Stated, *_: object) -> Stated:
    """The first step of a plan counts as all of it."""
    return taken_over(stated, applied)


class ByWholeStatement:
    """Quarantine holds what failed with all that was stated beside it, and nothing else."""

    def __init__(self) -> None:
        self.failed: dict[Quarantined, str] = {}

    def __call__(self, stated: Stated, record: Record) -> bool:
        """Whether this statement failed before, word for word."""
        entries = [each for each in record.quarantine if each.digest == stated.revision]
        return any(self.failed.setdefault(each, stated.digest) == stated.digest for each in entries)


reconfigure = apply._reconfigure


def moves_succeeded(action: Reconfigure, turn: Turn) -> None:
    """Whatever is done counts as a success of what runs at that moment."""
    reconfigure(action, turn)
    running, stated = turn.live.task_definition or {}, action.stated
    succeeded = Succeeded(
        running.get("taskDefinitionArn", ""),
        stated.task_definition,
        revision_fields(stated.service or {}),
        stated.revision,
        stated.since,
    )
    turn.record = replace(turn.record, succeeded=succeeded)


def unrecorded(applied: Stated) -> Stated:
    """That a service was told to run no task is not noted."""
    return applied


def waits_for_good(desired: Desired, *_: object) -> tuple[Awaited, ...]:
    """Whom a service waits for, it waits for whatever they do."""
    return tuple(Awaited(key) for key in desired.rollout.wait_for)


def waits_for_nobody(*_: object) -> tuple[Awaited, ...]:
    """All go at once."""
    return ()


def one_field_left_out(stated: Stated, live: Live, record: Record) -> ChangeSet:
    """One field is never compared."""
    found = find_changes(stated, live, record)
    return replace(found, fields=tuple(each for each in found.fields if each.name != "propagateTags"))


@pytest.mark.parametrize(
    ("planted", "seeds", "sentence"),
    [
        (Replacement(observe, "settle", stable_is_success), range(1, 20), "said to be Succeeded and is"),
        (Replacement(planning, "settle_attempt", by_event_only), range(13, 30), "said to be open and is"),
        (Replacement(apply, "with_fields", claims_all), range(38, 80), "is called drift"),
        (Replacement(target, "is_quarantined", ByWholeStatement()), range(16, 60), "was rolled out again"),
        (Replacement(apply, "_reconfigure", moves_succeeded), range(57, 115), "ECS last completed"),
        (Replacement(apply, "with_no_tasks", unrecorded), range(33, 45), "is called drift"),
        (
            Replacement(planning, "plan_waits", waits_for_good),
            range(15, 40),
            "there is no service (WaitingFor",
        ),
        (Replacement(planning, "plan_waits", waits_for_nobody), range(2, 10), "before what it waits for"),
        (Replacement(decide, "find_changes", one_field_left_out), range(6), "propagateTags is"),
    ],
    ids=[
        "stable is success",
        "outcome by event only",
        "the first step of a plan claims all",
        "quarantine by the whole statement",
        "an in-place step moves `succeeded`",
        "prune's 0 unrecorded",
        "what waits waits for good",
        "nobody waits",
        "a field that is never compared",
    ],
)
def test_a_planted_bug_is_found_within_a_few_seeds(
    planted: Replacement, seeds: range, sentence: str
) -> None:
    found = next(seed for seed in seeds if sentence in " ".join(one(seed, [planted]).wrong))
    # the control: what was planted is gone again, and the same story comes right
    assert one(found).wrong == ()


def test_a_mix_says_what_it_did_not_try() -> None:
    faults, words, steps = frozenset(KINDS), Counter(dict.fromkeys(WORDS, 1)), frozenset(kinds())
    mix = Mix()
    for seed in range(10):
        often = faults if seed < 1 else faults - {"lost", "slow"}
        mix.take(Result(seed, (), often, words, 0.1, steps if seed < 1 else steps - {"retry", "broken"}))
    assert mix.lacking() == []
    for seed in range(10, 21):
        mix.take(
            Result(seed, (), faults - {"lost"}, words + Counter(Succeeded=100), 0.1, steps - {"retry"})
        )
    few = [word for word in WORDS if word != "Succeeded"]
    assert mix.lacking() == [f"{name} came too seldom" for name in ("lost", *few, "retry")]
    assert "   4.8%  retry" in mix.lines()


def test_two_builds_that_end_alike_have_one_digest() -> None:
    one_build, other_build, another = Mix(), Mix(), Mix()
    for seed in (1, 2):
        one_build.take(Result(seed, (), frozenset(), Counter(), 0.1, end=f"end of {seed}"))
        other_build.take(Result(3 - seed, (), frozenset(), Counter(), 0.2, end=f"end of {3 - seed}"))
        another.take(Result(seed, (), frozenset(), Counter(), 0.1, end="the same end"))
    assert one_build.digest == other_build.digest
    assert one_build.digest != another.digest
