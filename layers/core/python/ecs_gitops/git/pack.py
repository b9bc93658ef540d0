"""A pack → its objects of a kind, one at a time; what is too large is passed over."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dulwich.errors import ApplyDeltaError
from dulwich.pack import apply_delta

from ecs_gitops.git.limits import DamagedError, Limits, TooLargeError
from ecs_gitops.git.pack_index import Kind, PackIndex, named

Object = tuple[bytes, bytes]
"""An object's name (20 bytes) and its content."""


class Pack:
    """What a fetch brought, its checksum verified."""

    def __init__(self, data: bytes | bytearray, limits: Limits) -> None:
        """Raises DamagedError or TooLargeError."""
        self._index = PackIndex(data, limits)
        self._limits = limits
        self._large: set[bytes] = set()
        self._is_part_unnamed = False

    def may_be_too_large(self, name: bytes) -> bool:
        """Whether an object that was asked for and not given may be there, too large to be put together.

        Of one that is stated as a change of another, no name is known before it is put together.
        """
        return name in self._large or self._is_part_unnamed

    def objects(self, kind: Kind, wanted: Collection[bytes] | None = None) -> Iterator[Object]:
        """All objects of a kind, or those that are wanted; nothing of an earlier one is kept here.

        Raises DamagedError or TooLargeError.
        """
        index = self._index
        for at, found in enumerate(index.kinds):
            if found != kind:
                continue
            name = index.name(at)
            is_wanted = wanted is None or name in wanted
            has_deltas = index.has_deltas(at, name)
            if index.sizes[at] > self._limits.whole:
                self._is_part_unnamed |= has_deltas
                if is_wanted:
                    self._large.add(name)
            elif has_deltas:
                yield from self._with_deltas(kind, at, name, wanted)
            elif is_wanted:
                yield name, index.content(at)

    def _with_deltas(
        self, kind: Kind, at: int, name: bytes, wanted: Collection[bytes] | None
    ) -> Iterator[Object]:
        """An object, and all that are stated as changes of it, directly or not.

        Of a chain only what others still rest on is held.
        """
        content = self._index.content(at)
        if wanted is None or name in wanted:
            yield name, content
        bases = [(content, self._index.deltas(at, name))]
        held = len(content)
        while bases:
            content, waiting = bases[-1]
            child = waiting.pop()
            if not waiting:
                held -= len(bases.pop()[0])
            changed = self._changed(content, child)
            if changed is None:
                self._is_part_unnamed = True
                continue
            hashed = named(kind, len(changed))
            hashed.update(changed)
            name = hashed.digest()
            if wanted is None or name in wanted:
                yield name, changed
            if self._index.has_deltas(child, name):
                bases.append((changed, self._index.deltas(child, name)))
                held += len(changed)
            if held > self._limits.held:
                raise TooLargeError(f"what its objects rest on takes more than {self._limits.held:,} bytes")

    def _changed(self, base: bytes, at: int) -> bytes | None:
        """An object that is stated as a change of a base; None when it is too large."""
        if self._index.sizes[at] > self._limits.whole:
            return None
        delta = self._index.content(at)
        _, start = _size(delta, 0)
        size, _ = _size(delta, start)
        if size > self._limits.whole:
            return None
        self._index.spend(size)
        try:
            return b"".join(apply_delta(base, delta))
        except (ApplyDeltaError, ValueError) as error:
            raise DamagedError(str(error)) from error


def _size(delta: bytes, at: int) -> tuple[int, int]:
    """A size at a change's beginning, and where it ends."""
    value = 0
    for shift, byte in enumerate(delta[at : at + 10]):
        value |= (byte & 127) << shift * 7
        if byte < 128:
            return value, at + shift + 1
    raise DamagedError("a change does not say its size")
