"""Which Python runs the functions: this one from source, Lambda's own version from a build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CHECK = "import sys; print('%d.%d' % sys.version_info[:2])"
CHECK_SECONDS = 60


def for_source() -> tuple[str, ...]:
    """This interpreter with what is installed in it, and with nothing of its user's environment."""
    return (sys.executable, "-I")


def for_build(version: str, folder: Path) -> tuple[str, ...]:
    """An interpreter of Lambda's version with nothing installed: all that a build needs is in the build.

    `folder`: the repository, whose `.venv-sam` is looked at first. Raises RuntimeError when none runs.
    """
    for candidate in _candidates(version, folder):
        if _runs(candidate, version):
            return (candidate, "-I", "-S")
    raise RuntimeError(
        f"a build for python{version} needs a Python {version} that runs: none in .venv-sam or on PATH"
    )


def _candidates(version: str, folder: Path) -> Iterator[str]:
    yield str(folder / ".venv-sam" / "bin" / "python")
    yield sys.executable
    for place in os.get_exec_path():
        found = shutil.which(f"python{version}", path=place)
        if found:
            yield found


def _runs(python: str, version: str) -> bool:
    """A name on PATH may be a shim that only says it cannot."""
    try:
        done = subprocess.run(
            [python, "-I", "-S", "-c", CHECK],
            capture_output=True,
            text=True,
            timeout=CHECK_SECONDS,
            check=False,
        )
    except OSError:
        return False
    return done.stdout.strip() == version
