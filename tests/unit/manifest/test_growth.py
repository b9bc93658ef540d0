"""What makes a manifest grow stops at its bound, with the place, long before it takes memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.manifest.faults import MOST_FAULTS
from ecs_gitops.manifest.load import load
from ecs_gitops.manifest.node import Node
from ecs_gitops.manifest.read import measured, read
from ecs_gitops.manifest.references import MAX_LOOKED_UP
from ecs_gitops.manifest.size import MAX_CHARACTERS, MAX_VALUES, Size, measure
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.names import ServiceKey
from tests.unit.manifest.hostile import CONTAINER, HEAD, PATH, TASK, lines, loaded, told


def grown(by: str) -> str:
    return f"up to here, files merged and references resolved; state less, or refer to shorter {by}"


CHARACTERS = f"more than {MAX_CHARACTERS:,} characters {grown('values')}"
VALUES = f"more than {MAX_VALUES:,} values {grown('lists')}"
LONG = "x" * 400_000
REFERENCE = '"${value:x}", '
BASES = {
    f"d/_base/b{at}.yaml": TASK + lines(f"    - {{name: c{at}-#, image: '{'i' * 180}'}}\n", 900)
    for at in range(8)
}
KEYS = lines(f"  {'k' * 1000}@#: 1\n", 600)
GROWING = {
    "references to one large value": (
        {PATH: f'{CONTAINER}      command: ["{"${value:x}" * 9_000}"]\nvalues: {{x: "{LONG}"}}\n'},
        f"{PATH}:9:17: taskDefinition.containerDefinitions[0].command[0]: {CHARACTERS}",
    ),
    "many texts that refer to it": (
        {PATH: f"{CONTAINER}      command: [{REFERENCE * 1_000}]\nvalues: {{x: '{LONG}'}}\n"},
        f"{PATH}:9:31: taskDefinition.containerDefinitions[0].command[1]: {CHARACTERS}",
    ),
    "references that stand for lists": (
        {PATH: f'{CONTAINER}      command: "${{value:x}}"\nvalues: {{x: "{"a," * 50_000}"}}\n'},
        f"{PATH}:9:7: taskDefinition.containerDefinitions[0].command: {VALUES}",
    ),
    "aliases of one large value": (
        {PATH: f"values: {{x: &x '{LONG}'}}\n{CONTAINER}      command: [{'*x, ' * 15_000}]\n"},
        f"{PATH}:10:21: more than 1,000,000 characters once aliases are followed",
    ),
    "an alias over a base, each within its file's bound": (
        {
            "d/_base/y.yaml": f"values: {{y: '{LONG}'}}\n",
            PATH: f"values: {{x: &x '{LONG}'}}\nextends: ../_base/y.yaml\n{CONTAINER}      command: [*x]\n",
        },
        f"{PATH}:1:13: taskDefinition.containerDefinitions[0].command[0]: {CHARACTERS}",
    ),
    "keys": (
        {
            "d/_base/keys.yaml": "values:\n" + KEYS.replace("@", "a"),
            PATH: f"extends: ../_base/keys.yaml\n{CONTAINER}values:\n" + KEYS.replace("@", "b"),
        },
        f"{PATH}:407:3: values.{'k' * 200}…: {CHARACTERS}",
    ),
    "bases": (
        {**BASES, PATH: f"extends: [{', '.join(f'../_base/b{n}.yaml' for n in range(8))}]\n{CONTAINER}"},
        f"d/_base/b5.yaml:637:22: taskDefinition.containerDefinitions[5131].image: {CHARACTERS}",
    ),
    "sections in files of their own": (
        {
            "d/_task.yaml": f"family: '{LONG}{LONG}'\n",
            "d/_service.yaml": f"role: '{LONG}'\n",
            PATH: f"{HEAD}taskDefinition: ../_task.yaml\nservice: ../_service.yaml\n",
        },
        f"d/_service.yaml:1:1: service.role: {CHARACTERS}",
    ),
}


@pytest.mark.parametrize(("files", "fault"), GROWING.values(), ids=GROWING)
def test_what_grows_stops_at_its_bound_with_its_place(files: Mapping[str, str], fault: str) -> None:
    loaded({PATH: CONTAINER})  # what is loaded once is no part of it
    tracemalloc.start()
    try:
        found = loaded({**files, "d/c/other.yaml": CONTAINER})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told(found) == [fault]
    assert list(found.manifests) == [ServiceKey("c", "other")]
    assert peak < 40_000_000


def test_a_manifest_may_be_as_large_as_its_bound_and_not_one_character_larger() -> None:
    def of(length: int) -> list[str]:
        values = "values: {x: '" + "y" * 60_000 + "'}\n"
        return told(loaded({PATH: f"{CONTAINER}      command: ['${{value:x}}{'z' * length}']\n{values}"}))

    bare = measure(read(PATH, f"{CONTAINER}      command: ['']\nvalues: {{x: ''}}\n".encode()))
    room = MAX_CHARACTERS - 2 * 60_000 - bare.characters
    assert [CHARACTERS in text for text in (*of(room), *of(room + 1))] == [False, True]


def test_what_is_taken_away_in_the_end_has_grown_before() -> None:
    files, fault = GROWING["bases"]
    text = files[PATH].partition("\n")[0] + f"\n{HEAD}taskDefinition: {{containerDefinitions: null}}\n"
    assert told(loaded({**files, PATH: text})) == [fault]


def test_faults_that_are_not_told_take_no_room() -> None:
    deep = "".join(f"{'  ' * at}? {'k' * 210}\n{'  ' * at}:\n" for at in range(1, 50))
    reference = '"${smm:x}", '
    text = f"{CONTAINER}service:\n{deep}{'  ' * 50}[{reference * 9_000}]\n"
    tracemalloc.start()
    try:
        found = told(loaded({PATH: text}))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum("is left as it is" in fault for fault in found) == MOST_FAULTS
    assert peak < 40_000_000


def test_what_extends_replaces_counts_once() -> None:
    large = f"{CONTAINER}values: {{x: '{LONG}'}}\n"
    files = {f"d/_base/b{n}.yaml": large for n in range(20)}
    extends = f"extends: [{', '.join(f'../_base/b{n}.yaml' for n in range(20))}]\n"
    assert told(loaded({**files, PATH: extends + large})) == []


@given(
    st.recursive(
        st.none() | st.integers(0, 9) | st.text("ab*", max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
        ),
    )
)
def test_a_file_is_never_larger_than_it_was_measured_while_it_was_read(value: object) -> None:
    def written(inner: object) -> str:
        if isinstance(inner, dict):
            return "{" + ", ".join(f'"{key}": {written(item)}' for key, item in inner.items()) + "}"
        if isinstance(inner, list):
            return "[" + ", ".join(map(written, inner)) + "]"
        return f'"{inner}"' if isinstance(inner, str) else "null" if inner is None else str(inner)

    document, size = measured("a.yaml", f"{{x: &x {written(value)}, y: *x}}".encode())
    exact = measure(document)
    assert size.values == exact.values
    assert 0 <= size.characters - exact.characters <= 4 * exact.values
    assert exact.values == sum(1 for _ in all_of(document))


def all_of(here: Node) -> list[Node]:
    parts = here.value if isinstance(here.value, tuple) else here.items.values()
    return [here, *(below for part in parts for below in all_of(part))]


def test_only_so_many_different_things_are_looked_up() -> None:
    asked: list[str] = []

    def look_up(_: str, key: str) -> str:
        asked.append(key)
        return key

    expected: set[tuple[str, str]] = set()
    text = f"{CONTAINER}      command: ['{lines('${ssm:#}', MAX_LOOKED_UP + 9)}']\n"
    tree = Tree("c1", {PATH: text.encode()})
    found = load(tree, "d", lookup=look_up, expect=expected.update)
    message = f"refers to more than {MAX_LOOKED_UP:,} different things; state some of them as text"
    assert told(found) == [f"{PATH}:9:17: taskDefinition.containerDefinitions[0].command[0]: {message}"]
    assert (len(asked), len(expected)) == (MAX_LOOKED_UP, MAX_LOOKED_UP)
    fewer = f"{CONTAINER}      command: ['{lines('${ssm:#}', MAX_LOOKED_UP) * 2}']\n"
    assert told(loaded({PATH: fewer})) == []


def test_the_bound_of_a_size_names_what_is_too_much() -> None:
    assert Size(MAX_VALUES, MAX_CHARACTERS).too_large == ""
    assert Size(MAX_VALUES + 1).too_large == VALUES
    assert Size(1, MAX_CHARACTERS + 1).too_large == CHARACTERS
