"""Services with the longest names that AWS takes."""

from __future__ import annotations

from tests.scenarios.stage import a_manifest, a_stage


def test_a_service_may_have_the_longest_name() -> None:
    with a_stage() as stage:
        name = "a" * 255
        stage.push({name: a_manifest("nginx:1", family="b" * 255)})
        stage.until_rolled_out(name, "nginx:1")
        assert stage.failures() == []
        stage.an_ordinary_push_works(name, "nginx:2", family="b" * 255)
