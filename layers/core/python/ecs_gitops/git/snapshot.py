"""A pack → the files of one folder of one commit.

Only folders, and the files that the one folder names, are ever held; all else is passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ecs_gitops.git.folder import Commit, Entry, below, commit_from
from ecs_gitops.git.limits import Limits, MissingError, TooLargeError
from ecs_gitops.git.pack import Object, Pack
from ecs_gitops.git.pack_index import Kind
from ecs_gitops.manifest.read import MAX_BYTES
from ecs_gitops.manifest.tree import Tree

_TOO_LARGE_FILE = bytes(MAX_BYTES + 1)
"""In place of a file that is too large to be put together: so much as shows that it is."""


def snapshot(data: bytes | bytearray, commit: str, prefix: str, limits: Limits) -> Tree:
    """The files below `prefix` ("" for all) of a commit (40 hexadecimal digits) that a pack brought.

    Of a file larger than a manifest may be only so much is kept as shows that it is. Raises
    TooLargeError, DamagedError, or MissingError when the pack lacks something that the folder names.
    """
    pack = Pack(data, limits)
    made, entries = _entries(pack, commit, prefix, limits)
    named = Counter(entry.name for entry in entries if entry.is_file)
    read = ((name, content[: MAX_BYTES + 1]) for name, content in pack.objects(Kind.BLOB, named))
    blobs = _kept(read, limits.content, f"the files below {prefix} take", named)
    for name in named.keys() - blobs.keys():
        if not pack.may_be_too_large(name):
            raise MissingError(name.hex())
        blobs[name] = _TOO_LARGE_FILE
    files = {entry.path: blobs[entry.name] for entry in entries if entry.is_file}
    links = frozenset(entry.path for entry in entries if not entry.is_file)
    return Tree(commit, files, links, made.parents)


def _entries(pack: Pack, commit: str, prefix: str, limits: Limits) -> tuple[Commit, list[Entry]]:
    """The commit, and what its folder names; of all other folders nothing is kept."""
    name = bytes.fromhex(commit)
    try:
        made = commit_from(dict(pack.objects(Kind.COMMIT, {name}))[name])
        trees = _kept(pack.objects(Kind.TREE), limits.trees, "its folders take")
        return made, list(below(trees, made.tree, prefix, limits))
    except KeyError as error:
        missing: bytes = error.args[0]
        if pack.may_be_too_large(missing):
            raise TooLargeError(f"one of its folders takes more than {limits.whole:,} bytes") from error
        raise MissingError(missing.hex()) from error


def _kept(
    objects: Iterable[Object], limit: int, what: str, times: Mapping[bytes, int] | None = None
) -> dict[bytes, bytes]:
    """Objects by their names, held together up to a limit; `times`: how often each one counts."""
    kept: dict[bytes, bytes] = {}
    size = 0
    for name, content in objects:
        if name in kept:
            continue
        size += len(content) * (times[name] if times else 1)
        if size > limit:
            raise TooLargeError(f"{what} more than {limit:,} bytes")
        kept[name] = content
    return kept
