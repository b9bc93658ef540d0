"""However a pack states its objects, the folder's files come out; a damaged one is told as such."""

from __future__ import annotations

import hashlib
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs_gitops.git.limits import DamagedError, Limits, MissingError, TooLargeError
from ecs_gitops.git.snapshot import snapshot
from tests.unit.git.packs import BLOB, TREE, Craft, copy, delta, name_of, tree

HOWS = st.lists(st.sampled_from(["whole", "offset", "name"]), min_size=1, max_size=8)


def pack_of(hows: Sequence[str], forth: bool = True) -> tuple[bytes, str, dict[str, bytes]]:
    """Files of which each is stated whole or as a change of the one before; commit and files beside it."""
    craft = Craft()
    contents = [b"kind: Service\n" * (count + 1) for count in range(len(hows))]
    names = {f"{count}.yaml": name_of(BLOB, content) for count, content in enumerate(contents)}
    if forth:
        commit = craft.commit(names)
    at = 0
    for count, (how, content) in enumerate(zip(hows, contents, strict=True)):
        before = contents[count - 1]
        steps = delta(len(before), len(content), [copy(0, len(before)), b"\x0e" + content[:14]])
        if how == "whole" or count == 0:
            at = craft.raw(3, len(content), zlib.compress(content))
        else:
            at = craft.change(at if how == "offset" else name_of(BLOB, before), steps)
    if not forth:
        commit = craft.commit(names)
    return craft.data(), commit, {f"desired_state/{count}.yaml": c for count, c in enumerate(contents)}


@given(HOWS, st.booleans())
def test_files_are_those_that_were_packed_however_each_is_stated(hows: list[str], forth: bool) -> None:
    data, commit, files = pack_of(hows, forth)
    assert snapshot(data, commit, "desired_state", Limits()).files == files
    assert snapshot(data, commit, "", Limits()).files == files


@settings(max_examples=300)
@given(HOWS, st.integers(0), st.integers(1, 255), st.booleans())
def test_a_pack_with_one_byte_changed_is_refused_or_read_and_nothing_else(
    hows: list[str], where: int, change: int, is_sealed: bool
) -> None:
    data, commit, files = pack_of(hows)
    body = bytearray(data[:-20])
    body[where % len(body)] ^= change
    seal = hashlib.sha1(body).digest() if is_sealed else data[-20:]
    try:
        found = snapshot(body + seal, commit, "desired_state", Limits())
    except (DamagedError, MissingError, TooLargeError):
        return
    assert (found.files, is_sealed) == (files, True)  # what is named by its content cannot be another


@pytest.mark.parametrize("length", [0, 1, 11, 12, 31, 40, 100])
def test_a_pack_that_was_cut_off_is_damaged(length: int) -> None:
    data, commit, _ = pack_of(["whole", "offset"])
    with pytest.raises(DamagedError):
        snapshot(data[:length], commit, "", Limits())


def test_what_git_packs_with_changes_of_changes_is_read(tmp_path: Path) -> None:
    def git(*words: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(["git", *words], cwd=tmp_path, input=stdin, capture_output=True, check=True)
        return done.stdout

    lines = [f"line {count}: {hashlib.sha1(str(count).encode()).hexdigest()}\n" for count in range(200)]
    files = {
        f"desired_state/c{count % 3}/s{count}.yaml": "".join(lines[: count + 100]) for count in range(60)
    }
    for path, text in {**files, "README.md": "words"}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    git("init", "--quiet")
    git("add", ".")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git(*who, "commit", "--quiet", "--message", "All")
    commit = git("rev-parse", "HEAD").decode().strip()
    for base in ("--delta-base-offset", "--no-reuse-delta"):
        data = git("pack-objects", "--stdout", "--revs", "--depth=50", base, stdin=commit.encode())
        assert len(data) < sum(map(len, files.values())) / 10  # mostly changes
        found = snapshot(data, commit, "desired_state", Limits())
        assert found.files == {path: text.encode() for path, text in files.items()}


def test_a_file_that_is_a_change_of_one_too_large_is_told_as_too_large() -> None:
    craft = Craft()
    content = b"x" * 5000
    base = craft.raw(3, len(content), zlib.compress(content))
    craft.change(base, delta(5000, 10, [copy(0, 10)]))
    commit = craft.commit({"web.yaml": name_of(BLOB, b"x" * 10), "auth.yaml": craft.add(BLOB, b"good")})
    found = snapshot(craft.data(), commit, "", Limits(whole=4000)).files
    assert {path: len(text) for path, text in found.items()} == {
        "desired_state/auth.yaml": 4,
        "desired_state/web.yaml": 1_000_001,
    }
    lacking = Craft()
    commit = lacking.commit({"web.yaml": bytes(20)})
    with pytest.raises(MissingError, match="0" * 40):
        snapshot(lacking.data(), commit, "", Limits())


def test_folders_that_name_one_another_s_files_are_told_by_their_limits() -> None:
    craft = Craft()
    name = craft.add(BLOB, b"a" * 100)
    folder = craft.add(TREE, tree({f"{count}.yaml": name for count in range(10)}))
    commit = craft.commit_of(craft.add(TREE, tree({"desired_state/": folder})))
    data = craft.data()
    assert len(snapshot(data, commit, "desired_state", Limits(files=10, content=1000)).files) == 10
    for limits, said in (
        (Limits(files=9), "there are more than 9 files below desired_state"),
        (Limits(content=999), "the files below desired_state take more than 999 bytes"),
        (Limits(path=19), "a path below desired_state is longer than 19 characters"),
        (Limits(paths=199), "the paths below desired_state take more than 199 characters"),
        (Limits(trees=100), "its folders take more than 100 bytes"),
        (Limits(objects=3), "it holds more than 3 files and folders"),
        (Limits(unpacked=100), "it unpacks to more than 100 bytes"),
        (Limits(whole=20), "one of its folders takes more than 20 bytes"),
    ):
        with pytest.raises(TooLargeError) as caught:
            snapshot(data, commit, "desired_state", limits)
        assert str(caught.value) == said
