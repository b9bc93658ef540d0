"""Where text goes: data to stdout, everything else to stderr."""

from __future__ import annotations

import sys

from rich.console import Console

PIPED_WIDTH = 10_000
"""Columns when nobody looks: a line stays a line."""


def out() -> Console:
    """For data. Wraps nothing when it is piped."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(highlight=False, soft_wrap=True, width=width)


def err() -> Console:
    """For progress, notices and errors."""
    return Console(stderr=True, highlight=False, soft_wrap=True)
