"""From the start of a process to the answer of one real event, beside a bare boto3 function.

Both by Lambda's own Python, ours from the build, both against a server that only sends recorded bytes;
started in turn, so that whatever the machine does meanwhile meets both.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from sandbox.bench.recording import Recording, told_actions
from sandbox.bench.row import Row, Say
from sandbox.ground.processes import ROOT, spawn
from sandbox.wires.interpreters import for_build

BUILD = ROOT / ".aws-sam" / "build"
LAYERS = ("CoreLayer", "DependenciesLayer")
CHILD = Path(__file__).with_name("child.py")
PYTHON = "3.13"
BARE = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""boto3 and all that it needs: nothing of it is compiled for one version of Python."""
PAIRS = 21
WARMING = 2
"""Starts that are not counted: they write the compiled files that later ones read."""


def measure(recording: Recording, say: Say) -> list[Row]:
    """Rows of one turn. Raises RuntimeError when there is no build, or a start does something else."""
    requests = len(recording.answers)
    what = f"start of a process to the answer of an event ({recording.cause}, {requests} requests)"
    say(f"bench: {what}")
    if not BUILD.is_dir():
        raise RuntimeError("there is no build to start: run `make build`")
    with tempfile.TemporaryDirectory(prefix="ecs-gitops-bench-") as folder, served(recording) as url:
        python = (*for_build(PYTHON, ROOT), "-X", f"pycache_prefix={folder}/compiled")
        bare = [*python, str(CHILD), "bare", str(_boto3(Path(folder)))]
        ours = [*python, str(CHILD), "function", *_function(recording.event)]
        environment = {**recording.environment, **surroundings(url)}
        _check(ours, environment, recording.actions)
        pairs = list(_alternated((ours, bare), environment))
    return _rows(what, pairs, goal=None if recording.actions else 1.0)


def _check(command: Sequence[str], environment: Mapping[str, str], actions: tuple[str, ...]) -> None:
    """What is measured does what was recorded."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    try:
        told = told_actions(done.stdout.splitlines())
    except LookupError as error:
        raise RuntimeError(f"the function failed: {done.stdout[-2000:]}{done.stderr[-2000:]}") from error
    if told != actions:
        raise RuntimeError(f"the function did {told} instead of {actions}")


def _rows(what: str, pairs: Sequence[tuple[float, float]], goal: float | None) -> list[Row]:
    """From the seconds of ours and of the bare one, started one right after the other."""
    ratio = median(ours / bare for ours, bare in pairs)
    ours, bare = (median(each) for each in zip(*pairs, strict=True))
    return [
        Row(f"{what}, against bare boto3", round(ratio, 2), "×", floor=1.0, goal=goal),
        Row(what, round(ours * 1000), "ms", floor=round(bare * 1000)),
    ]


def _alternated(
    commands: tuple[Sequence[str], Sequence[str]], environment: Mapping[str, str]
) -> Iterator[tuple[float, float]]:
    """Seconds of each, in turn; the turn to be first goes round too."""
    for at in range(WARMING + PAIRS):
        seconds = [_seconds(command, environment) for command in commands[:: 1 if at % 2 else -1]]
        first, second = seconds[:: 1 if at % 2 else -1]
        if at >= WARMING:
            yield first, second


def _seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            if line.startswith("answered "):
                took = time.perf_counter() - begun
                process.kill()
                return took
            said.append(line)
    raise RuntimeError(f"{command[-1]} did not answer: {''.join(said)[-2000:]}")


@contextmanager
def served(recording: Recording) -> Iterator[str]:
    """The URL of a server that answers as was recorded."""
    server = spawn("sandbox.bench.recorded")
    try:
        assert server.stdin is not None
        assert server.stdout is not None
        answers = {name: body.decode() for name, body in recording.answers.items()}
        server.stdin.write(json.dumps(answers).encode() + b"\n")
        server.stdin.flush()
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.kill()
        server.communicate()


def _function(event: str) -> list[str]:
    layers = ":".join(str(BUILD / layer / "python") for layer in LAYERS)
    return [layers, str(BUILD / "ReconcilerFunction"), event]


def _boto3(folder: Path) -> Path:
    """A folder that holds boto3 and what it needs, and nothing else."""
    bare = folder / "bare"
    bare.mkdir()
    for name in BARE:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        found = origin.parent if spec.submodule_search_locations else origin
        (bare / found.name).symlink_to(found)
    return bare


def surroundings(url: str) -> dict[str, str]:
    """What a process needs to reach one server alone, and nothing of the user's."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": "reconciler",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
    }
