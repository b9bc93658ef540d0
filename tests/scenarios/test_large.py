"""A manifest that holds much more than it should: what is said of it fits, and the others go on."""

from __future__ import annotations

from random import Random

import pytest

from ecs_gitops.model.vocabulary import Reason
from tests.scenarios.stage import a_manifest, a_stage

NOISE = Random(1).randbytes(450_000).hex()
"""So much that DynamoDB would not take it, however it is compressed."""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("desiredCount: 2", f'desiredCount: "{NOISE}"', "service.desiredCount: is text ('"),
        ("desiredCount: 2", f'desiredCount: 2\n  ? "{NOISE}"\n  : 1', "is no field that AWS knows"),
        ("desiredCount: 2", f"desiredCount: 2\n  role: {NOISE}", "service: is 900,115 bytes long"),
    ],
    ids=["value", "key", "section"],
)
def test_a_bad_manifest_of_any_size_is_told_and_stops_no_other(old: str, new: str, told: str) -> None:
    with a_stage() as stage:
        stage.push({"large": a_manifest().replace(old, new), "nginx": a_manifest("nginx:1", family="web")})
        stage.until_rolled_out("nginx", "nginx:1")
        status = stage.until_told("large", Reason.INVALID_MANIFEST)
        assert told in status.message
        assert len(status.message) < 2_000
        assert stage.failures() == []
