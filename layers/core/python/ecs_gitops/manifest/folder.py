"""A checked-out folder → the tree that a commit of it would give, for reading manifests without Git."""

from __future__ import annotations

import os
from pathlib import Path

from ecs_gitops.manifest.read import MAX_BYTES
from ecs_gitops.manifest.tree import Tree

WORKING_COPY = "working copy"


def tree_of(folder: Path, config_path: str) -> Tree:
    """Every file of `folder` below the first segment of `config_path`; symlinks are named, not followed.

    Of a file larger than a manifest may be only so much is read as shows that it is.
    """
    files: dict[str, bytes] = {}
    links: set[str] = set()
    for at, folders, names in os.walk(folder / config_path.split("/")[0]):
        for name in (*folders, *names):
            path = Path(at) / name
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink():
                links.add(relative)
            elif path.is_file():
                with path.open("rb") as file:
                    files[relative] = file.read(MAX_BYTES + 1)
        folders[:] = [name for name in folders if name != ".git"]
    return Tree(WORKING_COPY, files, frozenset(links))
