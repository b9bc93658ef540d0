"""Where text goes: data to stdout, everything else to stderr."""

from __future__ import annotations

from rich.console import Console


def out() -> Console:
    """For data. Wraps nothing when it is piped."""
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    """For progress, notices and errors."""
    return Console(stderr=True, highlight=False, soft_wrap=True)
