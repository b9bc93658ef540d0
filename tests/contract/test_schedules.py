"""Rules with a schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from sandbox.wires.schedules import next_time
from sandbox.world.world import World
from tests.contract.little_stack import little_stack

START = datetime(2026, 11, 23, 3, 45, tzinfo=UTC)  # a Monday


def after(expression: str, start: datetime = START) -> datetime:
    return datetime.fromtimestamp(next_time(expression, start.timestamp()), UTC)


@pytest.mark.parametrize(
    ("expression", "moment"),
    [
        ("rate(1 minute)", START + timedelta(minutes=1)),
        ("rate(5 minutes)", START + timedelta(minutes=5)),
        ("rate(2 hours)", START + timedelta(hours=2)),
        ("rate(1 day)", START + timedelta(days=1)),
        ("cron(0/15 * * * ? *)", START + timedelta(minutes=15)),
        ("cron(45 3 * * ? *)", START + timedelta(days=1)),
        ("cron(0 12 ? * MON-FRI *)", START.replace(hour=12, minute=0)),
        ("cron(0 12 ? * SUN *)", datetime(2026, 11, 29, 12, tzinfo=UTC)),
        ("cron(30 8,20 1 JAN ? 2027)", datetime(2027, 1, 1, 8, 30, tzinfo=UTC)),
        ("cron(0 0 29 2 ? *)", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_the_next_time_of(expression: str, moment: datetime):
    assert after(expression) == moment


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.integers(0, 59), st.integers(0, 23))
def test_a_daily_schedule_comes_within_a_day_and_at_its_minute(start: datetime, minute: int, hour: int):
    start = start.replace(tzinfo=UTC)
    moment = after(f"cron({minute} {hour} * * ? *)", start)
    assert start < moment <= start + timedelta(days=1)
    assert (moment.hour, moment.minute, moment.second) == (hour, minute, 0)


@pytest.mark.parametrize(
    "expression", ["at(2026-11-23T00:00:00)", "cron(0 0 L * ? *)", "cron(0 0 30 2 ? *)"]
)
def test_an_unknown_schedule_is_refused(expression: str):
    with pytest.raises(ValueError, match="schedule"):
        after(expression)


def test_a_function_is_called_every_minute_and_told_by_which_rule(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        stack.world.advance(59)
        assert stack.events("Watcher") == []
        stack.world.advance(122)
        events = stack.events("Watcher")
    assert [event["time"] for event in events] == [f"2026-11-23T03:{45 + i}:00Z" for i in (1, 2, 3)]
    assert {event["detail-type"] for event in events} == {"Scheduled Event"}
    assert all(":rule/little-WatcherMinute" in event["resources"][0] for event in events)


def test_a_deleted_or_disabled_rule_fires_no_more(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        events = stack.world.client("events")
        (name,) = [r["Name"] for r in events.list_rules()["Rules"] if "ScheduleExpression" in r]
        stack.world.advance(61)
        events.disable_rule(Name=name)
        stack.world.advance(120)
        assert len(stack.events("Watcher")) == 1
        events.enable_rule(Name=name)
        stack.world.advance(60)
        assert len(stack.events("Watcher")) == 2
        events.remove_targets(
            Rule=name, Ids=[t["Id"] for t in events.list_targets_by_rule(Rule=name)["Targets"]]
        )
        events.delete_rule(Name=name)
        stack.world.advance(300)
        assert len(stack.events("Watcher")) == 2


def test_a_client_that_asks_for_an_unknown_schedule_is_told():
    with World.inline() as world, pytest.raises(ClientError, match="does not know"):
        world.client("events").put_rule(Name="r", ScheduleExpression="cron(0 0 L * ? *)")
