"""`make permissions`: each grant is taken away, and given for something else; a scenario shows the need."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.front.grants import Grant, narrowed
from tests.scenarios.permissions.losses import first_loss, removed
from tests.scenarios.permissions.only_aws import left_to_aws
from tests.scenarios.permissions.rights import Played, Rights, recorded
from tests.scenarios.permissions.setting import EVERYTHING_ON, installed
from tests.scenarios.permissions.walk import WALK
from tests.scenarios.stage import WRITES

Record = Callable[[str, object], None]


def everything_granted() -> list[Grant]:
    """The grants of the template, by its own names; which source it follows changes what it grants."""
    found: dict[Grant, None] = {}
    for scenario in {scenario.prepare: scenario for scenario in reversed(WALK)}.values():
        with installed(scenario) as stage:
            found.update(dict.fromkeys(Rights.of(stage).held))
    return list(found)


GRANTS = everything_granted()
CHANGES = {"removed": removed, "narrowed": narrowed}


@pytest.fixture(scope="module")
def played() -> list[Played]:
    """The whole walk with everything granted."""
    return [recorded(scenario) for scenario in WALK]


@pytest.mark.parametrize("way", CHANGES)
@pytest.mark.parametrize("grant", GRANTS, ids=str)
def test_a_scenario_fails_without_it(
    grant: Grant, way: str, played: list[Played], record_property: Record
) -> None:
    change = CHANGES[way]
    changed = change(grant)
    if way == "narrowed" and changed is None:
        return  # IAM knows no resource for it
    record_property("grant", (GRANTS.index(grant), str(grant), len(GRANTS), len(left_to_aws(GRANTS))))
    record_property("way", f"{way} to {changed.resource}" if changed else way)
    found = first_loss(played, grant, change)
    assert found is not None, f"every scenario comes out well all the same: {grant} can go"
    assert found.refused, f"{found.scenario} failed, but not for a right: {found.what}"
    record_property("fails", f"{found.scenario}: {found.what}")
    record_property("refused", ", ".join(found.refused))
    record_property("told", found.told)


def test_an_install_that_observes_holds_no_writing_action_on_ecs(record_property: Record) -> None:
    with installed(WALK[0]) as stage:
        assert any(grant.action.startswith(WRITES) for grant in Rights.of(stage).held)
        stage.update(**{**EVERYTHING_ON, "Mode": "observe"})
        known = [grant.action for grant in Rights.of(stage).held]
        assert [action for action in known if action.startswith((*WRITES, "iam:"))] == []
        assert "ecs:DescribeServices" in known
        record_property("observes", f"an install that observes: {len(known)} grants, none changes ECS")
