"""What a rolling deployment starts and stops next, decided from a service as it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.services.ecs import rolling
from sandbox.services.ecs.state import Service, Task, TaskStatus
from tests.engine.ecs.stage import ARN, a_configuration


def a_service(*tasks: Task, desired: int = 2, minimum: int = 100, maximum: int = 200) -> Service:
    fields = {"deploymentConfiguration": a_configuration(minimum, maximum)}
    return Service(ARN, "cluster/prod", 0.0, desired, fields, primary="new", tasks=tasks)


def a_task(task_id: str, revision: str = "old", **more: Any) -> Task:
    task = Task(task_id, revision, 0.0, status=TaskStatus.RUNNING, healthy=True, was_healthy=True)
    return replace(task, **more)


tasks = st.builds(
    a_task,
    st.uuids().map(str),
    st.sampled_from(("old", "new", "older")),
    created_at=st.floats(0, 100),
    healthy=st.booleans(),
    stopping=st.booleans(),
)


@given(
    st.lists(tasks, max_size=12),
    st.integers(0, 8),
    st.integers(0, 100),
    st.integers(100, 200),
    st.booleans(),
)
def test_a_decision_never_leaves_the_bounds(
    present: list[Task], desired: int, minimum: int, maximum: int, may_start: bool
) -> None:
    service = a_service(*present, desired=desired, minimum=minimum, maximum=maximum)
    decision = rolling.decide(service, may_start=may_start)
    limits = rolling.bounds(service)
    alive = service.alive()
    left = [task for task in alive if task not in decision.stop]
    assert len(set(decision.stop)) == len(decision.stop)
    assert decision.start == 0 or len(alive) + decision.start <= limits.maximum
    assert may_start or decision.start == 0
    if any(task.healthy for task in decision.stop):
        assert sum(task.healthy for task in left) >= limits.minimum


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "expected"),
    [
        (3, 100, 125, rolling.Bounds(3, 3)),
        (4, 50, 200, rolling.Bounds(2, 8)),
        (1, 50, 150, rolling.Bounds(1, 1)),
        (0, 100, 200, rolling.Bounds(0, 0)),
    ],
)
def test_the_minimum_rounds_up_and_the_maximum_down(
    desired: int, minimum: int, maximum: int, expected: rolling.Bounds
) -> None:
    assert rolling.bounds(a_service(desired=desired, minimum=minimum, maximum=maximum)) == expected


def test_new_tasks_come_first_where_the_maximum_leaves_room() -> None:
    decision = rolling.decide(a_service(a_task("a"), a_task("b")), may_start=True)
    assert decision == rolling.Decision(start=2, stop=())


def test_old_tasks_go_first_where_only_the_minimum_leaves_room() -> None:
    old = a_task("a"), a_task("b")
    decision = rolling.decide(a_service(*old, minimum=50, maximum=100), may_start=True)
    assert decision == rolling.Decision(start=0, stop=(old[0],))


def test_one_hundred_to_one_hundred_percent_of_one_task_stalls() -> None:
    decision = rolling.decide(a_service(a_task("a"), desired=1, maximum=100), may_start=True)
    assert decision == rolling.Decision()


def test_a_task_that_fell_ill_is_replaced_before_it_is_stopped() -> None:
    fallen = ill("ill")
    service = a_service(fallen, a_task("well", "new"))
    assert rolling.decide(service, may_start=True) == rolling.Decision(start=1)
    replaced = a_service(fallen, a_task("well", "new"), a_task("next", "new"))
    assert rolling.decide(replaced, may_start=True) == rolling.Decision(stop=(fallen,))


def ill(task_id: str, **more: Any) -> Task:
    """A task of the new revision that was well and is so no longer."""
    return a_task(task_id, "new", **{"healthy": False, "sick": "x", **more})


def test_without_room_one_task_that_fell_ill_goes_to_make_some() -> None:
    both = ill("a"), ill("b")
    full = a_service(*both, a_task("c", "new"), desired=3, minimum=0, maximum=100)
    assert rolling.decide(full, may_start=True) == rolling.Decision(stop=both[:1])


def test_with_room_none_goes_before_its_replacement_is_well() -> None:
    both = ill("a"), ill("b")
    roomy = a_service(*both, a_task("c", "new"), desired=3, minimum=0, maximum=200)
    assert rolling.decide(roomy, may_start=True) == rolling.Decision(start=2)
    coming = (a_task("d", "new", healthy=False), a_task("e", "new", healthy=False))
    waiting = a_service(*both, a_task("c", "new"), *coming, desired=3, minimum=0, maximum=200)
    assert rolling.decide(waiting, may_start=True) == rolling.Decision()


def test_as_many_that_fell_ill_go_as_are_replaced() -> None:
    both = ill("a"), ill("b")
    one = a_service(
        *both, a_task("c", "new"), a_task("d", "new"), desired=3, minimum=0, maximum=200
    )  # fmt: skip
    assert rolling.decide(one, may_start=True) == rolling.Decision(start=1, stop=both[:1])
    well = (a_task("c", "new"), a_task("d", "new"), a_task("e", "new"))
    both_replaced = a_service(*both, *well, desired=3, minimum=0, maximum=200)
    assert rolling.decide(both_replaced, may_start=True) == rolling.Decision(stop=both)


def test_a_task_that_was_never_well_or_is_of_another_revision_goes_at_once() -> None:
    hopeless = ill("a", was_healthy=False), replace(ill("b"), revision="old")
    service = a_service(*hopeless, a_task("c", "new"), minimum=0, maximum=300)
    assert rolling.decide(service, may_start=True) == rolling.Decision(start=1, stop=hopeless)


def test_of_too_many_those_that_are_not_well_yet_go_first_then_the_newest() -> None:
    old, newer, newest = (a_task(name, "new", created_at=at) for name, at in (("a", 1), ("b", 2), ("c", 3)))
    coming = a_task("d", "new", created_at=0, healthy=False, was_healthy=False)
    service = a_service(newer, coming, old, newest, desired=2, minimum=0)
    assert rolling.decide(service, may_start=True) == rolling.Decision(stop=(coming, newest))
    one = a_service(newer, coming, old, newest, desired=3, minimum=0)
    assert rolling.decide(one, may_start=True) == rolling.Decision(stop=(coming,))


def test_of_other_revisions_those_that_are_not_well_go_at_once_then_the_oldest() -> None:
    older, old = a_task("a", created_at=1), a_task("b", created_at=2)
    coming = a_task("c", created_at=3, healthy=False)
    new = a_task("d", "new")
    service = a_service(old, coming, older, new, maximum=300)
    assert rolling.decide(service, may_start=True) == rolling.Decision(start=1, stop=(coming, older))


@pytest.mark.parametrize(
    ("second", "done"),
    [
        ({}, True),
        ({"revision": "old"}, False),
        ({"healthy": False}, False),
        ({"status": TaskStatus.DEACTIVATING}, False),
        ({"status": TaskStatus.STOPPED}, False),
    ],
)
def test_a_rollout_is_done_when_all_present_are_new_well_and_running(
    second: dict[str, Any], done: bool
) -> None:
    tasks = a_task("a", "new"), a_task("b", **{"revision": "new", **second})
    assert rolling.rolled_out(a_service(*tasks)) is done
    assert not rolling.rolled_out(a_service(*tasks, a_task("c", "old", status=TaskStatus.STOPPING)))
