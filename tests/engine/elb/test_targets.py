"""Target health: registered, checked, drained, as DescribeTargetHealth tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.ground.timeline import Timeline
from sandbox.services.elb.targets import (
    CHECKING,
    DRAINING,
    HEALTHY,
    NOT_IN_USE,
    NOT_REGISTERED,
    REGISTERING,
    TIMED_OUT,
    Checked,
    Drained,
    HealthChanged,
    Settings,
    Target,
    TargetEvent,
    Targets,
    accepts,
    after_check,
    mismatch,
)

GROUP = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/nginx-blue/0123456789abcdef"
TARGET = Target(GROUP, "10.0.0.4", 80)
FAST = Settings(interval=5, healthy_threshold=3, unhealthy_threshold=2, drain=20)


class Stage:
    """One target group on a timeline, with what was heard of its targets and how they answer."""

    def __init__(self, settings: Settings = FAST) -> None:
        self.timeline = Timeline(0.0)
        self.settings: Settings | None = settings
        self.targets = Targets(self.timeline, lambda _: self.settings)
        self.status: int | None = 200
        self.heard: list[tuple[float, TargetEvent]] = []

    def register(self) -> None:
        """Register the one target."""
        self.targets.register(TARGET, probe=lambda _: self.status, on=self.hear)

    def hear(self, event: TargetEvent) -> None:
        """Note what the targets tell."""
        self.heard.append((self.timeline.now, event))


def test_a_new_target_is_healthy_after_one_good_check() -> None:
    stage = Stage()
    stage.register()
    assert stage.targets.health(TARGET) == REGISTERING
    stage.timeline.advance(60)
    assert stage.heard == [(1.0, HealthChanged(TARGET, HEALTHY))]


def test_a_target_that_answers_wrongly_is_unhealthy_at_the_threshold_and_says_the_code() -> None:
    stage = Stage()
    stage.status = 403
    stage.register()
    stage.timeline.advance(60)
    assert stage.heard == [
        (1.0, HealthChanged(TARGET, CHECKING)),
        (6.0, HealthChanged(TARGET, mismatch(403))),
    ]
    assert mismatch(403).description == "Health checks failed with these codes: [403]"


def test_an_unhealthy_target_needs_as_many_good_checks_as_the_group_says() -> None:
    stage = Stage()
    stage.status = None
    stage.register()
    stage.timeline.advance(10)
    assert stage.targets.health(TARGET) == TIMED_OUT
    stage.status = 200
    stage.timeline.advance(6)
    assert stage.targets.health(TARGET) == TIMED_OUT, "two good checks of three"
    stage.timeline.advance(5)
    assert stage.targets.health(TARGET) == HEALTHY


def test_one_failed_check_does_not_make_a_healthy_target_unhealthy() -> None:
    stage = Stage()
    stage.register()
    stage.timeline.advance(2)
    stage.status = None
    stage.timeline.advance(5)
    stage.status = 200
    stage.timeline.advance(60)
    assert stage.heard == [(1.0, HealthChanged(TARGET, HEALTHY))]


def test_a_deregistered_target_drains_for_the_groups_delay_and_is_then_let_go() -> None:
    stage = Stage()
    stage.register()
    stage.timeline.advance(10)
    stage.targets.deregister(TARGET)
    stage.targets.deregister(TARGET)
    assert stage.targets.health(TARGET) == DRAINING
    stage.timeline.advance(19.9)
    assert stage.heard[1:] == []
    stage.timeline.advance(60)
    assert stage.heard[1:] == [(30.0, Drained(TARGET))]
    assert stage.targets.health(TARGET) == NOT_REGISTERED
    assert stage.timeline.next_due() is None, "nothing is checked that is not there"


def test_a_target_is_not_let_go_while_the_balancer_still_has_a_request_on_its_way() -> None:
    stage = Stage()
    waiting: list[Callable[[], None]] = []
    stage.targets.let_go = lambda target, done: waiting.append(done)
    stage.register()
    stage.targets.deregister(TARGET)
    stage.timeline.advance(100)
    assert (stage.targets.health(TARGET), stage.heard) == (DRAINING, [])
    waiting[0]()
    assert stage.heard == [(100.0, Drained(TARGET))]


def test_a_target_registered_again_while_it_drains_stays() -> None:
    stage = Stage()
    waiting: list[Callable[[], None]] = []
    stage.targets.let_go = lambda target, done: waiting.append(done)
    stage.register()
    stage.targets.deregister(TARGET)
    stage.timeline.advance(100)
    stage.register()
    waiting[0]()
    stage.timeline.advance(100)
    assert stage.heard == [(103.0, HealthChanged(TARGET, HEALTHY))]


def test_targets_registered_together_are_not_checked_together() -> None:
    stage = Stage()
    other = replace(TARGET, id="10.0.0.5")
    stage.register()
    stage.targets.register(other, probe=lambda _: 200, on=stage.hear)
    stage.timeline.advance(60)
    assert stage.heard == [(1.0, HealthChanged(TARGET, HEALTHY)), (3.0, HealthChanged(other, HEALTHY))]


def test_a_group_that_no_listener_uses_checks_nothing_until_one_does() -> None:
    stage = Stage(replace(FAST, in_use=False))
    stage.register()
    stage.timeline.advance(10)
    assert stage.targets.health(TARGET) == NOT_IN_USE
    stage.settings = FAST
    stage.timeline.advance(5)
    assert stage.targets.health(TARGET) == HEALTHY


def test_the_targets_of_a_deleted_group_are_forgotten() -> None:
    stage = Stage()
    stage.register()
    stage.settings = None
    stage.timeline.advance(60)
    assert stage.targets.registered() == ()


def test_routing_is_told_of_every_change_of_state() -> None:
    stage = Stage()
    seen: list[list[str]] = []
    stage.targets.changed = lambda: seen.append([it.health.state for it in stage.targets.registered()])
    stage.register()
    stage.timeline.advance(10)
    stage.targets.deregister(TARGET)
    stage.timeline.advance(60)
    assert seen == [["initial"], ["healthy"], ["draining"], []]


@pytest.mark.parametrize(
    ("codes", "status", "taken"),
    [
        ("200", 200, True),
        ("200", 204, False),
        ("200,204", 204, True),
        ("200-399", 302, True),
        ("200-399", 403, False),
    ],
)
def test_a_matcher_takes_codes_lists_and_ranges(codes: str, status: int, taken: bool) -> None:
    assert accepts(codes, status) is taken


@given(st.lists(st.sampled_from([200, 403, None]), min_size=1), st.integers(2, 5), st.integers(2, 5))
def test_the_last_checks_alone_decide_as_the_thresholds_say(
    answers: list[int | None], healthy: int, unhealthy: int
) -> None:
    settings = Settings(healthy_threshold=healthy, unhealthy_threshold=unhealthy)
    checked = Checked()
    for answer in answers:
        checked = after_check(checked, answer, settings)
    good = [answer == 200 for answer in answers]
    if len(good) >= unhealthy and not any(good[-unhealthy:]):
        assert checked.health.state == "unhealthy"
    if len(good) >= healthy and all(good[-healthy:]):
        assert checked.health.state == "healthy"
