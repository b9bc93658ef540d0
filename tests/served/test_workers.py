"""Functions in worker processes: warm, clean, killable, and gone with their parent."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.ground.timeline import Timeline
from sandbox.wires.interpreters import for_build, for_source
from sandbox.wires.invoke import Answer, Function, Request
from sandbox.wires.parts import Parts
from sandbox.wires.workers import Workers
from sandbox.world.world import World
from tests.contract.little_stack import LittleStack, write_functions

ROOT = Path(__file__).parents[2]
START = 1795405500.0
ROLE = "arn:aws:iam::123456789012:role/worker"
SHOWS = """
import os, sys, time
calls = []

def handler(event, context):
    print("hello")
    print("trouble", file=sys.stderr)
    calls.append(event)
    return {
        "calls": len(calls),
        "pid": os.getpid(),
        "now": time.time(),
        "names": sorted(os.environ),
        "path": sys.path,
        "left": context.get_remaining_time_in_millis(),
        "modules": sorted(m for m in sys.modules if m.split(".")[0] in ("sandbox", "moto", "boto3")),
    }
"""
HANGS = """
import time

def handler(event, context):
    print("going to sleep", flush=True)
    if event == "hang":
        time.sleep(600)
    return "awake"
"""


class Bench:
    """A pool of workers outside any world; invocations run to their end."""

    def __init__(self, folder: Path, workers: Workers) -> None:
        self.folder = folder
        self.workers = workers

    def invoke(self, event: Any = None, **more: Any) -> Answer:
        """One invocation of `app.handler` in the folder."""
        answers: list[Answer] = []
        self.workers(
            a_function(self.folder, **more), Request("id-1", json.dumps(event), START), answers.append
        )
        (answer,) = answers
        return answer

    def shows(self, **more: Any) -> dict[str, Any]:
        """The payload of an invocation that must go well."""
        answer = self.invoke(**more)
        assert answer.error == "", answer
        payload: dict[str, Any] = json.loads(answer.payload)
        return payload


def a_function(code: Path, **more: Any) -> Function:
    stated: dict[str, Any] = {
        "name": "f",
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "revision": "1",
        "handler": "app.handler",
        "code": code,
        "layers": (),
        "environment": {"GREETING": "hello"},
        "role": ROLE,
        "timeout": 60,
        "memory": 128,
        "log_group": "/aws/lambda/f",
    }
    return Function(**{**stated, **more})


@contextmanager
def bench(folder: Path, code: str, python: tuple[str, ...] | None = None) -> Iterator[Bench]:
    (folder / "app.py").write_text(textwrap.dedent(code))
    parts = Parts(Timeline(START), "123456789012", "us-east-1", endpoint="http://127.0.0.1:1")
    workers = Workers(parts, python or for_source())
    try:
        yield Bench(folder, workers)
    finally:
        workers.close()


def test_a_worker_stays_warm_and_holds_nothing_but_the_function(tmp_path: Path):
    with bench(tmp_path, SHOWS) as b:
        first, second = b.shows(), b.shows()
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"] != os.getpid()
    assert first["modules"] == []
    assert first["path"][0] == str(tmp_path)
    assert str(ROOT) not in first["path"]


def test_a_worker_sees_lambdas_environment_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("AWS_PROFILE", "HTTP_PROXY", "PYTHONPATH", "SECRET_OF_OURS"):
        monkeypatch.setenv(name, "nonsense")
    with bench(tmp_path, SHOWS) as b:
        names = set(b.shows()["names"])
    assert {"GREETING", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "AWS_LAMBDA_FUNCTION_NAME"} <= names
    assert not {"AWS_PROFILE", "HTTP_PROXY", "PYTHONPATH", "SECRET_OF_OURS", "HOME"} & names


def test_a_workers_clock_is_the_worlds(tmp_path: Path):
    with bench(tmp_path, SHOWS) as b:
        shown = b.shows()
    assert START <= shown["now"] < START + 60
    assert 0 < shown["left"] <= 60_000


def test_what_a_worker_prints_comes_with_the_answer(tmp_path: Path):
    with bench(tmp_path, SHOWS) as b:
        assert b.invoke().logs == "hello\ntrouble\n"


def test_a_changed_function_gets_a_new_worker(tmp_path: Path):
    with bench(tmp_path, SHOWS) as b:
        first, second = b.shows(), b.shows(revision="2")
        assert first["pid"] != second["pid"]
        assert b.workers.pids() == {"f": [second["pid"]]}


def test_a_function_that_takes_too_long_is_stopped_and_the_next_call_works(tmp_path: Path):
    with bench(tmp_path, HANGS) as b:
        late = b.invoke("hang", timeout=1)
        assert (late.error, late.logs) == ("Unhandled", "going to sleep\n")
        assert json.loads(late.payload)["errorType"] == "Sandbox.Timedout"
        assert "Task timed out after 1.00 seconds" in late.payload
        assert b.invoke("work").payload == '"awake"'


def test_a_worker_killed_between_calls_is_replaced(tmp_path: Path):
    with bench(tmp_path, SHOWS) as b:
        pid = b.shows()["pid"]
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert b.shows()["calls"] == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import nothing_of_that_name\n", "Runtime.ImportModuleError"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("def handler(event, context):\n    raise KeyError('k')\n", "KeyError"),
        ("import os\n\ndef handler(event, context):\n    os._exit(3)\n", "Runtime.ExitError"),
    ],
)
def test_a_function_that_fails_says_how(tmp_path: Path, code: str, kind: str):
    with bench(tmp_path, code) as b:
        answer = b.invoke()
    assert (answer.error, json.loads(answer.payload)["errorType"]) == ("Unhandled", kind)


def test_layers_come_from_source_or_from_a_build(tmp_path: Path):
    source, built = tmp_path / "source", tmp_path / "built" / "CoreLayer"
    for place, text in ((source, "source"), (built / "python", "built")):
        (place / "shared").mkdir(parents=True)
        (place / "shared" / "__init__.py").write_text(f"WHERE = {text!r}\n")
    code = "import shared\n\ndef handler(event, context):\n    return shared.WHERE\n"
    with bench(tmp_path, code) as b:
        assert b.invoke(layers=(source,)).payload == '"source"'
        assert b.invoke(layers=(built,), revision="2").payload == '"built"'


def test_a_build_runs_on_lambdas_python_with_nothing_installed(tmp_path: Path):
    code = """
    import importlib.util, sys

    def handler(event, context):
        return [list(sys.version_info[:2]), importlib.util.find_spec("boto3") is None]
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with bench(tmp_path, code, for_build(version, tmp_path)) as b:
        assert json.loads(b.invoke().payload) == [list(sys.version_info[:2]), True]


