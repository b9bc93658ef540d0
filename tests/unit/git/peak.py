"""Run as a process: reads a pack from a file as `config_push` would, and writes how much memory that took.

Writes JSON: outcome (an error's name and text, or the paths and sizes of files), more (bytes above rest).
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from ecs_gitops.git.limits import DamagedError, Limits, MissingError, TooLargeError
from ecs_gitops.git.snapshot import snapshot


def peak() -> int:
    """The most memory that this process ever took, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says here includes the process that started this one
        (line,) = [each for each in status.read_text().splitlines() if each.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def read(path: str, commit: str, *without: str) -> object:
    """What became of it; `without` anything, no object is too large."""
    limits = Limits(whole=1 << 40) if without else Limits()
    data = bytearray()
    with Path(path).open("rb") as file:
        while piece := file.read(65_515):  # as the wire gives it
            data.extend(piece)
    try:
        tree = snapshot(data, commit, "desired_state", limits)
    except (TooLargeError, DamagedError, MissingError) as error:
        return f"{type(error).__name__}: {error}"
    return {path: len(content) for path, content in tree.files.items()}


if __name__ == "__main__":
    rest = peak()
    outcome = read(*sys.argv[1:])
    sys.stdout.write(json.dumps({"outcome": outcome, "more": peak() - rest}))
