"""`make sandbox` from outside: what it prints is all that a person needs."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.ground.processes import ROOT, clean_environment

GUARD = 240.0  # seconds of the wall
FILE = "desired_state/handson/nginx.yaml"
ASK = """
import boto3
found = boto3.client("ecs").describe_services(cluster="handson", services=["nginx"])
print(found["services"][0]["runningCount"])
print(boto3.client("sts").get_caller_identity()["Account"])
"""


@dataclass
class Sandbox:
    """A running sandbox, known by what it printed alone."""

    process: subprocess.Popen[str]
    lines: list[str]

    @property
    def exports(self) -> Mapping[str, str]:
        """What a person pastes into another terminal."""
        words = [shlex.split(line)[1] for line in self.lines if line.startswith("export AWS_")]
        words += [shlex.split(line)[1] for line in self.lines if line.startswith("export CONFIG")]
        return dict(word.split("=", 1) for word in words)

    @property
    def site(self) -> str:
        """Where a browser goes."""
        return next(line.split()[-1] for line in self.lines if line.startswith("the site"))

    def page(self) -> str:
        """What a browser sees."""
        with urllib.request.urlopen(self.site, timeout=60) as answer:
            return str(answer.read().decode())

    def until_page_says(self, words: str) -> None:
        """Look at the page again and again."""
        end, pause = time.monotonic() + GUARD, threading.Event()
        while words not in self.page():
            assert time.monotonic() < end, f"the page never said {words}"
            pause.wait(0.1)

    def run(self, *command: str, at: Path) -> str:
        """A command in the other terminal."""
        environment = {
            **clean_environment(),
            **self.exports,
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": str(at),
        }
        done = subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def a_sandbox() -> Iterator[Sandbox]:
    """`python -m sandbox up`, ended by ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "up", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean_environment(),
        start_new_session=True,
    )
    assert process.stdout is not None
    sandbox = Sandbox(process, [])
    try:
        for line in process.stdout:
            sandbox.lines.append(line.rstrip())
            if line.startswith("ctrl-C"):
                break
        assert process.poll() is None, "\n".join(sandbox.lines)
        yield sandbox
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GUARD)
        finally:
            process.kill()
            process.stdout.close()


def test_git_an_aws_client_and_a_browser_work_with_what_it_prints(tmp_path: Path) -> None:
    with a_sandbox() as sandbox:
        assert "version 1" in sandbox.page()
        assert sandbox.run(sys.executable, "-c", ASK, at=tmp_path).split() == ["2", "123456789012"]
        sandbox.run("git", "clone", "--quiet", sandbox.exports["CONFIG_REPOSITORY"], "config", at=tmp_path)
        clone = tmp_path / "config"
        text = (clone / FILE).read_text()
        (clone / FILE).write_text(re.sub(r"nginx}:1\b", "nginx}:2", text))
        person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        sandbox.run("git", *person, "commit", "--quiet", "--all", "--message", "Say 2", at=clone)
        sandbox.run("git", "push", "--quiet", at=clone)
        sandbox.until_page_says("version 2")
        cli = (sys.executable, "-c", "from ecs_gitops.cli.main import main; main()")
        said = sandbox.run(*cli, "status", "handson/nginx", at=clone)
        assert said.splitlines()[0].startswith("handson/nginx  Synced Healthy: ECS runs commit ")
        other = sandbox.process
    assert other.returncode == 130