def test_a_build_that_keeps_the_clock_it_finds_keeps_the_worlds(tmp_path: Path):
    code = """
    import time

    def handler(event, context, clock=time.time):
        return clock()
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with bench(tmp_path, code, for_build(version, tmp_path)) as b:
        for _ in range(2):
            assert START <= float(b.invoke().payload) < START + 60


def test_a_missing_python_is_named(tmp_path: Path):
    with pytest.raises(RuntimeError, match=r"needs a Python 3\.99 that runs"):
        for_build("3.99", tmp_path)


PARENT = """
import sys
from pathlib import Path
from sandbox.ground.timeline import Timeline
from sandbox.wires.interpreters import for_source
from sandbox.wires.invoke import Request
from sandbox.wires.parts import Parts
from sandbox.wires.workers import Workers
from tests.served.test_workers import START, a_function

workers = Workers(Parts(Timeline(START), "123456789012", "us-east-1"), for_source())
workers(a_function(Path(sys.argv[1])), Request("1", "null", START), lambda answer: None)
print(workers.pids()["f"][0], flush=True)
sys.stdin.read()
"""


def test_workers_end_when_their_parent_is_killed(tmp_path: Path):
    (tmp_path / "app.py").write_text(SHOWS)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert parent.stdin
    assert parent.stdout
    pid = int(parent.stdout.readline())
    watch = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    if watch is not None:
        ended, _, _ = select.select([watch], [], [], 60)
        assert ended == [watch]
        os.close(watch)


CALLS_BACK = """
import json, os
import boto3

def handler(event, context):
    table = boto3.client("dynamodb")
    for record in event.get("Records", []):
        key = {"pk": {"S": record["body"]}}
        table.update_item(
            TableName=os.environ["TABLE"],
            Key=key,
            UpdateExpression="ADD handled :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        first = record["attributes"]["ApproximateReceiveCount"] == "1"
        if record["body"] == "die" and first:
            os.kill(os.getpid(), 9)
    return {"greeting": os.environ["GREETING"]}
"""


def handled(stack: LittleStack) -> dict[str, int]:
    """How often each message was handled, as the functions wrote it down."""
    items = stack.world.client("dynamodb").scan(TableName=stack.outputs["Table"])["Items"]
    return {item["pk"]["S"]: int(item["handled"]["N"]) for item in items}


@contextmanager
def served(folder: Path, speed: float = 1.0) -> Iterator[LittleStack]:
    write_functions(folder, CALLS_BACK)
    with World.served(speed=speed, tasks="simulated") as world:
        stack = LittleStack(world, folder)
        stack.deploy()
        yield stack


def test_an_api_call_waits_for_a_function_that_calls_the_api(tmp_path: Path):
    with served(tmp_path) as stack:
        answer = stack.world.client("lambda").invoke(FunctionName=stack.outputs["Worker"], Payload="{}")
        assert json.loads(answer["Payload"].read()) == {"greeting": "hello"}
        assert list(stack.world.wires.runner.pids()) == [stack.outputs["Worker"]]


def test_messages_are_handled_in_processes_of_their_own(tmp_path: Path):
    with served(tmp_path) as stack:
        stack.send("a", "1", "2")
        stack.send("b", "3")
        stack.world.until(lambda: len(handled(stack)) == 3, 60, "the messages")
        assert handled(stack) == {"1": 1, "2": 1, "3": 1}


def test_a_worker_killed_in_the_middle_loses_no_message(tmp_path: Path):
    with served(tmp_path, speed=20) as stack:
        stack.send("a", "die")
        stack.world.until(lambda: len(stack.ended()) == 2, 600, "the second try")
        assert handled(stack) == {"die": 2}
        first, second = stack.ended()
    assert json.loads(first["payload"])["errorMessage"].endswith(
        "Runtime exited with error: signal: killed"
    )
    assert second["error"] == ""


def test_all_workers_are_gone_when_the_world_ends(tmp_path: Path):
    with served(tmp_path) as stack:
        stack.world.client("lambda").invoke(FunctionName=stack.outputs["Worker"], Payload="{}")
        (pid,) = stack.world.wires.runner.pids()[stack.outputs["Worker"]]
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
