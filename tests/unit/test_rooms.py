"""The boundaries hold, and each rule would notice if they did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.room_rules import CORE, RULES, Tree, Violation, violations

ROOT = Path(__file__).parents[2]
APP = "functions/reconciler/app.py"
PURE = '"""A thing. Pure."""\n'

PLANTED = {
    "imports_go_down": {f"{CORE}plan/drift.py": "from ecs_gitops.status.assess import assess\n"},
    "every_module_has_a_room": {f"{CORE}helpers.py": "x = 1\n"},
    "rooms_open_with_nothing": {f"{CORE}cli/__init__.py": '"""A room."""\nimport json\n'},
    "pure_imports_pure": {f"{CORE}model/thing.py": "def f():\n    import logging\n"},
    "aws_in_one_room": {f"{CORE}reconcile/loop.py": "from botocore.exceptions import ClientError\n"},
    "core_knows_no_sandbox": {f"{CORE}reconcile/loop.py": "import sandbox.world.world\n"},
    "functions_know_core_alone": {APP: "import boto3\n"},
    "functions_hold_app_alone": {"functions/reconciler/helpers.py": "x = 1\n"},
    "handlers_are_short": {APP: "x = 1\n" * 31},
    "engines_are_pure": {"sandbox/services/ecs/engine.py": "from threading import Thread\n"},
    "world_alone_touches_moto": {
        "sandbox/services/ecr/registry.py": "from moto.ecr import models\nmodels.x = 1\n"
    },
    "clock_in_one_room": {f"{CORE}sweep/fleet.py": "import datetime\nx = datetime.datetime.now()\n"},
    "reconciler_starts_light": {
        APP: "import ecs_gitops.aws.b\n",
        f"{CORE}aws/b.py": "from yaml import load\n",
    },
    "nothing_is_patched": {"tests/unit/test_x.py": "from unittest import mock\n"},
    "no_module_is_long": {"sandbox/world/long.py": "x = 1\n" * 301},
}


def plant(root: Path, files: dict[str, str]) -> None:
    for place, text in files.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_every_module_keeps_to_its_room() -> None:
    assert violations(ROOT) == []


def test_the_tree_that_is_judged_is_the_whole_project() -> None:
    judged = Tree.read(ROOT).modules
    assert {
        f"{CORE}plan/decide.py",
        "sandbox/ground/timeline.py",
        "tests/unit/test_rooms.py",
    } <= judged.keys()


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_violation_is_found(rule: str, tmp_path: Path) -> None:
    """The control: the same check says more than nothing where something is wrong."""
    files = PLANTED[rule]
    plant(tmp_path, files)
    assert violations(tmp_path) == [Violation(rule, list(files)[-1])]


def test_every_rule_has_a_control() -> None:
    assert set(PLANTED) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    "import_line",
    [
        "import ecs_gitops.aws.io",
        "from ecs_gitops.aws import io",
        "from ecs_gitops.aws.io import x",
        "import time",
    ],
)
def test_a_pure_module_cannot_reach_an_impure_one_by_any_spelling(import_line: str, tmp_path: Path) -> None:
    plant(
        tmp_path,
        {f"{CORE}aws/io.py": '"""It talks."""\nx = 1\n', f"{CORE}cli/thing.py": PURE + import_line},
    )
    assert Violation("pure_imports_pure", f"{CORE}cli/thing.py") in violations(tmp_path)


def test_a_pure_module_may_import_another(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            f"{CORE}cli/one.py": PURE,
            f"{CORE}cli/two.py": PURE + "from ecs_gitops.cli.one import x\nimport re\n",
        },
    )
    assert violations(tmp_path) == []
