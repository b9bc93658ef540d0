"""How a scenario of the trouble table ends: what a person was told, how ECS stands, and that it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from ecs_gitops.cli.view import status_line
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Status
from tests.scenarios.stage import CLUSTER, Stage


@dataclass(frozen=True)
class Trouble:
    """Compares a scenario's end with what is expected, and keeps both for `make trouble`."""

    keep: Callable[[str, object], None]

    def told(self, said: str, expected: str) -> None:
        """What a person was told, the whole of it."""
        assert said == expected
        self.keep("told", expected)

    def stands(self, stage: Stage, ecs: str, deployments: Sequence[str], name: str = "nginx") -> None:
        """How ECS stands, and every deployment that it ever made of the service."""
        found = [" ".join(each) for each in stage.deployments(name)]
        assert (stands(stage, name), found) == (ecs, list(deployments))
        self.keep("ecs", f"{CLUSTER}/{name}: {ecs}; deployments: {', '.join(found) or 'none'}")

    def ends(
        self,
        stage: Stage,
        *,
        told: str,
        ecs: str,
        deployments: Sequence[str],
        name: str = "nginx",
        **push: Any,
    ) -> None:
        """Told and standing like this, and then an ordinary good push works (`push`: what it states)."""
        self.told(line(stage.status(name)), told)
        self.stands(stage, ecs, deployments, name)
        stage.an_ordinary_push_works(name, **push)


def line(status: Status) -> str:
    """A whole status as one text, as `ecs-gitops status` words it."""
    return status_line(ServiceKey(CLUSTER, ""), status).plain.partition("  ")[2]


def stands(stage: Stage, name: str) -> str:
    """What ECS is set to run and what it runs."""
    service = stage.service(name)
    if not service or service["status"] != "ACTIVE":
        return "no service"
    revision = service["taskDefinition"].rpartition("/")[2]
    running, desired = service["runningCount"], service["desiredCount"]
    return f"{revision} ({stage.image(name)}), {running} of {desired} running"


@pytest.fixture
def trouble(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Trouble:
    marks = list(request.node.iter_markers("row"))
    assert marks, "a scenario of the trouble table says which row it plays"
    for mark in marks:
        record_property("row", mark.args[0])
    return Trouble(record_property)
