"""A tree becomes statements and faults; one bad manifest never stops the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs_gitops.manifest.folder import tree_of
from ecs_gitops.manifest.load import LoadedTree, load
from ecs_gitops.manifest.read import MAX_BYTES
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.desired import ReconcilePolicy
from ecs_gitops.model.errors import RefusedError, RetryableError, ThrottledError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Mode

NGINX = ServiceKey("handson", "nginx")
AUTH = ServiceKey("handson", "auth")
PATH = "desired_state/handson/nginx.yaml"
MANIFEST = """\
apiVersion: ecs-gitops/v1
kind: Service
taskDefinition:
  family: nginx-task
  containerDefinitions:
    - name: nginx
      image: "${ecr:web}:1"
      memory: 128
      portMappings: [{containerPort: 80}]
service:
  desiredCount: 2
"""


def look_up(namespace: str, key: str) -> str:
    if (namespace, key) == ("ecr", "web"):
        return "123456789012.dkr.ecr.us-east-1.amazonaws.com/web"
    if (namespace, key) == ("ssm", "/count"):
        return "3"
    raise RefusedError(f"there is no {key}")


def loaded(*, lookup: Any = look_up, **files: str) -> LoadedTree:
    contents = {f"desired_state/{name.replace('__', '/')}": text.encode() for name, text in files.items()}
    tree = Tree("c1", {f"{path}.yaml": text for path, text in contents.items()})
    return load(tree, "desired_state", lookup=lookup)


def told(found: LoadedTree, key: ServiceKey | None = NGINX) -> list[str]:
    return [str(fault) for fault in found.faults.get(key, ())]


def test_a_manifest_states_its_sections_resolved_and_nothing_filled_in() -> None:
    found = loaded(handson__nginx=MANIFEST + "reconcile: {mode: manual}\n")
    manifest = found.manifests[NGINX]
    assert (manifest.key, manifest.path, manifest.stated.commit) == (NGINX, PATH, "c1")
    assert manifest.stated.task_definition == {
        "family": "nginx-task",
        "containerDefinitions": [
            {
                "name": "nginx",
                "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1",
                "memory": 128,
                "portMappings": [{"containerPort": 80}],
            }
        ],
    }
    assert manifest.stated.service == {"desiredCount": 2}
    assert manifest.policy == ReconcilePolicy(Mode.MANUAL)
    assert found.faults == {}


def digest(text: str, **more: Any) -> str:
    return loaded(handson__nginx=text, **more).manifests[NGINX].stated.digest


def test_the_digest_is_of_what_aws_is_asked_for() -> None:
    same = MANIFEST.replace("family: nginx-task", 'family: "nginx-task"') + "reconcile: {selfHeal: false}\n"
    assert digest(same) == digest(MANIFEST)
    assert digest(MANIFEST.replace(":1", ":2")) != digest(MANIFEST)
    assert digest(MANIFEST.replace("desiredCount: 2", "desiredCount: 0")) != digest(MANIFEST)
    assert digest(MANIFEST, lookup=lambda _, key: f"other/{key}") != digest(MANIFEST)


def test_a_folder_is_read_as_its_commit_would_be(tmp_path: Path) -> None:
    folder = tmp_path / "desired_state" / "handson"
    folder.mkdir(parents=True)
    (folder / "nginx.yaml").write_text(MANIFEST)
    (folder / "auth.yaml").symlink_to(folder / "nginx.yaml")
    (folder / "large.yaml").write_text("a: " + "x" * 2 * MAX_BYTES)
    (tmp_path / "desired_state" / "linked").symlink_to(folder)
    (tmp_path / "elsewhere.yaml").write_text("a: 1")
    tree = tree_of(tmp_path, "desired_state")
    assert tree.links == {"desired_state/handson/auth.yaml", "desired_state/linked"}
    assert set(tree.files) == {PATH, "desired_state/handson/large.yaml"}
    found = load(tree, "desired_state", lookup=look_up)
    assert set(found.manifests) == {NGINX}
    assert told(found, ServiceKey("handson", "large")) == [
        "desired_state/handson/large.yaml: larger than 1,000,000 bytes"
    ]


def test_a_section_may_be_left_out() -> None:
    manifest = loaded(handson__nginx=MANIFEST[: MANIFEST.index("service:")]).manifests[NGINX]
    assert manifest.stated.service is None
    assert manifest.stated.task_definition is not None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("memory: 128", 'memory: "128"', "8:7: taskDefinition.containerDefinitions[0].memory: is text"),
        ("memory: 128", "memry: 128", "8:7: taskDefinition.containerDefinitions[0].memry: is no field"),
        ("      memory: 128\n", "", "6:7: taskDefinition.containerDefinitions[0]: has no memory limit"),
        ("desiredCount: 2", "cluster: x", "11:3: service.cluster: is not stated here"),
        ("desiredCount: 2", "desiredCount: ${ecr:web}", "11:3: service.desiredCount: ${ecr:web} is "),
        ("desiredCount: 2", "desiredCount: ${ssm:/none}", "11:3: service.desiredCount: cannot resolve"),
        ("kind: Service", "kind: Srv", "2:1: kind: is text ('Srv')"),
        ("service:\n", "service: {\n", "12:1: not YAML"),
    ],
)
def test_a_fault_has_its_place_and_leaves_the_others_alone(old: str, new: str, fault: str) -> None:
    assert old in MANIFEST
    found = loaded(handson__nginx=MANIFEST.replace(old, new), handson__auth=MANIFEST)
    assert set(found.manifests) == {AUTH}
    assert set(found.paths) == {AUTH, NGINX}
    assert told(found)[0].startswith(f"{PATH}:{fault}")
    assert len(told(found)) == 1
    assert told(found, AUTH) == []


def test_a_warning_stops_nobody() -> None:
    found = loaded(handson__nginx=MANIFEST + '  launchType: "MARS"\n')
    assert NGINX in found.manifests
    assert told(found)[0].startswith(f"{PATH}:12:3: service.launchType: is 'MARS', which botocore does not")


def test_a_whole_value_reference_takes_the_type_of_its_field() -> None:
    text = MANIFEST.replace("desiredCount: 2", "desiredCount: ${ssm:/count}")
    assert loaded(handson__nginx=text).manifests[NGINX].stated.service == {"desiredCount": 3}


def test_a_look_up_that_may_work_in_a_moment_postpones_its_service_alone() -> None:
    def throttled(namespace: str, key: str) -> str:
        raise ThrottledError(f"cannot read {key}")

    plain = MANIFEST.replace("${ecr:web}", "nginx")
    found = loaded(handson__nginx=MANIFEST, handson__auth=plain, lookup=throttled)
    assert set(found.manifests) == {AUTH}
    assert found.faults == {}
    assert {key: str(error) for key, error in found.postponed.items()} == {NGINX: "cannot read web"}
    assert isinstance(found.postponed[NGINX], RetryableError)


def test_a_described_section_is_taken_with_a_notice_of_what_is_dropped() -> None:
    described = {
        "services": [
            {
                "serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/handson/nginx",
                "serviceName": "nginx",
                "taskDefinition": "nginx-task:7",
                "desiredCount": 2,
                "runningCount": 2,
                "deploymentConfiguration": {"maximumPercent": 200, "alarms": None},
            }
        ],
        "failures": [],
    }
    text = MANIFEST.replace("service:\n  desiredCount: 2\n", "service: ./_nginx.yaml\n")
    found = loaded(handson__nginx=text, handson___nginx=json.dumps(described))
    assert found.manifests[NGINX].stated.service == {
        "desiredCount": 2,
        "deploymentConfiguration": {"maximumPercent": 200},
    }
    assert [(fault.file, fault.path, fault.warning) for fault in found.faults[NGINX]] == [
        ("desired_state/handson/_nginx.yaml", f"service.{path}", True)
        for path in (
            "serviceArn", "runningCount", "deploymentConfiguration.alarms", "serviceName", "taskDefinition",
        )
    ]  # fmt: skip


def test_a_described_task_definition_brings_its_tags() -> None:
    described = {
        "taskDefinition": {
            "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/nginx-task:7",
            "family": "nginx-task",
            "revision": 7,
            "containerDefinitions": [{"name": "nginx", "image": "nginx:1", "memory": 128, "links": None}],
        },
        "tags": [{"key": "team", "value": "web"}],
    }
    text = "apiVersion: ecs-gitops/v1\nkind: Service\ntaskDefinition: ./_task.yaml\n"
    found = loaded(handson__nginx=text, handson___task=json.dumps(described))
    assert found.manifests[NGINX].stated.task_definition == {
        "family": "nginx-task",
        "containerDefinitions": [{"name": "nginx", "image": "nginx:1", "memory": 128}],
        "tags": [{"key": "team", "value": "web"}],
    }


def test_a_file_of_several_services_is_refused() -> None:
    text = MANIFEST.replace("service:\n  desiredCount: 2\n", "service: ./_two.yaml\n")
    found = loaded(handson__nginx=text, handson___two='{"services": [{}, {}]}')
    assert told(found) == [
        "desired_state/handson/_two.yaml:1:2: services: the file holds 2 of them where one is meant"
    ]


def waits(name: str) -> str:
    return MANIFEST + f"rollout: {{waitFor: [handson/{name}]}}\n"


def test_services_that_wait_for_each_other_are_refused_both() -> None:
    found = loaded(handson__nginx=waits("auth"), handson__auth=waits("db"), handson__db=waits("nginx"))
    assert found.manifests == {}
    assert told(found) == [f"{PATH}:12:21: rollout.waitFor[0]: handson/auth waits for handson/nginx"]
    assert told(loaded(handson__nginx=waits("nginx"))) == [
        f"{PATH}:12:21: rollout.waitFor[0]: a service cannot wait for itself"
    ]


def test_waiting_in_a_line_is_no_fault_and_waiting_for_nobody_a_warning() -> None:
    found = loaded(handson__nginx=waits("auth"), handson__auth=waits("db"), handson__db=MANIFEST)
    assert (len(found.manifests), found.faults) == (3, {})
    found = loaded(handson__nginx=waits("auth"))
    assert NGINX in found.manifests
    assert told(found) == [f"{PATH}:12:21: rollout.waitFor[0]: there is no manifest of handson/auth"]


@settings(max_examples=200)
@given(st.integers(0, len(MANIFEST)), st.integers(0, 12), st.text('{}[]:-"$ ~\n\tab1', max_size=6))
def test_a_damaged_manifest_is_loaded_or_refused_with_a_place(at: int, cut: int, put: str) -> None:
    found = loaded(handson__nginx=MANIFEST[:at] + put + MANIFEST[at + cut :], handson__auth=MANIFEST)
    assert set(found.paths) == {AUTH, NGINX}
    assert AUTH in found.manifests
    errors = [fault for fault in found.faults.get(NGINX, ()) if not fault.warning]
    assert bool(errors) == (NGINX not in found.manifests)
    assert all(fault.file == PATH for fault in errors)
