"""AWS's timestamps → datetimes."""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.utils import parse_timestamp


def parsed(value: float | str) -> datetime:
    """The moment that botocore finds, in UTC where it is given as seconds, which is how ECS says it.

    botocore asks the machine for its time zone at each of them, and a service shows two dozen.
    """
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    moment: datetime = parse_timestamp(value)
    return moment
