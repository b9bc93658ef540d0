"""Which service there is, of what ECS shows and of what it answered a moment ago."""

from __future__ import annotations

from typing import Any

import pytest

from ecs_gitops.resources.service import SHOWN_WITHIN, existing, just_created

MADE: dict[str, Any] = {"serviceName": "web", "status": "ACTIVE", "createdAt": 1000.0}
SHOWN = {**MADE, "runningCount": 2}
OLDER = {**MADE, "createdAt": 500.0}


def gone(service: dict[str, Any]) -> dict[str, Any]:
    return {**service, "status": "INACTIVE"}


@pytest.mark.parametrize(
    ("shown", "created", "there_is"),
    [
        (None, None, None),
        (SHOWN, None, SHOWN),
        (gone(SHOWN), None, None),
        (None, MADE, MADE),
        (SHOWN, MADE, SHOWN),
        (gone(SHOWN), MADE, None),
        (OLDER, MADE, MADE),
        (gone(OLDER), MADE, MADE),
    ],
)
def test_only_its_own_tombstone_tells_that_it_is_gone(shown: Any, created: Any, there_is: Any) -> None:
    assert existing(shown, created) == there_is


def test_an_answer_is_believed_for_two_minutes() -> None:
    assert just_created(MADE, 1000.0 + SHOWN_WITHIN - 1) == MADE
    assert just_created(MADE, 1000.0 + SHOWN_WITHIN) is None
    assert just_created(None, 1000.0) is None
