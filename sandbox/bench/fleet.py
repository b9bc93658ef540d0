"""1,000 services, one commit that changes them all: how long until it is known what to do.

Git, ECS, the table and the parameter answer with recorded bytes. Beside it stands a plain boto3 client,
with boto3's own models, that reads the same 100 answers of DescribeServices and nothing else. Both are
whole processes, from start to end, started in turn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ecs_gitops.model.settings import Settings
from ecs_gitops.runtime.bootstrap import build
from sandbox.bench.fleet_child import AT, plan_head
from sandbox.bench.manifests import VERSION, files
from sandbox.bench.replay import Tape
from sandbox.bench.row import Row, Say
from sandbox.bench.start import surroundings
from sandbox.bench.sweep import ONE_CLUSTER, SERVICES
from sandbox.ground.processes import clean_environment, spawn
from sandbox.world.world import REGION, World

GOAL = 3.0
TIMES = 3
NEXT_VERSION, BRANCH = "1.28.0", "next"
EXPECTED = f"{{'RollOut of 1: taskDefinition.containerDefinitions': {SERVICES}}}"
"""What is planned: every service rolled out, for its image alone."""
WHAT = "1,000 services, one commit: fetched, parsed, validated, planned"
FUNCTION = "ReconcilerFunction"


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds from start to end, seconds of CPU, and the most memory it held (MB)."""

    seconds: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Recording:
    """What was answered to who planned the commit, and the environment of our functions."""

    tape: Tape
    environment: Mapping[str, str]


def record(world: World) -> Recording:
    """The commit on a branch of its own, planned once by the admin.

    Raises RuntimeError when that is anything but one changed image for every service.
    """
    repository, kept = world.repository("config"), Tape()
    changed = {path: text.replace(VERSION, NEXT_VERSION) for path, text in files(ONE_CLUSTER).items()}
    repository.push(changed, "The next version", BRANCH)
    environment = {**_environment(world), "SOURCE_URL": repository.url, "SOURCE_BRANCH": BRANCH}
    settings = Settings.from_env({**environment, "AWS_REGION": REGION})
    front, door = world.front, world.front.door
    front.door = replace(door, straight=kept.straight(door.straight), git=kept.recording(door.git))
    try:
        told = plan_head(build(settings, world.session(), lambda: AT))
    finally:
        front.door = door
    if told != EXPECTED:
        raise RuntimeError(f"the plan of the fleet is {told} instead of {EXPECTED}")
    return Recording(kept, environment)


def measure(recording: Recording, say: Say) -> list[Row]:
    """The rows. Raises RuntimeError when something else is planned, or something else read."""
    say(f"bench: {WHAT}")
    with tempfile.TemporaryDirectory(prefix="ecs-gitops-bench-") as folder:
        tape = Path(folder) / "tape"
        recording.tape.save(tape)
        with _replayed(tape) as url:
            address = {"SOURCE_URL": f"{url}/v1/repos/config", "SOURCE_CREDENTIAL": "none"}
            around = {**clean_environment(), **recording.environment, **surroundings(url), **address}
            pairs = [_pair(around) for _ in range(1 + TIMES)]
    counted = pairs[1:]  # the first wrote the compiled files that later ones read
    return rows([ours for ours, _ in counted], [bare for _, bare in counted])


def _pair(environment: Mapping[str, str]) -> tuple[Run, Run]:
    return _run("ours", environment, EXPECTED), _run("bare", environment, str(SERVICES))


def rows(ours: Sequence[Run], bare: Sequence[Run]) -> list[Row]:
    """The best of each: what the machine does meanwhile can only make a run longer."""
    best, least = (min(runs, key=lambda run: run.seconds) for runs in (ours, bare))
    ratio = round(best.seconds / least.seconds, 2)
    return [
        Row(f"{WHAT}, against bare boto3 reading the same answers", ratio, "×", 1.0, GOAL),
        Row(f"{WHAT} (Flux: 253 s)", round(best.seconds, 2), "s", round(least.seconds, 2)),
        Row(f"{WHAT}: CPU", round(best.cpu, 2), "s", round(least.cpu, 2)),
        Row(f"{WHAT}: peak memory", round(best.memory), "MB", round(least.memory)),
    ]


def _environment(world: World) -> dict[str, str]:
    stacks, functions = world.client("cloudformation"), world.client("lambda")
    found = stacks.describe_stack_resource(StackName="ecs-gitops", LogicalResourceId=FUNCTION)
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    return {key: str(value) for key, value in variables.items()}


@contextmanager
def _replayed(tape: Path) -> Iterator[str]:
    """The URL of a process that answers as was recorded."""
    server = spawn("sandbox.bench.replay", str(tape))
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.kill()
        server.communicate()


def _run(kind: str, environment: Mapping[str, str], expected: str) -> Run:
    """One process from its start to its end. Raises RuntimeError when it says something else."""
    command = [sys.executable, "-m", "sandbox.bench.fleet_child", kind]
    begun = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    told, _, peak = said.partition("\n")
    if told != expected:
        raise RuntimeError(f"{kind} said {said!r} instead of {expected!r}")
    return Run(took, used.ru_utime + used.ru_stime, float(peak))
