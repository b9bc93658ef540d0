"""No pack takes more than 256 MB of memory, whatever it says of itself: each is read by its own process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ecs_gitops.git.limits import Limits
from tests.unit.git.packs import BLOB, MIB, TREE, Craft, copy, delta, name_of, tree, zeros

BUDGET = 256 * MIB
GOOD = b"kind: Service\n"
WELL = {"desired_state/nginx.yaml": len(GOOD)}
LARGEST = 1_000_001
"""Bytes that are kept of a file that no manifest may be as large as."""
ROOT = Path(__file__).parents[3]

Made = tuple[bytes, str]
"""A pack, and the commit that is asked for."""


def good(craft: Craft, **beside: bytes) -> Made:
    """The rest of a pack: a commit with one small manifest, and a file beside its folder."""
    commit = craft.commit({"nginx.yaml": craft.add(BLOB, GOOD)}, **beside)
    return craft.data(), commit


def a_large_file_beside_the_folder() -> Made:
    craft = Craft()
    craft.raw(3, 300 * MIB, zeros(300 * MIB))
    return good(craft)


def a_large_file_in_the_folder() -> Made:
    craft = Craft()
    craft.raw(3, 300 * MIB, zeros(300 * MIB))
    name = _zeros_name(300 * MIB)
    commit = craft.commit({"nginx.yaml": craft.add(BLOB, GOOD), "large.bin": name})
    return craft.data(), commit


def a_size_that_no_file_has() -> Made:
    craft = Craft()
    craft.raw(3, 1 << 40, zlib.compress(b"x"))
    return good(craft)


def a_size_of_many_digits() -> Made:
    craft = Craft()
    craft.raw(3, 1 << 200, zlib.compress(b"x"))
    return good(craft)


def a_bomb_that_says_it_is_small() -> Made:
    craft = Craft()
    craft.raw(3, 100, zeros(300 * MIB))
    return good(craft)


def a_small_change_into_a_large_file() -> Made:
    craft = Craft()
    base = craft.add(BLOB, b"x" * 16)
    craft.change(name_of(BLOB, b"x" * 16), delta(16, 1200 * MIB, [copy(0, 16)]))
    assert len(craft.data()) < 181
    return good(craft, base=base)


def a_change_that_copies_its_base_many_times() -> Made:
    craft = Craft()
    base = craft.raw(3, MIB, zeros(MIB))
    craft.change(base, delta(MIB, 2000 * MIB, [copy(0, MIB)] * 2000))
    return good(craft)


def a_change_that_is_a_bomb() -> Made:
    craft = Craft()
    base = craft.raw(3, 16, zlib.compress(bytes(16)))
    craft.raw(6, 300 * MIB, zeros(300 * MIB), bytes([len(craft.data()) - 20 - base]))
    return good(craft)


def a_long_chain_of_large_changes() -> Made:
    craft = Craft()
    at = craft.raw(3, 8 * MIB, zeros(8 * MIB))
    for _ in range(5000):
        at = craft.change(at, delta(8 * MIB, 8 * MIB, [copy(0, 8 * MIB)]))
    return good(craft)


def thousands_of_changes_into_megabytes() -> Made:
    craft = Craft()
    base = craft.raw(3, MIB, zeros(MIB))
    for _ in range(5000):
        craft.change(base, delta(MIB, 8 * MIB, [copy(0, MIB)] * 8))
    return good(craft)


def changes_that_must_all_be_held() -> Made:
    """Each of a chain has two changes on which another one rests in turn."""
    craft = Craft()
    size = 8 * MIB
    at = craft.raw(3, size, zeros(size))
    for _ in range(100):
        base, at = at, craft.change(at, delta(size, size, [copy(0, size)]))
        other = craft.change(base, delta(size, size, [copy(0, size)]))
        craft.change(other, delta(size, size, [copy(0, size)]))
    return good(craft)


def the_same_object_again_and_again() -> Made:
    craft, again = Craft(), zlib.compress(b"again")
    for _ in range(100_000):
        craft.raw(3, 5, again)
    return good(craft)


def more_objects_than_bytes() -> Made:
    data, commit = good(craft := Craft())
    return craft.data(count=0xFFFFFFFF), commit if data else ""


def changes_that_rest_on_one_another() -> Made:
    craft = Craft()
    one, two = name_of(BLOB, b"one"), name_of(BLOB, b"two")
    for base in (one, two):
        craft.change(base, delta(3, 3, [copy(0, 3)]))
    return good(craft)


def changes_of_what_did_not_come() -> Made:
    craft, steps = Craft(), zlib.compress(delta(3, 3, [copy(0, 3)]))
    for count in range(100_000):
        craft.raw(7, 10, steps, count.to_bytes(20, "big"))
    return good(craft)


def folders_within_folders_without_end() -> Made:
    craft = Craft()
    at = craft.add(TREE, b"")
    for _ in range(12):
        at = craft.add(TREE, tree({f"{count}/": at for count in range(10)}))
    commit = craft.commit_of(craft.add(TREE, tree({"desired_state/": at})))
    return craft.data(), commit


def one_file_at_twenty_thousand_paths() -> Made:
    craft = Craft()
    name = craft.add(BLOB, bytes(900_000))
    commit = craft.commit({f"{count}.yaml": name for count in range(20_000)})
    return craft.data(), commit


def long_paths() -> Made:
    craft = Craft()
    name = craft.add(BLOB, GOOD)
    at = craft.add(TREE, tree({f"{count}.yaml": name for count in range(3000)}))
    at = craft.add(TREE, tree({f"{'x' * 2000}/": at}))
    commit = craft.commit_of(craft.add(TREE, tree({"desired_state/": at})))
    return craft.data(), commit


def a_folder_that_is_too_large() -> Made:
    craft = Craft()
    name = craft.add(BLOB, GOOD)
    commit = craft.commit({f"{count}.yaml": name for count in range(300_000)})
    return craft.data(), commit


def as_much_as_is_allowed_of_everything() -> Made:
    """Noise up to the wire's limit, folders, files and bases up to theirs."""
    craft = Craft()
    for each in range(4):  # folders beside the one that is read
        craft.add(TREE, tree({f"{count:06}{'x' * 194}{each}": bytes(20) for count in range(34_000)}))
    size = 8 * MIB
    at = craft.raw(3, size, zeros(size))
    for _ in range(2):
        base, at = at, craft.change(at, delta(size, size, [copy(0, size)]))
        other = craft.change(base, delta(size, size, [copy(0, size)]))
        craft.change(other, delta(size, size, [copy(0, size)]))
    names = {}
    for count in range(47):
        names[f"{count}.yaml"] = craft.add(BLOB, count.to_bytes(4, "big") + bytes(MIB - 4))
    commit = craft.commit(names)
    noise = os.urandom(Limits().pack - len(craft.data()) - 100_000)
    craft.raw(3, len(noise), zlib.compress(noise, 0))
    data = craft.data()
    assert Limits().pack - MIB < len(data) <= Limits().pack
    return data, commit


