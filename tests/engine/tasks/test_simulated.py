"""The simulated task runner: what its owner hears, and when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.ground.timeline import Timeline
from sandbox.services.ecs.running import ContainerSpec, Running, Stopped, TaskEvent, TaskSpec
from sandbox.tasks.simulated import CANNOT_PULL, NEVER_HEALTHY, Simulated, TaskOutcome, exits

REGISTRY = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com"
IMAGE = f"{REGISTRY}/ecs-handson/nginx:1"


class Stage:
    """A runner on a timeline, with what was heard of task `t1` and when."""

    def __init__(self, **outcomes: TaskOutcome) -> None:
        self.timeline = Timeline(0.0)
        self.runner = Simulated(self.timeline, {"*": outcomes["all"]} if outcomes else None)
        self.heard: list[tuple[float, TaskEvent]] = []

    def start(self, *images: str) -> None:
        """Start task `t1` of these images."""
        containers = tuple(ContainerSpec(f"c{n}", image) for n, image in enumerate(images or (IMAGE,)))
        self.runner.start(TaskSpec("t1", "", "c", "s", "", "10.0.0.4", containers), self.hear)

    def hear(self, event: TaskEvent) -> None:
        """Note what the runner tells."""
        self.heard.append((self.timeline.now, event))


def test_a_task_runs_after_its_start_time_and_never_inside_the_call() -> None:
    stage = Stage()
    stage.start()
    assert stage.heard == []
    stage.timeline.advance(100)
    assert stage.heard == [(2.0, Running())]
    assert stage.runner.probe("t1", 80, "/") == 200


def test_a_slow_task_answers_only_once_it_is_well() -> None:
    stage = Stage(all=TaskOutcome(healthy_after=30))
    stage.start()
    stage.timeline.advance(2 + 29)
    assert (stage.runner.probe("t1", 80, "/"), stage.runner.healthy("t1")) == (503, False)
    stage.timeline.advance(1)
    assert (stage.runner.probe("t1", 80, "/"), stage.runner.healthy("t1")) == (200, True)


def test_a_task_that_never_gets_well_runs_for_ever() -> None:
    stage = Stage(all=NEVER_HEALTHY)
    stage.start()
    stage.timeline.advance(86_400)
    assert stage.heard == [(2.0, Running())]
    assert stage.runner.probe("t1", 80, "/") == 503


def test_a_task_that_exits_says_its_code_and_its_own_reason() -> None:
    stage = Stage(all=exits(3, after=5, reason="no such table: users"))
    stage.start()
    stage.timeline.advance(100)
    end = Stopped(3, "no such table: users", "EssentialContainerExited")
    assert stage.heard == [(2.0, Running()), (7.0, end)]
    assert stage.runner.probe("t1", 80, "/") is None


def test_an_image_that_is_not_there_fails_to_start_and_names_it() -> None:
    stage = Stage(all=CANNOT_PULL)
    stage.start()
    stage.timeline.advance(100)
    [(_, stopped)] = stage.heard
    assert isinstance(stopped, Stopped)
    assert (stopped.exit_code, stopped.stop_code) == (None, "TaskFailedToStart")
    assert stopped.reason.startswith("CannotPullContainerError: ")
    assert IMAGE in stopped.reason


def test_an_image_is_looked_up_without_its_registry_and_the_container_that_is_unwell_decides() -> None:
    stage = Stage()
    stage.runner.outcomes["ecs-handson/nginx:1"] = exits(1, after=1)
    stage.start("log:1", IMAGE)
    stage.timeline.advance(100)
    assert stage.heard[1:] == [(3.0, Stopped(1, "", "EssentialContainerExited"))]


def test_a_stopped_task_ends_once_with_no_reason_of_its_own() -> None:
    stage = Stage(all=exits(1, after=10))
    stage.start()
    stage.timeline.advance(5)
    stage.runner.stop("t1")
    stage.runner.stop("t1")
    assert stage.runner.probe("t1", 80, "/") is not None, "it answers until it has ended"
    stage.timeline.advance(100)
    assert stage.heard[1:] == [(6.0, Stopped(0))]


def test_a_task_that_ignores_sigterm_is_killed_at_its_stop_timeout() -> None:
    stage = Stage(all=TaskOutcome(stop=1_000))
    stage.start()
    stage.timeline.advance(2)
    stage.runner.stop("t1")
    stage.timeline.advance(1_000)
    assert stage.heard[1:] == [(32.0, Stopped(137))]


def test_a_killed_task_answers_nothing_from_that_moment() -> None:
    stage = Stage()
    stage.start()
    stage.timeline.advance(2)
    stage.runner.kill("t1")
    assert stage.runner.probe("t1", 80, "/") is None
    stage.timeline.advance(0)
    assert stage.heard[1:] == [(2.0, Stopped(137))]


def test_a_task_stopped_before_it_ran_has_no_exit_code() -> None:
    stage = Stage()
    stage.start()
    stage.runner.stop("t1")
    stage.timeline.advance(100)
    assert stage.heard == [(1.0, Stopped(None))]


OUTCOMES = st.builds(
    TaskOutcome,
    start=st.floats(0, 60),
    healthy_after=st.none() | st.floats(0, 60),
    exit_after=st.none() | st.floats(0, 60),
    stop=st.floats(0, 60),
    pulls=st.booleans(),
)
ACTS = st.lists(st.tuples(st.sampled_from(["stop", "kill", "crash", "wait"]), st.floats(0, 60)))


@given(OUTCOMES, ACTS)
def test_whatever_is_done_a_task_runs_at_most_once_and_ends_exactly_once(
    outcome: TaskOutcome, acts: list[tuple[str, float]]
) -> None:
    stage = Stage(all=outcome)
    stage.start()
    for act, seconds in acts:
        stage.timeline.advance(seconds)
        match act:
            case "stop":
                stage.runner.stop("t1")
            case "kill":
                stage.runner.kill("t1")
            case "crash":
                stage.runner.crash("t1", 9)
            case _:
                pass
    stage.runner.stop("t1")
    stage.timeline.advance(1_000)
    kinds = [type(event) for _, event in stage.heard]
    assert kinds in ([Running, Stopped], [Stopped])
    assert stage.runner.running() == ()
