"""Which paths are services, which are refused, and which are nobody's business."""

from __future__ import annotations

import pytest

from ecs_gitops.manifest.locate import Located, locate
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.names import ServiceKey

NGINX = ServiceKey("handson", "nginx")


def located(*paths: str, links: tuple[str, ...] = (), config_path: str = "desired_state") -> Located:
    return locate(Tree("c", dict.fromkeys(paths, b""), frozenset(links)), config_path)


def told(found: Located, key: ServiceKey | None) -> list[str]:
    return [str(fault) for fault in found.faults.get(key, ())]


@pytest.mark.parametrize("name", ["nginx.yaml", "nginx.json", "nginx/service.yaml", "nginx/service.json"])
def test_a_service_is_a_file_in_the_folder_of_its_cluster(name: str) -> None:
    path = f"desired_state/handson/{name}"
    assert located(path) == Located({NGINX: path}, {})


def test_an_environment_is_a_folder_of_its_own() -> None:
    paths = ("desired_state/prod/handson/nginx.yaml", "desired_state/dev/handson/web.yaml")
    assert located(*paths, config_path="desired_state/prod").paths == {NGINX: paths[0]}


@pytest.mark.parametrize(
    "path",
    [
        "desired_state/_base/web.yaml",
        "desired_state/handson/_defaults.yaml",
        "desired_state/handson/.hidden.yaml",
        "desired_state/handson/README.md",
        "desired_state/handson/nginx/taskdef.json",
        "desired_state/handson/nginx/deep/service.yaml",
        "desired_state/README.md",
        "elsewhere/handson/nginx.yaml",
        "desired_state_too/handson/nginx.yaml",
    ],
)
def test_other_files_are_no_services_and_no_faults(path: str) -> None:
    assert located(path) == Located({}, {})


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("desired_state/nginx.yaml", "belongs to no cluster (expected <cluster>/<service>.yaml)"),
        ("desired_state/handson/nginx.job.yaml", "the kind job is not supported yet"),
        (
            "desired_state/handson/nginx.jbo.yaml",
            "the kind 'jbo' is unknown (expected <service>.yaml, without another dot)",
        ),
        ("desired_state/handson/_defaults.yml", "is read by nobody (expected _defaults.yaml)"),
        ("desired_state/handson/_defaults.json", "is read by nobody (expected _defaults.yaml)"),
        (
            "desired_state/hands on/nginx.yaml",
            "names no cluster and service (expected letters, digits, - and _ alone)",
        ),
    ],
)
def test_a_file_that_names_no_service_is_refused(path: str, message: str) -> None:
    found = located(path)
    assert told(found, None) == [f"{path}: {message}"]
    assert found.paths == {}


def test_a_service_with_another_ending_is_a_fault_and_not_an_absence() -> None:
    found = located("desired_state/handson/nginx.yml")
    assert found.paths == {NGINX: "desired_state/handson/nginx.yml"}
    assert told(found, NGINX) == [
        "desired_state/handson/nginx.yml: is read by nobody (expected a name that ends in .yaml or .json)"
    ]


def test_two_files_for_one_service_are_refused() -> None:
    found = located("desired_state/handson/nginx.json", "desired_state/handson/nginx/service.yaml")
    assert told(found, NGINX) == [
        "desired_state/handson/nginx/service.yaml: handson/nginx is stated twice, here and in "
        "desired_state/handson/nginx.json"
    ]


@pytest.mark.parametrize("link", ["desired_state/handson/nginx.yaml", "desired_state/handson/nginx"])
def test_a_symlink_is_refused_and_its_service_is_not_absent(link: str) -> None:
    found = located(links=(link,))
    assert found.paths == {NGINX: link}
    assert told(found, NGINX) == [f"{link}: symlinks and submodules are not followed"]


def test_a_symlinked_cluster_hides_what_is_below_it() -> None:
    tree = Tree("c", {}, frozenset({"desired_state/handson"}))
    assert tree.hides("desired_state/handson/nginx.yaml")
    assert not tree.hides("desired_state/handson2/nginx.yaml")
    assert told(locate(tree, "desired_state"), None) == [
        "desired_state/handson: symlinks and submodules are not followed"
    ]