UNPACKS = "TooLargeError: it unpacks to more than 1,073,741,824 bytes"
ENDS = {
    a_large_file_beside_the_folder: WELL,
    a_large_file_in_the_folder: {**WELL, "desired_state/large.bin": LARGEST},
    a_size_that_no_file_has: UNPACKS,
    a_size_of_many_digits: "DamagedError: a size has no end",
    a_bomb_that_says_it_is_small: "DamagedError: an object is larger than it says",
    a_small_change_into_a_large_file: WELL,
    a_change_that_copies_its_base_many_times: WELL,
    a_change_that_is_a_bomb: WELL,
    a_long_chain_of_large_changes: UNPACKS,
    thousands_of_changes_into_megabytes: UNPACKS,
    changes_that_must_all_be_held: "TooLargeError: what its objects rest on takes more than "
    "25,165,824 bytes",
    the_same_object_again_and_again: WELL,
    more_objects_than_bytes: "TooLargeError: it holds more than 200,000 files and folders",
    changes_that_rest_on_one_another: WELL,
    changes_of_what_did_not_come: WELL,
    folders_within_folders_without_end: "TooLargeError: there are more than 20,000 folders below "
    "desired_state",
    one_file_at_twenty_thousand_paths: "TooLargeError: the files below desired_state take more than "
    "50,331,648 bytes",
    long_paths: "TooLargeError: the paths below desired_state take more than 4,194,304 characters",
    a_folder_that_is_too_large: "TooLargeError: one of its folders takes more than 8,388,608 bytes",
    as_much_as_is_allowed_of_everything: {f"desired_state/{count}.yaml": LARGEST for count in range(47)},
}


def _zeros_name(size: int) -> bytes:
    name = hashlib.sha1(b"blob %d\0" % size)
    for _ in range(size // MIB):
        name.update(bytes(MIB))
    return name.digest()


def measured(made: Made, folder: Path, *more: str) -> tuple[object, int]:
    """What a process of its own makes of a pack, and how many bytes more than at rest it takes."""
    data, commit = made
    path = folder / "pack"
    path.write_bytes(data)
    command = [sys.executable, "-m", "tests.unit.git.peak", str(path), commit, *more]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/layers/core/python"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    found = json.loads(done.stdout)
    return found["outcome"], found["more"]


@pytest.mark.parametrize("make", ENDS, ids=lambda make: make.__name__)
def test_a_pack_is_read_or_refused_within_the_budget(make: Callable[[], Made], tmp_path: Path) -> None:
    outcome, more = measured(make(), tmp_path)
    assert outcome == ENDS[make]
    assert more < BUDGET, f"{more / MIB:.0f} MB"


def test_the_same_reader_without_its_bounds_takes_more(tmp_path: Path) -> None:
    # the control of every figure above
    craft = Craft()
    base = craft.raw(3, MIB, zeros(MIB))
    craft.change(base, delta(MIB, 300 * MIB, [copy(0, MIB)] * 300))
    made = good(craft)
    assert measured(made, tmp_path)[1] < 64 * MIB
    assert measured(made, tmp_path, "unbound")[1] > BUDGET
