"""Documents merge weakest first, each value keeping the place it was written at."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.manifest import node
from ecs_gitops.manifest.assemble import MAX_LAYERS, Files
from ecs_gitops.manifest.extends import base, over
from ecs_gitops.manifest.faults import UnreadableError
from ecs_gitops.manifest.read import read
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.names import ServiceKey

NGINX = ServiceKey("handson", "nginx")
PATH = "desired_state/handson/nginx.yaml"

_PLAIN = st.recursive(
    st.integers(0, 9) | st.text("abc", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)
_DOCUMENTS = st.dictionaries(st.sampled_from("abcd"), _PLAIN, max_size=4)


def merged(*layers: Any) -> Any:
    texts = [json.dumps(layer).encode() for layer in layers]
    weakest, *others = (read(f"{n}.json", text) for n, text in enumerate(texts))
    return node.plain(reduce(over, others, base(weakest)))


def task(**container: Any) -> dict[str, Any]:
    return {"taskDefinition": {"containerDefinitions": [{"name": "web", **container}]}}


def container_of(*layers: Any) -> Any:
    [container] = merged(*layers)["taskDefinition"]["containerDefinitions"]
    return container


@given(_DOCUMENTS)
def test_a_document_alone_or_over_itself_stays_as_it_is(document: dict[str, Any]) -> None:
    assert merged(document) == document
    assert merged(document, document) == document
    assert merged({}, document) == document == merged(document, {})


@given(_DOCUMENTS, _DOCUMENTS, _DOCUMENTS)
def test_merging_in_steps_is_merging_at_once(one: Any, two: Any, three: Any) -> None:
    assert merged(merged(one, two), three) == merged(one, two, three)


def test_maps_merge_and_null_takes_a_field_away() -> None:
    weak = {"service": {"desiredCount": 2, "launchType": "EC2", "role": "r"}}
    strong = {"service": {"desiredCount": 0, "role": None, "propagateTags": None}}
    assert merged(weak, strong) == {"service": {"desiredCount": 0, "launchType": "EC2"}}


def test_a_null_that_takes_nothing_away_is_nothing() -> None:
    assert merged({"a": {"b": None, "c": 1}, "d": None}) == {"a": {"c": 1}}


def test_keyed_lists_merge_in_the_order_of_the_weaker() -> None:
    weak = task(environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "1"}])
    strong = task(environment=[{"name": "C", "value": "2"}, {"name": "B", "value": "2"}])
    assert container_of(weak, strong)["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "2"},
        {"name": "C", "value": "2"},
    ]


def test_a_port_without_a_protocol_is_the_tcp_port() -> None:
    weak = task(portMappings=[{"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}])
    strong = task(portMappings=[{"containerPort": 53, "protocol": "tcp", "hostPort": 5353}])
    assert container_of(weak, strong)["portMappings"] == [
        {"containerPort": 53, "protocol": "tcp", "hostPort": 5353},
        {"containerPort": 53, "protocol": "udp"},
    ]


def test_remove_drops_the_item_with_the_same_key() -> None:
    weak = task(environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "1"}])
    strong = task(environment=[{"name": "A", "$remove": True}, {"name": "Z", "$remove": True}])
    assert container_of(weak, strong)["environment"] == [{"name": "B", "value": "1"}]


def test_a_whole_container_can_be_removed_from_a_base() -> None:
    weak = {"taskDefinition": {"containerDefinitions": [{"name": "web"}, {"name": "agent"}]}}
    strong = {"taskDefinition": {"containerDefinitions": [{"name": "agent", "$remove": True}]}}
    assert merged(weak, strong) == task()


def test_other_lists_are_replaced_whole() -> None:
    assert container_of(task(command=["a", "b"]), task(command=["c"]))["command"] == ["c"]
    assert container_of(task(command=["a"]), task(command=[]))["command"] == []


def assembled(**files: str) -> tuple[Any, node.Node]:
    contents = {path.replace("__", "/") + ".yaml": text.encode() for path, text in files.items()}
    tree = Tree("c", {f"desired_state/{path}": text for path, text in contents.items()})
    root = Files(tree, "desired_state", lambda _, content: (content, [])).assemble(NGINX, PATH).document
    return node.plain(root), root


def refused(**files: str) -> str:
    with pytest.raises(UnreadableError) as caught:
        assembled(**files)
    return str(caught.value.fault)


def test_defaults_of_the_cluster_are_weakest_then_bases_in_order_then_the_manifest() -> None:
    plain, root = assembled(
        handson___defaults="{a: defaults, b: defaults, c: defaults, d: defaults}",
        _base__one="{extends: deep/zero.yaml, b: one, c: one, d: one}",
        _base__deep__zero="{b: zero, e: zero}",
        _base__two="{c: two, d: two}",
        handson__nginx="{extends: [../_base/one.yaml, ../_base/two.yaml], d: own}",
    )
    assert plain == {"a": "defaults", "b": "one", "c": "two", "d": "own", "e": "zero"}
    assert {name: item.mark.file for name, item in root.items.items()} == {
        "a": "desired_state/handson/_defaults.yaml",
        "b": "desired_state/_base/one.yaml",
        "c": "desired_state/_base/two.yaml",
        "d": PATH,
        "e": "desired_state/_base/deep/zero.yaml",
    }


def test_defaults_that_cannot_be_read_are_a_fault_and_not_left_out() -> None:
    path = "desired_state/handson/_defaults.yaml"
    tree = Tree("c", {"desired_state/handson/web.yaml": b"a: 1"}, frozenset({path}))
    files = Files(tree, "desired_state", lambda _, content: (content, []))
    with pytest.raises(UnreadableError, match=r"_defaults\.yaml: is a symlink or submodule"):
        files.assemble(ServiceKey("handson", "web"), "desired_state/handson/web.yaml")


def test_a_section_given_as_a_path_is_read_before_it_is_merged() -> None:
    plain, _ = assembled(
        _base__web="taskDefinition: ./task.yaml",
        _base__task="{cpu: '256', memory: '512'}",
        handson__nginx="{extends: ../_base/web.yaml, taskDefinition: {cpu: '1024'}}",
    )
    assert plain == {"taskDefinition": {"cpu": "1024", "memory": "512"}}


@pytest.mark.parametrize(
    "path", ["../../secret.yaml", "/etc/passwd", "../../../x.yaml", "../../desired_state.yaml"]
)
def test_no_path_leaves_the_first_folder(path: str) -> None:
    leaves = "leaves the folder desired_state/"
    assert refused(handson__nginx=f"extends: {path}") == f"{PATH}:1:1: extends: {path} {leaves}"
    assert refused(handson__nginx=f"service: {path}") == f"{PATH}:1:1: service: {path} {leaves}"


def test_a_path_reaches_anything_under_the_first_folder() -> None:
    files = {
        "desired_state/_base/web.yaml": b"{a: 1}",
        "desired_state/prod/c/n.yaml": b"extends: ../../_base/web.yaml",
    }
    unwrap = lambda _, content: (content, [])  # noqa: E731
    found = Files(Tree("c", files), "desired_state/prod", unwrap).assemble(
        ServiceKey("c", "n"), "desired_state/prod/c/n.yaml"
    )
    assert node.plain(found.document) == {"a": 1}


def test_a_link_is_not_followed_from_within() -> None:
    tree = Tree("c", {PATH: b"extends: ../_base/web.yaml"}, frozenset({"desired_state/_base"}))
    with pytest.raises(UnreadableError, match="is a symlink or submodule, which are not followed"):
        Files(tree, "desired_state", lambda _, content: (content, [])).assemble(NGINX, PATH)


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        (
            {"handson__nginx": "a: 1\nextends: ../_base/web.yaml"},
            f"{PATH}:2:1: extends: there is no file desired_state/_base/web.yaml",
        ),
        (
            {"handson__nginx": "extends: ./a.yaml", "handson__a": "extends: ./nginx.yaml"},
            f"desired_state/handson/a.yaml:1:1: extends: {PATH} extends itself",
        ),
        ({"handson__nginx": "extends: {a: b}"}, f"{PATH}:1:1: extends: is a path, or a list of paths"),
        (
            {"handson__nginx": "extends: ./a.yaml", "handson__a": "a: [1"},
            "desired_state/handson/a.yaml:2:1: not YAML: did not find expected ',' or ']'",
        ),
    ],
)
def test_what_cannot_be_extended_is_refused_where_it_is_stated(files: dict[str, str], fault: str) -> None:
    assert refused(**files).startswith(fault[:60])
    assert refused(**files) == fault


def test_a_chain_of_bases_has_an_end() -> None:
    chain = {f"_base__b{n}": f"extends: ./b{n + 1}.yaml" for n in range(2000)}
    message = refused(handson__nginx="extends: ../_base/b0.yaml", _base__b2000="{a: 1}", **chain)
    assert message.endswith(f"extends: is made of more than {MAX_LAYERS} files")


def test_bases_cannot_be_multiplied_without_end() -> None:
    doubled = {f"_base__b{n}": f"extends: [./b{n + 1}.yaml, ./b{n + 1}.yaml]" for n in range(30)}
    message = refused(handson__nginx="extends: ../_base/b0.yaml", _base__b30="{a: 1}", **doubled)
    assert message == f"{PATH}:1:1: extends: is made of more than {MAX_LAYERS} files"
