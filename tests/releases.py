"""What an older release left behind: its table and ECS's answers of one moment, from tests/fixtures."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecs_gitops.model.desired import Document
from ecs_gitops.model.live import Live, ServiceDeployment

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = tuple(sorted(path.stem for path in FIXTURES.glob("release-*.json")))

LATER = 1_795_500_000.0
"""A day after whatever a fixture tells that does not say when it was taken."""


@dataclass(frozen=True, slots=True)
class Left:
    """One fixture: tests/fixtures/README.md says what its members are."""

    items: list[dict[str, Any]]
    lives: Mapping[str, Live]
    revisions: Mapping[str, Document]
    at: float
    head: str
    files: Mapping[str, str]
    calls: list[dict[str, Any]]


def left_by(name: str) -> Left:
    """What the release of a fixture left; `name` is one of `NAMES`."""
    stored = json.loads((FIXTURES / f"{name}.json").read_text())
    shown = stored.get("revisions") or [each["task_definition"] for each in stored["live"]]
    return Left(
        items=[_item(each) for each in stored["items"]],
        lives={each["service"]["serviceName"]: _live(each) for each in stored["live"]},
        revisions={each["taskDefinitionArn"]: each for each in shown},
        at=stored.get("at", LATER),
        head=stored.get("head", ""),
        files=stored.get("files", {}),
        calls=stored.get("calls", []),
    )


def _item(stored: Mapping[str, Any]) -> dict[str, Any]:
    """An item as the low-level API takes it: JSON has no binary values."""
    item = dict(stored)
    if "B" in item.get("body", {}):
        item["body"] = {"B": base64.b64decode(item["body"]["B"]["base64"])}
    return item


def _live(stored: Mapping[str, Any]) -> Live:
    deployments = tuple(ServiceDeployment(**each) for each in stored.get("deployments", ()))
    return Live(**{**stored, "deployments": deployments})
