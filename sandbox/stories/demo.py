"""The demo: a real push rolls a real site under load; a version that never gets well is rolled back."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import Record
from ecs_gitops.model.vocabulary import Outcome
from sandbox.ground.processes import ROOT, clean_environment
from sandbox.stories import load, load_report, scene
from sandbox.stories.scene import CLUSTER, SERVICE, Checkout, Scene
from sandbox.world.world import ACCOUNT, REGION, World

KEY = ServiceKey(CLUSTER, SERVICE)
MANIFEST = f"desired_state/{CLUSTER}/{SERVICE}.yaml"
MARKERS = {"v1": "version 1", "v2": "version 2"}
RATE = 60.0
BROKEN = "server {\n  listen 80;\n  location / {\n    root /srv/site;\n  }\n}\n"
LEAST_REQUESTS = 500
LIMIT = 1800.0
"""Seconds of the world that one rollout may take."""

Say = Callable[[str], None]


class DemoError(Exception):
    """The demo did not show what it is there to show."""


@dataclass(slots=True)
class Demo:
    """One run: a built scene, a person's clone, and somewhere to say what happens."""

    scene: Scene
    checkout: Checkout
    work: Path
    table: Table
    say: Say

    def roll_out(self, tag: str, message: str) -> str:
        """Push a manifest that names `tag`; the commit. Returns when the attempt has ended."""
        text = (ROOT / MANIFEST).read_text(encoding="utf-8")
        self.checkout.write(MANIFEST, text.replace("nginx}:1", f"nginx}}:{tag}"))
        begun = time.monotonic()
        commit = self.checkout.push(message)
        self.say(f"$ git push            # {commit[:8]} {message}")
        self.scene.world.until(lambda: self._ended(commit), LIMIT, f"the rollout of {commit[:8]}")
        record = self.record()
        assert record.attempt is not None
        took = time.monotonic() - begun
        self.say(f"  {record.attempt.outcome} after {took:.1f} s: {record.attempt.message}")
        return commit

    def record(self) -> Record:
        """What the controller remembers of the service."""
        return self.table.get(KEY)[1]

    def _ended(self, commit: str) -> bool:
        attempt, status = self.record().attempt, self.record().status
        return bool(
            attempt
            and attempt.commit == commit
            and attempt.outcome
            and status
            and status.desired_commit == commit
        )

    def expect(self, what: str, holds: object) -> None:
        """Raises DemoError when something that the demo shows does not hold."""
        if not holds:
            raise DemoError(f"{what} did not hold; the record is {self.record()}")

    def cli(self, *words: str) -> str:
        """Run the command line as a person would; its output."""
        done = subprocess.run(
            [sys.executable, "-c", "from ecs_gitops.cli.main import main; main()", *words],
            env={**clean_environment(), **self.scene.exports, "COLUMNS": "160"},
            cwd=self.checkout.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr


@contextmanager
def staged(say: Say, world: World, *, built: bool = False) -> Iterator[Demo]:
    """A demo on a built scene, with a clone of its config repository."""
    with tempfile.TemporaryDirectory(prefix="ecs-gitops-demo-") as folder:
        work = Path(folder)
        place = scene.build(world, built=built)
        client = world.client("cloudformation")
        outputs = client.describe_stacks(StackName=scene.STACK)["Stacks"][0]["Outputs"]
        name = next(each["OutputValue"] for each in outputs if each["OutputKey"] == "TableName")
        table = Table(world.client("dynamodb"), name, Install(scene.STACK, ACCOUNT, REGION))
        yield Demo(place, Checkout(place, work / "config"), work, table, say)


def run(demo: Demo) -> load_report.Report:
    """Version 1, version 2 under load, then one that never gets well. Raises DemoError."""
    say = demo.say
    pack(demo, "1", "version 1")
    demo.roll_out("1", "Run nginx")
    demo.expect("version 1 succeeded", _outcome(demo) is Outcome.SUCCEEDED)
    say(f"  the site answers at {demo.scene.site}")

    out = demo.work / "requests.jsonl"
    generator = load.start(demo.scene.site, out, rate=RATE, expect=MARKERS)
    say(f"  {RATE:g} requests a second from now on, half of them on new connections, none repeated")
    try:
        _under_load(demo, out)
    finally:
        load.stop(generator)
    report = load_report.report(out.read_text(encoding="utf-8").splitlines())
    say(f"  {report}")
    return report


def _under_load(demo: Demo, out: Path) -> None:
    demo.scene.world.until(lambda: _lines(out) >= RATE, LIMIT, "the load")
    pack(demo, "2", "version 2")
    demo.roll_out("2", "Say version 2")
    demo.expect("version 2 succeeded", _outcome(demo) is Outcome.SUCCEEDED)
    _pack_broken(demo, "3")
    commit = demo.roll_out("3", "Move the page")
    demo.expect("version 3 was rolled back", _outcome(demo) is Outcome.ROLLED_BACK)
    demo.expect("version 3 is quarantined", any(e.commit == commit for e in demo.record().quarantine))
    demo.say(f"$ ecs-gitops status {KEY}")
    for line in demo.cli("status", str(KEY)).splitlines():
        demo.say(f"  {line}")
    demo.scene.world.until(lambda: _lines(out) >= LEAST_REQUESTS, LIMIT, f"{LEAST_REQUESTS} requests")


def judge(report: load_report.Report) -> None:
    """Raises DemoError when the load did not show what it must, lost requests first."""
    if report.failed:
        raise DemoError(f"{report.requests} requests, {report.failed} failed")
    for what, holds in (
        (f"at least {LEAST_REQUESTS} requests", report.requests >= LEAST_REQUESTS),
        ("at least 50 requests a second", report.rate >= 50),
        ("both versions seen side by side", report.overlapped("v1", "v2")),
        ("half of the connections new", abs(report.new * 2 - report.requests) <= 2),
    ):
        if not holds:
            raise DemoError(f"{what}: not so in {report}")


def _outcome(demo: Demo) -> Outcome | None:
    attempt = demo.record().attempt
    return attempt.outcome if attempt else None


def pack(demo: Demo, tag: str, words: str) -> None:
    """Build and push nginx's folder under a tag, with a page that says `words`."""
    folder = scene.copy_of(ROOT / "nginx", demo.work / f"nginx-{tag}")
    page = folder / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("version 1", words), encoding="utf-8")
    scene.pack(demo.scene.world, folder, tag)
    demo.say(f"$ docker build, push   # {scene.IMAGE}:{tag}")


def _pack_broken(demo: Demo, tag: str) -> None:
    """A mistake anybody makes: nginx looks for the page where it is not, every answer is 404."""
    folder = scene.copy_of(ROOT / "nginx", demo.work / f"nginx-{tag}")
    (folder / "default.conf").write_text(BROKEN, encoding="utf-8")
    with (folder / "Dockerfile").open("a", encoding="utf-8") as dockerfile:
        dockerfile.write("COPY default.conf /etc/nginx/conf.d/\n")
    scene.pack(demo.scene.world, folder, tag)
    demo.say(f"$ docker build, push   # {scene.IMAGE}:{tag}, which looks for its page in the wrong folder")


def _lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n") if path.exists() else 0
