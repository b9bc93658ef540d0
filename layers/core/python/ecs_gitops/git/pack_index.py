"""A pack → where each object stands in it, what it is and what it rests on, in one pass over it.

Nothing is kept of what is inflated: an object's name is computed piece by piece.
"""

from __future__ import annotations

import hashlib
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from enum import IntEnum

from ecs_gitops.git.limits import DamagedError, Limits, TooLargeError

NAME = 20
"""Bytes of an object's name, and of the checksum at a pack's end."""

_HEADER = 12
_SLICE = 16 * 1024
"""Bytes of a pack that are handed to zlib at once: what it was handed in vain is copied."""
_PIECE = 64 * 1024
_LONGEST_NUMBER = 10
"""Bytes of a number, seven bits in each: more than any size takes."""


class Kind(IntEnum):
    """What a pack says that an object is; the last two are changes of another one."""

    COMMIT = 1
    TREE = 2
    BLOB = 3
    TAG = 4
    OFS_DELTA = 6
    REF_DELTA = 7


class PackIndex:
    """Every object of a pack by its place in it, counted from 0.

    Columns instead of values: two hundred thousand objects take some ten megabytes.
    """

    def __init__(self, data: bytes | bytearray, limits: Limits) -> None:
        """Raises DamagedError, or TooLargeError before more is inflated than the limits allow."""
        self._data = memoryview(data)
        self._limits = limits
        self._unpacked = 0
        self._offsets = array("Q")
        self._starts = array("Q")
        self._first = array("l")
        self._after = array("l")
        self._on_name: dict[bytes, int] = {}
        self._names = bytearray()
        self.sizes = array("Q")
        self.kinds = bytearray()
        self._survey(self._count())

    def name(self, at: int) -> bytes:
        """The name of an object that is stated whole."""
        return bytes(self._names[at * NAME : (at + 1) * NAME])

    def has_deltas(self, at: int, name: bytes) -> bool:
        """Whether some object is stated as a change of this one."""
        return self._first[at] >= 0 or name in self._on_name

    def deltas(self, at: int, name: bytes) -> list[int]:
        """The objects stated as changes of this one; those that others rest on in turn come first."""
        chains = self._first[at], self._on_name.get(name, -1)
        found = [each for chain in chains for each in self._chain(chain)]
        return sorted(found, key=lambda each: self._first[each] < 0)

    def content(self, at: int) -> bytes:
        """What an object's stream inflates to; its stated size was found true."""
        pieces: list[bytes] = []
        inflate(self._data, self._starts[at], self.sizes[at], pieces.append)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def spend(self, size: int) -> None:
        """Count bytes that are about to be inflated or put together."""
        self._unpacked += size
        if self._unpacked > self._limits.unpacked:
            raise TooLargeError(f"it unpacks to more than {self._limits.unpacked:,} bytes")

    def _count(self) -> int:
        """How many objects are stated; the checksum is that of what came."""
        data = self._data
        if len(data) < _HEADER + NAME or bytes(data[:8]) not in (b"PACK\0\0\0\2", b"PACK\0\0\0\3"):
            raise DamagedError("it is no pack")
        body = data[: len(data) - NAME]
        if hashlib.sha1(body, usedforsecurity=False).digest() != bytes(data[len(data) - NAME :]):
            raise DamagedError("its checksum is another one")
        count = int.from_bytes(data[8:_HEADER], "big")
        if count > self._limits.objects:
            raise TooLargeError(f"it holds more than {self._limits.objects:,} files and folders")
        return count

    def _survey(self, count: int) -> None:
        at, end = _HEADER, len(self._data) - NAME
        for _ in range(count):
            at = self._look(at)
        if at != end:
            raise DamagedError("it ends elsewhere than it says")
        del self._offsets

    def _look(self, offset: int) -> int:
        """Take in the object at an offset; the offset of the next."""
        first, start = _number(self._data, offset)
        kind, size = first >> 4 & 7, first & 15 | first >> 7 << 4
        index = len(self.kinds)
        self._offsets.append(offset)
        self._first.append(-1)
        self._after.append(-1)
        name = b""
        if kind == Kind.OFS_DELTA:
            distance, start = _distance(self._data, start)
            self._rest_on(index, self._index_at(offset - distance))
        elif kind == Kind.REF_DELTA:
            name, start = bytes(self._data[start : start + NAME]), start + NAME
            self._after[index] = self._on_name.get(name, -1)
            self._on_name[name] = index
        elif kind not in (Kind.COMMIT, Kind.TREE, Kind.BLOB, Kind.TAG):
            raise DamagedError(f"an object is of kind {kind}")
        self.spend(size)
        self.kinds.append(kind)
        self.sizes.append(size)
        self._starts.append(start)
        if kind in (Kind.OFS_DELTA, Kind.REF_DELTA):
            self._names += bytes(NAME)
            return inflate(self._data, start, size, _drop)
        hashed = named(kind, size)
        end = inflate(self._data, start, size, hashed.update)
        self._names += hashed.digest()
        return end

    def _index_at(self, offset: int) -> int:
        found = bisect_left(self._offsets, max(offset, 0))
        if found >= len(self._offsets) - 1 or self._offsets[found] != offset:
            raise DamagedError("an object rests on none")
        return found

    def _rest_on(self, index: int, base: int) -> None:
        self._after[index] = self._first[base]
        self._first[base] = index

    def _chain(self, index: int) -> Iterator[int]:
        while index >= 0:
            yield index
            index = self._after[index]


def named(kind: int, size: int) -> hashlib._Hash:
    """What an object's name is the digest of, up to its content."""
    header = f"{Kind(kind).name.lower()} {size}\0".encode()
    return hashlib.sha1(header, usedforsecurity=False)  # it names, and proves nothing


def inflate(data: memoryview, at: int, size: int, take: Callable[[bytes], object]) -> int:
    """Hand out the stream at an offset, stated to be of `size` bytes, in pieces; the offset of its end.

    Raises DamagedError as soon as it is more, or when it ends before.
    """
    stream, waiting, left = zlib.decompressobj(), data[:0], size
    try:
        while not stream.eof:
            if not waiting:
                waiting = data[at : at + _SLICE]
                at += len(waiting)
                if not waiting:
                    raise DamagedError("it ends in the middle of an object")
            piece = stream.decompress(waiting, min(_PIECE, left + 1))
            waiting = memoryview(stream.unconsumed_tail)
            left -= len(piece)
            if left < 0:
                raise DamagedError("an object is larger than it says")
            if piece:
                take(piece)
    except zlib.error as error:
        raise DamagedError(str(error)) from error
    if left:
        raise DamagedError("an object is smaller than it says")
    return at - len(stream.unused_data)


def _drop(piece: bytes) -> None:
    pass


def _number(data: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and where it ends."""
    value = 0
    for shift, byte in enumerate(data[at : at + _LONGEST_NUMBER]):
        value |= (byte & 127) << shift * 7
        if byte < 128:
            return value, at + shift + 1
    raise DamagedError("a size has no end")


def _distance(data: memoryview, at: int) -> tuple[int, int]:
    """How far back an object's base stands, highest bits first, and where that number ends."""
    value = -1
    for count, byte in enumerate(data[at : at + _LONGEST_NUMBER]):
        value = (value + 1) << 7 | byte & 127
        if byte < 128:
            return value, at + count + 1
    raise DamagedError("a distance has no end")
