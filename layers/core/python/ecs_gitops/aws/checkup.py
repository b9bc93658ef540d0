"""Looks at an install's stack as its owner may: rules, queues, trails. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ecs_gitops.aws.errors import translate
from ecs_gitops.status.doctor import Facts

_WINDOW: Final = 900
"""Seconds back that a queue's age is asked for."""


class Checkup:
    """What a person's session finds of a stack."""

    def __init__(self, client: Callable[[str], Any], stack: str) -> None:
        self._make = client
        self._stack = stack

    def facts(self, now: float) -> Facts:
        """The stack as it stands. `now` in seconds."""
        cloudformation = self._make("cloudformation")
        with translate(f"cannot look at stack {self._stack}"):
            stack = cloudformation.describe_stacks(StackName=self._stack)["Stacks"][0]
            pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=self._stack)
            found = [each for page in pages for each in page["StackResourceSummaries"]]
        named = {
            kind: {
                each["LogicalResourceId"]: each["PhysicalResourceId"]
                for each in found
                if each["ResourceType"] == kind
            }
            for kind in ("AWS::Events::Rule", "AWS::SQS::Queue")
        }
        queues = named["AWS::SQS::Queue"]
        return Facts(
            outputs={each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())},
            parameters={
                each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", ())
            },
            rules=self._rules(named["AWS::Events::Rule"]),
            waiting={name: self._waiting(url) for name, url in queues.items()},
            age={name: self._age(url, now) for name, url in queues.items() if _is_for_now(name)},
        )

    def is_logging(self) -> bool:
        """Whether some trail keeps the writing management events of this Region."""
        cloudtrail = self._make("cloudtrail")
        with translate("cannot look at trails"):
            trails = cloudtrail.describe_trails(includeShadowTrails=True)["trailList"]
            return any(_keeps_writes(cloudtrail, trail["TrailARN"]) for trail in trails)

    def _rules(self, names: Mapping[str, str]) -> dict[str, bool]:
        events = self._make("events")
        with translate("cannot look at event rules"):
            return {
                logical: events.describe_rule(Name=name.rpartition("/")[2])["State"] != "DISABLED"
                for logical, name in names.items()
            }

    def _waiting(self, url: str) -> int:
        wanted = "ApproximateNumberOfMessages"
        with translate(f"cannot look at queue {url}"):
            answer = self._make("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[wanted])
        return int(answer["Attributes"][wanted])

    def _age(self, url: str, now: float) -> float | None:
        with translate(f"cannot look at the age of queue {url}"):
            answer = self._make("cloudwatch").get_metric_statistics(
                Namespace="AWS/SQS",
                MetricName="ApproximateAgeOfOldestMessage",
                Dimensions=[{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
                StartTime=datetime.fromtimestamp(now - _WINDOW, UTC),
                EndTime=datetime.fromtimestamp(now, UTC),
                Period=300,
                Statistics=["Maximum"],
            )
        points = sorted(answer["Datapoints"], key=lambda each: each["Timestamp"])
        return float(points[-1]["Maximum"]) if points else None


def _is_for_now(queue: str) -> bool:
    """Dead letters wait for a person; timers, for their time."""
    return "DeadLetters" not in queue and queue != "TimerQueue"


def _keeps_writes(cloudtrail: Any, arn: str) -> bool:
    if not cloudtrail.get_trail_status(Name=arn).get("IsLogging"):
        return False
    kept = cloudtrail.get_event_selectors(TrailName=arn)
    plain = kept.get("EventSelectors") or ()
    if any(each.get("IncludeManagementEvents") and each["ReadWriteType"] != "ReadOnly" for each in plain):
        return True
    return any(_selects_writes(each) for each in kept.get("AdvancedEventSelectors") or ())


def _selects_writes(selector: Mapping[str, Any]) -> bool:
    fields = {each["Field"]: each for each in selector.get("FieldSelectors", ())}
    is_management = "Management" in fields.get("eventCategory", {}).get("Equals", ())
    return is_management and "true" not in fields.get("readOnly", {}).get("Equals", ())
