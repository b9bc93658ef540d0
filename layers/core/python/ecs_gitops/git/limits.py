"""What reading a branch may cost, so that no repository and no host can fill a function's memory. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading, in bytes where nothing else is said.

    refs: what a host says of its branches and tags; names: how many it may name.
    pack: a fetch as it comes over the wire; objects: how many objects are in it.
    unpacked: all objects together as they are passed over, one piece at a time.
    whole: one object that is put together in memory; a larger one outside the folder is passed over.
    held: objects that others are stated as changes of, held while those are put together.
    trees: the folders of the whole commit.
    files: how many files, and how many folders, are below the folder that is read.
    content: those files together, each counted as far as a manifest may go.
    path, paths: characters of one path, and of all of them together.
    """

    refs: int = 8 * MIB
    names: int = 100_000
    pack: int = 64 * MIB
    objects: int = 200_000
    unpacked: int = 1024 * MIB
    whole: int = 8 * MIB
    held: int = 24 * MIB
    trees: int = 32 * MIB
    files: int = 20_000
    content: int = 48 * MIB
    path: int = 4096
    paths: int = 4 * MIB


ORDINARY = Limits()
"""Those of every install; `docs/operations.md` says them."""


class TooLargeError(Exception):
    """A limit is passed: says which, as the end of a sentence."""


class DamagedError(Exception):
    """What came is not what was sent, or was never well: says why, as the end of a sentence."""


class MissingError(Exception):
    """An object that others name did not come: its name, 40 hexadecimal digits."""
