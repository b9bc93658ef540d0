"""AWS's timestamps: the same moments that botocore finds."""

from __future__ import annotations

import pytest
from botocore.utils import parse_timestamp

from ecs_gitops.aws.timestamps import parsed

SAID = [
    0,
    1_795_500_000,
    1_795_500_000.123,
    1_795_500_000.9999996,
    -3.5,
    "1795500000",
    "2026-11-28T12:00:00Z",
    "2026-11-28T12:00:00.5+02:00",
    "Sat, 28 Nov 2026 12:00:00 GMT",
]


@pytest.mark.parametrize("said", SAID)
def test_a_moment_is_the_one_that_botocore_finds(said: float | str) -> None:
    assert parsed(said) == parse_timestamp(said)
    assert parsed(said).timestamp() == parse_timestamp(said).timestamp()


def test_what_is_no_moment_is_refused_as_by_botocore() -> None:
    with pytest.raises(ValueError, match="Invalid timestamp"):
        parsed("yesterday")
