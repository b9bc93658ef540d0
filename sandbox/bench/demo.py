"""How long the demo takes, from the command to its last line."""

from __future__ import annotations

import subprocess
import sys
import time

from sandbox.bench.row import Row, Say
from sandbox.ground.processes import ROOT, clean_environment

GOAL = 120.0
"""Seconds somebody will watch before they have seen it work."""


def measure(say: Say) -> list[Row]:
    """Run it as `make demo` does. Raises RuntimeError with its last words when it fails."""
    say("bench: the demo")
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "demo"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"the demo failed: {(done.stdout + done.stderr)[-2000:]}")
    return [Row("demo, from the command to its end", round(took, 1), "s", goal=GOAL)]
