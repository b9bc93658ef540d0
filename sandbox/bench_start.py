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

from sandbox.bench_push import Recording
from sandbox.bench_row import Row, Say
from sandbox.tasks.child import ROOT, spawn
from sandbox.wires.interpreters import for_build

BUILD = ROOT / ".aws-sam" / "build"
LAYERS = ("CoreLayer", "DependenciesLayer")
CHILD = Path(__file__).with_name("bench_child.py")
PYTHON = "3.13"
BARE = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""boto3 and all that it needs: nothing of it is compiled for one version of Python."""
PAIRS = 15
WARMING = 2
"""Starts that are not counted: they write the compiled files that later ones read."""


def measure(recording: Recording, say: Say) -> list[Row]:
    """Raises RuntimeError when there is no build, or a start ends without its answer."""
    say("bench: from the start of a process to its answer")
    if not BUILD.is_dir():
        raise RuntimeError("there is no build to start: run `make build`")
    with tempfile.TemporaryDirectory(prefix="ecs-gitops-bench-") as folder, served(recording) as url:
        python = (*for_build(PYTHON, ROOT), "-X", f"pycache_prefix={folder}/compiled")
        bare = [*python, str(CHILD), "bare", str(_boto3(Path(folder)))]
        ours = [*python, str(CHILD), "function", *_function(recording.event)]
        environment = {**recording.environment, **_surroundings(url)}
        times = _alternated((ours, bare), environment)
    return _rows(*(median(each) for each in times))


def _rows(ours: float, bare: float) -> list[Row]:
    what = "start of a process to the answer of a push's event"
    return [
        Row(f"{what}, against bare boto3", round(ours / bare, 2), "×", floor=1.0, goal=1.0),
        Row(what, round(ours * 1000), "ms", floor=round(bare * 1000)),
    ]


def _alternated(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str]
) -> tuple[list[float], ...]:
    times: tuple[list[float], ...] = tuple([] for _ in commands)
    for _ in range(WARMING + PAIRS):
        for command, found in zip(commands, times, strict=True):
            found.append(_seconds(command, environment))
    return tuple(found[WARMING:] for found in times)


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
    server = spawn("sandbox.bench_recorded")
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


def _surroundings(url: str) -> dict[str, str]:
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
