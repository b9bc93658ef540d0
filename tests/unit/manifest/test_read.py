"""A manifest's text becomes a document whose every value knows its place, or one fault with its place."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import Fault, UnreadableError
from ecs_gitops.manifest.read import MAX_BYTES, MAX_DEPTH, read

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=20)
_SCALARS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9) | _TEXT
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT.filter(lambda k: k != "<<"), inner),
    max_leaves=20,
)


def value_of(text: str, file: str = "a.yaml") -> object:
    return node.plain(read(file, text.encode()))


def fault_of(text: str | bytes, file: str = "a.yaml") -> Fault:
    with pytest.raises(UnreadableError) as caught:
        read(file, text.encode() if isinstance(text, str) else text)
    return caught.value.fault


@given(_JSON, st.booleans(), st.sampled_from([None, 2]))
def test_json_is_read_as_json_reads_it(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert value_of(text, "a.json") == value


def test_plain_scalars_mean_what_yaml_1_2_says() -> None:
    text = "[no, on, 012345678901, 1_000, 2026-11-23, 12:30, 1.5, -3, true, null, ~, 1e3, .5, 0x10]"
    texts = ["no", "on", "012345678901", "1_000", "2026-11-23", "12:30"]
    assert value_of(text) == [*texts, 1.5, -3, True, None, None, 1000.0, ".5", "0x10"]


def test_every_value_knows_its_place_and_that_of_its_key() -> None:
    root = read("a.yaml", b"service:\n  tags:\n    - {key: a}\n")
    assert node.nearest(root, ("service", "tags", 0, "key")).mark == node.Mark("a.yaml", 3, 13)
    assert node.nearest(root, ("service", "tags")).place == node.Mark("a.yaml", 2, 3)
    missing = node.fault(root, ("service", "tags", 0, "value"), "is missing")
    assert str(missing) == "a.yaml:3:7: service.tags[0].value: is missing"


def test_anchors_and_merge_keys_are_followed() -> None:
    text = "a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}\nc: {<<: [{x: 3}, *a], z: 4}\nd: *a"
    assert value_of(text) == {
        "a": {"x": 1, "y": 1},
        "b": {"x": 1, "y": 2},
        "c": {"x": 3, "y": 1, "z": 4},
        "d": {"x": 1, "y": 1},
    }


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb: 2\na: 3", (3, 1), "'a' is stated twice"),
        ("a: !Ref b", (1, 4), "tags are not supported: !Ref"),
        ("a: !!python/object:os.system x", (1, 4), "tags are not supported"),
        ("a: &a [*a]", (1, 8), "*a refers to nothing"),
        ("a: *b", (1, 4), "*b refers to nothing"),
        ("a: 1\n---\nb: 2", (2, 1), "one document"),
        ("[a, b]: 1", (1, 1), "a key must be text"),
        ("a: {<<: 3}", (1, 5), "<< takes a mapping"),
        ("a:\n  b: c: d", (2, 7), "not YAML: mapping values are not allowed"),
        ('a: "\x01"', (1, 1), "not YAML: control characters"),
        (b"a: 1\nb: \xff", (2, 1), "not UTF-8"),
        ("", (0, 0), "the file is empty"),
        ("# nothing\n", (0, 0), "the file is empty"),
    ],
)
def test_what_cannot_be_read_is_one_fault_with_its_place(
    text: str | bytes, place: tuple[int, int], words: str
) -> None:
    fault = fault_of(text)
    assert (fault.file, fault.line, fault.column) == ("a.yaml", *place)
    assert words in fault.message


@pytest.mark.parametrize(
    "text", ["a: {b: ${cfn:x.Y}}", "a: [${cfn:x.Y}]", "a: {b: ${ecr:nginx}:1, c: 2}", "a:\n  - {${x}: 1}"]
)
def test_an_unquoted_reference_inside_brackets_gets_its_own_message(text: str) -> None:
    assert 'a reference inside {} or [] must be quoted: "${…}"' in fault_of(text).message


def test_other_faults_say_nothing_of_references() -> None:
    assert "reference" not in fault_of('a: {b: "${cfn:x.Y}", c: 1').message


def test_a_file_larger_than_a_manifest_may_be_is_refused() -> None:
    assert value_of("a: " + "x" * (MAX_BYTES - 10)) is not None
    assert "larger than" in fault_of("a: " + "x" * MAX_BYTES).message


def test_nesting_is_bounded_however_it_is_written() -> None:
    assert value_of("[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)) is not None
    assert "nested deeper" in fault_of("[" * 400_000).message
    steps = [f"k{n}: &k{n} [*k{n - 1}]" for n in range(1, MAX_DEPTH + 1)]
    assert "nested deeper" in fault_of("\n".join(["k0: &k0 x", *steps])).message


def test_aliases_cannot_blow_a_file_up() -> None:
    laughs = [f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "once aliases are followed" in fault_of("\n".join(["k0: &k0 ha", *laughs])).message


@pytest.mark.parametrize("text", ['"\\ud8zz\\udc00"', '"\\ud83d\\udczz"', '"\\ud83d"', '"\\ud83d\\u0041"'])
def test_half_a_character_in_json_is_one_fault(text: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read("a.json", f'{{"a": {text}}}'.encode())
    assert caught.value.fault.message.startswith("not JSON: ")


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_document_or_one_fault(content: bytes) -> None:
    with suppress(UnreadableError):
        assert read("a.yaml", content).mark.file == "a.yaml"


_UNSETTLED = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["a", "${value:a}", "$${", "{", "$remove"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "$remove"]), inner)
    ),
)


@given(_UNSETTLED)
def test_settled_is_what_neither_merging_nor_resolving_changes(value: object) -> None:
    check_settled(read("a.json", json.dumps(value).encode()))


def test_what_an_alias_or_a_merge_brings_is_settled_as_it_was() -> None:
    text = (
        '{a: &a {b: "${value:a}"}, c: &c {d: 1}, e: *a, f: *c, g: {<<: *a}, h: {<<: *c}, i: {<<: [*a, *c]}}'
    )
    document = read("a.yaml", text.encode())
    check_settled(document)
    assert {name for name, item in document.items.items() if item.is_settled} == {"c", "f", "h"}


def check_settled(document: node.Node) -> bool:
    """Whether a document is settled. Raises AssertionError when it, or a part of it, says otherwise."""
    value = document.value
    if isinstance(value, dict):
        parts = [check_settled(item) for item in value.values()]
        expected = all(parts) and "$remove" not in value
    elif isinstance(value, tuple):
        parts = [check_settled(item) for item in value]
        expected = all(parts)
    else:
        expected = value is not None and "${" not in str(value)
    assert document.is_settled == expected
    return expected
