"""Packs as no Git would write them: objects, changes of objects, and headers that lie."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from functools import cache

COMMIT, TREE, BLOB = b"commit", b"tree", b"blob"
KINDS = {COMMIT: 1, TREE: 2, BLOB: 3}
OFS, REF = 6, 7
MIB = 1024 * 1024


def name_of(kind: bytes, content: bytes) -> bytes:
    """What Git calls an object, 20 bytes."""
    return hashlib.sha1(b"%s %d\0" % (kind, len(content)) + content).digest()


def tree(entries: Mapping[str, bytes], mode: bytes = b"100644") -> bytes:
    """A folder's content: files, or folders where a name ends with a slash."""
    rows = [
        (b"40000" if name.endswith("/") else mode) + b" " + name.rstrip("/").encode() + b"\0" + sha
        for name, sha in sorted(entries.items())
    ]
    return b"".join(rows)


def number(value: int) -> bytes:
    """Seven bits a byte, lowest first."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def header(kind: int, size: int) -> bytes:
    """An object's kind and stated size."""
    first, rest = kind << 4 | size & 15, size >> 4
    return bytes([first | 128]) + number(rest) if rest else bytes([first])


@cache
def zeros(size: int) -> bytes:
    """So many zeros, compressed, without ever holding them."""
    stream = zlib.compressobj(1)
    found = [stream.compress(bytes(MIB)) for _ in range(size // MIB)]
    return b"".join([*found, stream.compress(bytes(size % MIB)), stream.flush()])


def copy(offset: int, size: int) -> bytes:
    """The step of a change that takes `size` bytes of its base."""
    return b"\xff" + offset.to_bytes(4, "little") + size.to_bytes(3, "little")


def delta(base: int, target: int, steps: Iterable[bytes]) -> bytes:
    """A change of an object of `base` bytes into one that is stated to be of `target` bytes."""
    return number(base) + number(target) + b"".join(steps)


class Craft:
    """A pack in the making."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._count = 0

    def raw(self, kind: int, size: int, compressed: bytes, base: bytes = b"") -> int:
        """An object as it stands in a pack, whatever it says of itself; its offset."""
        at = 12 + len(self._body)
        self._count += 1
        self._body += header(kind, size) + base + compressed
        return at

    def add(self, kind: bytes, content: bytes) -> bytes:
        """An honest object; its name."""
        self.raw(KINDS[kind], len(content), zlib.compress(content, 1))
        return name_of(kind, content)

    def change(self, base: int | bytes, steps: bytes) -> int:
        """A change of the object at an offset, or of that name; its offset."""
        if isinstance(base, bytes):
            return self.raw(REF, len(steps), zlib.compress(steps, 1), base)
        back = 12 + len(self._body) - base
        found = [back & 127]
        while back := back >> 7:
            back -= 1
            found.append(back & 127 | 128)
        return self.raw(OFS, len(steps), zlib.compress(steps, 1), bytes(reversed(found)))

    def commit(self, files: Mapping[str, bytes], **beside: bytes) -> str:
        """A commit whose folder `desired_state` names these blobs, with others beside it; its id."""
        folder = self.add(TREE, tree(files))
        return self.commit_of(self.add(TREE, tree({"desired_state/": folder, **beside})))

    def commit_of(self, root: bytes, *parents: str) -> str:
        """A commit of a root folder; its id."""
        said = [f"tree {root.hex()}", *(f"parent {parent}" for parent in parents), "", "A change\n"]
        return self.add(COMMIT, "\n".join(said).encode()).hex()

    def data(self, count: int | None = None) -> bytes:
        """The pack, with its checksum; `count` is what it says to hold, if not the truth."""
        found = self._count if count is None else count
        head = b"PACK\0\0\0\2" + found.to_bytes(4, "big")
        whole = head + self._body
        return bytes(whole + hashlib.sha1(whole).digest())
