"""What the demo shows: lines on a terminal, and the same as a picture for the README."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

STYLES = (("$ ", "bold cyan"), ("demo: ok", "bold green"), ("demo: failed", "bold red"))


class Picture:
    """A console that remembers what it said when a file is named."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._console = Console(
            record=file is not None, highlight=False, soft_wrap=file is None, width=_width(file)
        )

    def line(self, text: str) -> None:
        """Show one line, at once."""
        style = next((style for start, style in STYLES if text.startswith(start)), "")
        self._console.print(Text(text, style=style))
        self._console.file.flush()

    def save(self) -> None:
        """Write the picture, if one was asked for."""
        if self._file is not None:
            self._file.write_text(self._console.export_svg(title="make demo"), encoding="utf-8")


def _width(file: Path | None) -> int | None:
    return 120 if file is not None else None
