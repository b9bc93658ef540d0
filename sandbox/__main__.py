"""`python -m sandbox <verb>`: what people run, and the only place of the sandbox that prints."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from sandbox.ground.processes import clean_environment

SPEED = 10.0
"""Seconds of the world in one of ours: what takes AWS minutes is watched in seconds."""
PORT, SITE = 4599, 4580


def main(words: Sequence[str]) -> int:
    """Exit code: 0 when it did what it is for, 1 when not."""
    options = _arguments(words)
    _forget_the_user()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        return VERBS[options.verb](options)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    demo = verbs.add_parser("demo", help="a push rolls a site under load; a bad version is rolled back")
    demo.add_argument(
        "--break", dest="broken", choices=["drain"], help="the control: this must lose requests"
    )
    demo.add_argument("--record", type=Path, help="keep what was shown as an SVG picture")
    up = verbs.add_parser("up", help="a world to play with until ctrl-C")
    up.add_argument(
        "--port", type=int, default=PORT, help="the next free one is taken when this one is not"
    )
    corpus = verbs.add_parser("drift-corpus", help="false drift over a folder of real ECS definitions")
    corpus.add_argument("folder", type=Path)
    verbs.add_parser(
        "fidelity", help="show what the sandbox's ECS refuses, and that it answers what it was asked"
    )
    run = verbs.add_parser(
        "sim",
        help="random stories under mixed faults, each judged by what happened",
        description="Play random stories of pushes, failures and people's hands while calls, events and "
        "tasks go wrong, and judge what the controller says of each rollout against what ECS did. A seed "
        "is one story, always the same. Exit code 1 when one came out wrong, or when a thousand or more "
        "did not try every kind of fault and outcome often enough.",
    )
    run.add_argument("--seeds", type=int, default=1000, help="how many stories (default: 1000)")
    run.add_argument("--first", type=int, default=0, help="the first one's seed; one alone: --seeds 1")
    measure = verbs.add_parser("bench", help="measure, beside a floor from the same run")
    measure.add_argument("--out", type=Path, required=True)
    for verb in (demo, up):
        verb.add_argument("--built", action="store_true", help="run the functions from .aws-sam/build")
    return parser.parse_args(words)


def _forget_the_user() -> None:
    """No AWS profile, proxy or Python setting of the user's reaches anything that starts here."""
    kept = clean_environment()
    for name in (
        set(os.environ) - set(kept) - {"HOME", "TERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"}
    ):
        del os.environ[name]
    nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    os.environ.update(nowhere, AWS_EC2_METADATA_DISABLED="true")


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _demo(options: argparse.Namespace) -> int:
    from sandbox.stories import demo
    from sandbox.stories.picture import Picture
    from sandbox.world.world import World

    shown = Picture(options.record)
    report = None
    with contextlib.ExitStack() as stack:
        shown.line(
            "building a one-machine AWS: network, load balancer, cluster, the controller's own template"
        )
        drains = options.broken != "drain"
        world = stack.enter_context(World.served(speed=SPEED, built=options.built, drains=drains))
        stage = stack.enter_context(demo.staged(shown.line, world, built=options.built))
        try:
            report = demo.run(stage)
            demo.judge(report)
        except (demo.DemoError, TimeoutError) as error:
            shown.line(f"demo: failed — {error}")
            return 1
    shown.line(f"demo: ok — {report.requests} requests, {report.failed} failed")
    shown.save()
    return 0


def _up(options: argparse.Namespace) -> int:
    from sandbox.stories import playground
    from sandbox.world.world import World

    with World.served(speed=SPEED, port=options.port, site=SITE, built=options.built) as world:
        for line in playground.build(world, SPEED, built=options.built):
            print(line, flush=True)
        threading.Event().wait()
    return 0


def _bench(options: argparse.Namespace) -> int:
    from sandbox.bench import measure

    results = measure.measure(lambda line: print(line, file=sys.stderr, flush=True))
    measure.write(results, options.out)
    for line in measure.table(results):
        print(line)
    return 0


def _drift_corpus(options: argparse.Namespace) -> int:
    from sandbox.proofs.corpus import report

    if not options.folder.is_dir():
        print(f"there is no folder {options.folder}", file=sys.stderr)
        return 1
    counts = report.run(options.folder, print)
    return 1 if counts[report.DRIFT] else 0


def _fidelity(_: argparse.Namespace) -> int:
    from sandbox.proofs.fidelity import report

    return 1 if report.run(print) else 0


def _sim(options: argparse.Namespace) -> int:
    from sandbox.proofs.sim import run

    well = run.run(options.first, options.seeds, lambda line: print(line, flush=True))
    return 0 if well else 1


VERBS = {
    "demo": _demo,
    "up": _up,
    "bench": _bench,
    "drift-corpus": _drift_corpus,
    "fidelity": _fidelity,
    "sim": _sim,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
