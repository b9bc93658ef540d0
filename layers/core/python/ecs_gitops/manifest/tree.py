"""The files of one commit, as the manifests' loader sees them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tree:
    """Every file below the first segment of `ConfigPath` at one commit.

    files: path from the root of the repository → content.
    links: paths of symlinks and submodules; nothing at or below them can be read.
    parents: the commits that this one was made from.
    """

    commit: str
    files: Mapping[str, bytes]
    links: frozenset[str] = frozenset()
    parents: tuple[str, ...] = ()

    def hides(self, path: str) -> bool:
        """Whether `path` is, or lies below, a symlink or submodule: unreadable, hence never absent."""
        if not self.links:
            return False
        steps = path.split("/")
        return any("/".join(steps[: n + 1]) in self.links for n in range(len(steps)))
