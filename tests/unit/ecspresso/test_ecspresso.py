"""ecspresso's templates become references; what they cannot say is named with its place, never guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_gitops.ecspresso.configuration import Converted, convert
from ecs_gitops.ecspresso.template import meaning_of, translate
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.resources.shape import load

SHAPES = load()
CONFIG = """\
region: us-east-1
cluster: prod
service: web
service_definition: service.json
task_definition: task.yaml
plugins:
  - {name: tfstate, func_prefix: net_}
"""
TASK = """\
# the task
family: web
cpu: {{ must_env `CPU` }}
containerDefinitions:
  - name: web
    image: {{ cfn_output `images` `Web` }}:{{ env `TAG` `1` }}
    memory: {{ env `MEMORY` `128` }}
    links: null
    secrets:
      - {name: TOKEN, valueFrom: "{{ secretsmanager_arn `web/token` }}:key::"}
"""
SERVICE = """\
{
  "desiredCount": {{ ssm `/web/count` }},
  "runningCount": 2,
  "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["{{ net_tfstate `aws_subnet.a['x'].id` }}"]}}
}
"""


def converted(folder: Path, key: ServiceKey | None = None, **files: str) -> Converted:
    named = {"ecspresso.yml": CONFIG, "task.yaml": TASK, "service.json": SERVICE, **files}
    for name, text in named.items():
        (folder / name.replace("__", ".")).write_text(text)
    return convert(SHAPES, folder, key)


@pytest.mark.parametrize(
    ("action", "text", "values", "left"),
    [
        (" must_env `TAG` ", "${value:TAG}", {}, "state 'TAG' under values"),
        (' must_env "TAG" ', "${value:TAG}", {}, "state 'TAG' under values"),
        (" must_env `TAG` | json_escape ", "${value:TAG}", {}, "state 'TAG' under values"),
        (" env `TAG` `` `1` ", "${value:TAG}", {"TAG": "1"}, ""),
        (" env `TAG` `` ", "${value:TAG}", {}, "state 'TAG' under values"),
        (" cfn_output `a` `b` ", "${cfn:a.b}", {}, ""),
        (" cfn_export `a-b` ", "${value:a-b}", {}, "state 'a-b' under values: it was an export"),
        (" ssm `/a` ", "${ssm:/a}", {}, ""),
        (" ssm `/a` 1 ", "${value:/a[1]}", {}, "state '/a[1]' under values"),
        (" secretsmanager_arn `a` ", "${secret:a}", {}, ""),
        (" tfstate `aws_lb.a.arn` ", "${value:aws_lb.a.arn}", {}, "it was read from Terraform's state"),
        (
            " net_tfstatef `aws.%s[%d]` `a` `0` ",
            "${value:aws.a[0]}",
            {},
            "it was read from Terraform's state",
        ),
        (" `plain` ", "plain", {}, ""),
        ("/* said aside */", "", {}, ""),
        (" other `x` ", "${value:other x}", {}, "a function we do not know"),
        (" if eq `a` `b` ", "", {}, "has no counterpart in a manifest"),
    ],
)
def test_an_action_becomes_a_reference_or_is_left(action: str, text: str, values: Any, left: str) -> None:
    found = meaning_of(action, ["net_"])
    assert (found.text, found.values) == (text, values)
    assert left in found.left
    assert bool(left) == bool(found.left)


def test_a_value_outside_quotes_gets_them_and_one_inside_does_not() -> None:
    text = """{"a": {{ ssm `x` }}, "b": "{{ ssm "y" }}-1", "c": [{{ ssm `z` }}]}"""
    assert json.loads(translate("a.json", text).text) == {
        "a": "${ssm:x}",
        "b": "${ssm:y}-1",
        "c": ["${ssm:z}"],
    }


def test_text_that_looks_like_ours_stays_text() -> None:
    assert translate("a.json", '"${ssm:x} ${HOME}"').text == '"$${ssm:x} ${HOME}"'


def test_a_configuration_becomes_one_manifest(tmp_path: Path) -> None:
    found = converted(tmp_path)
    assert (found.key, found.holds) == (ServiceKey("prod", "web"), True)
    container = {
        "name": "web",
        "image": "${cfn:images.Web}:${value:TAG}",
        "memory": "${value:MEMORY}",
        "secrets": [{"name": "TOKEN", "valueFrom": "${secret:web/token}:key::"}],
    }
    assert found.manifest == {
        "apiVersion": "ecs-gitops/v1",
        "kind": "Service",
        "taskDefinition": {"family": "web", "cpu": "${value:CPU}", "containerDefinitions": [container]},
        "service": {
            "desiredCount": "${ssm:/web/count}",
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["${value:aws_subnet.a['x'].id}"]}},
        },
        "values": {"TAG": "1", "MEMORY": "128"},
    }
    assert [str(fault) for fault in found.faults] == [
        "task.yaml:3:6: {{ must_env `CPU` }}: state 'CPU' under values: "
        "it was the environment's variable of that name",
        "task.yaml:8:5: taskDefinition.containerDefinitions[0].links: is null and was left out",
        "service.json:4:65: {{ net_tfstate `aws_subnet.a['x'].id` }}: state \"aws_subnet.a['x'].id\" "
        "under values: it was read from Terraform's state",
        "service.json:3:3: service.runningCount: is only in AWS's answers and was left out",
    ]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"task.yaml": "a: 1\n{{ if true }}\nb: 2\n"}, "task.yaml:2:1: {{ if true }}: has no counterpart"),
        ({"task.yaml": "family: [web\n"}, "task.yaml:2:1: not YAML"),
        ({"ecspresso.yml": CONFIG.replace("task.yaml", "task.jsonnet")}, "task.jsonnet: is Jsonnet"),
        (
            {"ecspresso.yml": CONFIG.replace("web", "'{{ must_env `S` }}'")},
            "ecspresso.yml:1:1: service: is not",
        ),
    ],
)
def test_what_cannot_be_translated_makes_no_manifest(
    files: dict[str, str], told: str, tmp_path: Path
) -> None:
    found = converted(tmp_path, **files)
    assert not found.holds
    assert any(str(fault).startswith(told) for fault in found.faults if not fault.warning)


def test_a_name_from_the_environment_can_be_given(tmp_path: Path) -> None:
    key = ServiceKey("prod", "api")
    files = {"ecspresso.yml": CONFIG.replace("service: web", "service: '{{ must_env `S` }}'")}
    assert (converted(tmp_path, key, **files).key, converted(tmp_path, key, **files).holds) == (key, True)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "it holds none of ecspresso.yml"),
        ("nowhere", "nowhere: there is no such file or folder"),
        ("task.json", "cannot import"),
    ],
)
def test_a_folder_without_its_files_is_said(path: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text("service_definition: gone.json")
    with pytest.raises(TerminalError, match=message):
        convert(SHAPES, tmp_path / path)


@given(st.text('{}` "envmust_|-/*x:[],\n', max_size=40))
def test_no_template_makes_it_fall_over(text: str) -> None:
    translate("a.yaml", text)
