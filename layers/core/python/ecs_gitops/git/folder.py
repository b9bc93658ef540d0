"""Commits and folders as Git writes them → the paths below one folder of a commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from ecs_gitops.git.limits import DamagedError, Limits, TooLargeError
from ecs_gitops.git.pack_index import NAME


class Entry(NamedTuple):
    """What is at a path: its object's name (20 bytes), and whether that is a file; a link otherwise."""

    path: str
    name: bytes
    is_file: bool


@dataclass(frozen=True, slots=True)
class Commit:
    """tree: its root folder's name (20 bytes). parents: commits, 40 hexadecimal digits each."""

    tree: bytes
    parents: tuple[str, ...]


def commit_from(content: bytes) -> Commit:
    """Raises DamagedError when it is none."""
    lines = content.partition(b"\n\n")[0].split(b"\n")
    said = [line.partition(b" ") for line in lines]
    try:
        (tree,) = [bytes.fromhex(value.decode()) for word, _, value in said if word == b"tree"]
        parents = tuple(value.decode() for word, _, value in said if word == b"parent")
    except ValueError as error:
        raise DamagedError("a commit names no folder") from error
    return Commit(tree, parents)


def below(trees: Mapping[bytes, bytes], root: bytes, prefix: str, limits: Limits) -> Iterator[Entry]:
    """Files and links below `prefix` ("" for all); a link on the way to it is given as itself.

    trees: every folder's content by its name. Raises KeyError with the name of one that is not there,
    TooLargeError when there is more than `limits` allow, however few folders say so.
    """
    steps = [step for step in prefix.split("/") if step]
    waiting = [(root, "", 0)]
    files = folders = said = 0
    while waiting:
        tree, at, depth = waiting.pop()
        folders += 1
        for mode, text, name in _entries(trees[tree]):
            if depth < len(steps) and text != steps[depth]:
                continue
            path = f"{at}{text}"
            said += len(path)
            if len(path) > limits.path:
                raise TooLargeError(f"a path below {prefix} is longer than {limits.path:,} characters")
            if said > limits.paths:
                raise TooLargeError(f"the paths below {prefix} take more than {limits.paths:,} characters")
            if S_ISDIR(mode):
                waiting.append((name, f"{path}/", depth + 1))
            else:
                files += 1
                yield Entry(path, name, S_ISREG(mode))
            if files > limits.files:
                raise TooLargeError(f"there are more than {limits.files:,} files below {prefix}")
            if folders + len(waiting) > limits.files:
                raise TooLargeError(f"there are more than {limits.files:,} folders below {prefix}")


def _entries(tree: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Mode, name in the folder, and object of each entry."""
    at = 0
    while at < len(tree):
        end = tree.find(b"\0", at)
        mode, _, name = tree[at:end].partition(b" ")
        at = end + 1 + NAME
        if end < 0 or at > len(tree) or not name or not mode or mode.strip(b"01234567"):
            raise DamagedError("a folder is not written as one")
        yield int(mode, 8), name.decode("utf-8", "surrogateescape"), tree[end + 1 : at]
