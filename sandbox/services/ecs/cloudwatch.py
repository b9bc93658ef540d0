"""What CloudWatch says of alarms, as ECS asks it while a deployment is guarded by them."""

from __future__ import annotations

from collections.abc import Sequence

from moto.cloudwatch.models import cloudwatch_backends


def in_alarm(account: str, region: str, names: Sequence[str]) -> frozenset[str]:
    """Those of the alarms that are in ALARM now; one that does not exist is in no state."""
    alarms = cloudwatch_backends[account][region].describe_alarms()
    return frozenset(alarm.name for alarm in alarms if alarm.name in names and alarm.state_value == "ALARM")
