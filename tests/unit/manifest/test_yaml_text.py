"""What is written is read as what was meant, by our reader and by any other."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.manifest import node
from ecs_gitops.manifest.read import read
from ecs_gitops.manifest.yaml_text import to_yaml

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cn", "Co")), max_size=12) | st.sampled_from(
    ["1e3", "012", "no", "~", "null", "true", "1_000", "0x10", "", " a", "a ", "a: b", "# a", "${x:y}"]
)
_SCALARS = st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6) | _TEXT
_DOCUMENTS = st.dictionaries(
    _TEXT.filter(lambda name: name != "<<"),
    st.recursive(
        _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("a"), inner)
    ),
    max_size=4,
)


@given(_DOCUMENTS)
def test_what_is_written_is_read_back(document: dict[str, object]) -> None:
    text = to_yaml(document)
    assert node.plain(read("a.yaml", text.encode())) == document


@given(_DOCUMENTS)
def test_other_readers_read_the_same(document: dict[str, object]) -> None:
    assert yaml.safe_load(to_yaml(document)) == document


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"b": 1, "a": {"list": ["x", "y"]}}, "b: 1\na:\n  list: [x, y]\n"),
        ({"a": [{"name": "x"}, {"name": "y"}]}, "a:\n  - name: x\n  - name: y\n"),
        ({"image": "${ecr:web}:1", "cpu": "256"}, 'image: "${ecr:web}:1"\ncpu: "256"\n'),
        ({"script": "one\ntwo\n"}, "script: |\n  one\n  two\n"),
        ({"empty": [], "none": {}}, "empty: []\nnone: {}\n"),
    ],
)
def test_it_looks_as_a_person_would_write_it(document: dict[str, object], text: str) -> None:
    assert to_yaml(document) == text
