"""The boundaries hold, and each rule would notice if they did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.rooms import CORE, RULES, Tree, Violation, violations

ROOT = Path(__file__).parents[2]
APP = "functions/reconciler/app.py"
PURE = '"""A thing. Pure."""\n'

PLANTED = {
    "pure_says_so": {f"{CORE}plan.py": '"""A plan."""\n'},
    "pure_imports_pure": {f"{CORE}thing.py": PURE + "def f():\n    import logging\n"},
    "aws_in_one_room": {f"{CORE}reconcile.py": "from botocore.exceptions import ClientError\n"},
    "core_knows_no_sandbox": {f"{CORE}reconcile.py": "import sandbox.world\n"},
    "functions_know_core_alone": {APP: "import boto3\n"},
    "functions_hold_app_alone": {"functions/reconciler/helpers.py": "x = 1\n"},
    "engines_are_pure": {"sandbox/ecs/engine.py": "from threading import Thread\n"},
    "world_alone_touches_moto": {"sandbox/ecr.py": "from moto.ecr import models\nmodels.x = 1\n"},
    "clock_in_one_room": {f"{CORE}sweep.py": "import datetime\nx = datetime.datetime.now()\n"},
    "reconciler_starts_light": {APP: "import ecs_gitops.a.b\n", f"{CORE}a/b.py": "from yaml import load\n"},
    "nothing_is_patched": {"tests/unit/test_x.py": "from unittest import mock\n"},
    "no_module_is_long": {"sandbox/long.py": "x = 1\n" * 301},
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
    assert {f"{CORE}plan.py", "sandbox/timeline.py", "tests/unit/test_rooms.py"} <= judged.keys()


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
    ["import ecs_gitops.io", "from ecs_gitops import io", "from ecs_gitops.io import x", "import time"],
)
def test_a_pure_module_cannot_reach_an_impure_one_by_any_spelling(import_line: str, tmp_path: Path) -> None:
    plant(tmp_path, {f"{CORE}io.py": '"""It talks."""\nx = 1\n', f"{CORE}thing.py": PURE + import_line})
    assert Violation("pure_imports_pure", f"{CORE}thing.py") in violations(tmp_path)


def test_a_pure_module_may_import_another(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {f"{CORE}one.py": PURE, f"{CORE}two.py": PURE + "from ecs_gitops.one import x\nimport re\n"},
    )
    assert violations(tmp_path) == []
