"""EventBridge: matches events to rules and takes them to their targets, or to the dead letters."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import moto.events.models as events_models
from moto.events.exceptions import ValidationException
from moto.events.models import Rule
from moto.moto_api._internal import mock_random

from sandbox.wires.invoke import Invoker
from sandbox.wires.parts import Parts, Replacement
from sandbox.wires.permits import permits
from sandbox.wires.queues import Queues
from sandbox.wires.schedules import Schedules, next_time

DELIVERY_SECONDS = 0.05
SERVICE = "events.amazonaws.com"
TARGETS = ("sqs", "lambda", "logs", "events")

Event = dict[str, Any]


class SandboxRule(Rule):
    """A rule whose schedule fires and whose targets are reached through the world's bus."""

    bus: ClassVar[Bus]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.scheduled_expression:
            type(self).bus.schedule(self)

    def put_targets(self, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            if target["Arn"].split(":")[2] not in TARGETS:
                raise ValidationException(f"The sandbox does not deliver events to {target['Arn']}.")
        super().put_targets(targets)

    def send_to_targets(self, original_event: Any, transform_input: bool = True) -> None:
        if self.state != "DISABLED" and self.event_pattern.get_pattern():
            type(self).bus.match(self, original_event)


class Bus:
    """The default bus of a world's account and Region."""

    def __init__(self, parts: Parts, queues: Queues, invoker: Invoker) -> None:
        self._parts = parts
        self._queues = queues
        self._invoker = invoker
        self._schedules = Schedules(parts, self._fire)

    def emit(
        self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()
    ) -> Event:
        """Put an AWS service's event on the default bus; returns it as it is sent."""
        event = self._event(source, detail_type, detail, resources)
        self._parts.journal("event", event)
        backend = events_models.events_backends[self._parts.account][self._parts.region]
        for rule in list(backend.event_buses["default"].rules.values()):
            rule.send_to_targets(event)
        return event

    def match(self, rule: Rule, event: Event) -> None:
        """Deliver an event to a rule's targets if its pattern matches."""
        if isinstance(event["time"], (int, float)):  # moto's own PutEvents hands over a number
            event = {**event, "time": _iso(self._parts.now())}
            event.pop("ingestion-time", None)
        if rule.event_pattern.matches_event(event):
            self._dispatch(rule, event)

    def schedule(self, rule: Rule) -> None:
        """Fire a rule at its times while it is the rule of its name. Refuses an unknown schedule."""
        try:
            next_time(rule.scheduled_expression, self._parts.now())
        except ValueError as error:
            raise ValidationException(str(error)) from error
        backend = events_models.events_backends[rule.account_id][rule.region_name]
        self._schedules.watch(rule, lambda: backend.event_buses["default"].rules.get(rule.name) is rule)

    def replacements(self) -> tuple[Replacement, ...]:
        """What a world sets in moto so that its rules deliver."""
        return (Replacement(events_models, "Rule", type("WorldRule", (SandboxRule,), {"bus": self})),)

    def _fire(self, rule: Rule) -> None:
        self._dispatch(rule, self._event("aws.events", "Scheduled Event", {}, [rule.arn]))

    def _event(
        self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]
    ) -> Event:
        return {
            "version": "0",
            "id": str(mock_random.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": self._parts.account,
            "time": _iso(self._parts.now()),
            "region": self._parts.region,
            "resources": list(resources),
            "detail": dict(detail),
        }

    def _dispatch(self, rule: Rule, event: Event) -> None:
        for target in list(rule.targets):
            deliver = _bound(self._deliver, rule, target, event)
            for late in self._parts.deliveries(event):
                name = f"event for {target['Arn']}"
                self._parts.timeline.after(DELIVERY_SECONDS + late, deliver, name)

    def _deliver(self, rule: Rule, target: Mapping[str, Any], event: Event) -> None:
        service = target["Arn"].split(":")[2]
        detail = {"rule": rule.name, "target": target["Arn"], "id": event["id"]}
        if service == "sqs":
            refused = self._to_queue(rule, target, _input(target, event))
        elif service == "lambda":
            refused = self._to_function(rule, target, _input(target, event))
        else:
            refused = ""
            self._to_moto(rule, target, event)
        if refused:
            self._parts.journal("event.refused", {**detail, "why": refused})
            self._bury(rule, target, event, refused)
        else:
            self._parts.journal("event.delivered", detail)

    def _to_queue(self, rule: Rule, target: Mapping[str, Any], body: str) -> str:
        queue = self._queues.find(target["Arn"])
        if queue is None:
            return "the queue does not exist"
        if not permits(queue._policy_json, SERVICE, "sqs:SendMessage", queue.queue_arn, rule.arn):
            return "the queue's policy does not let the rule send"
        group = target.get("SqsParameters", {}).get("MessageGroupId")
        if queue.fifo_queue and not queue.content_based_deduplication:
            return "the FIFO queue has no content-based deduplication"
        self._queues.backend().send_message(queue.name, body, group_id=group)
        return ""

    def _to_function(self, rule: Rule, target: Mapping[str, Any], body: str) -> str:
        function = self._invoker.find(target["Arn"])
        if function is None:
            return "the function does not exist"
        if not permits(
            function.resource_policy(), SERVICE, "lambda:InvokeFunction", function.function_arn, rule.arn
        ):
            return "the function's policy does not let the rule invoke it"
        self._invoker.later(target["Arn"], body, source=f"rule:{rule.name}")
        return ""

    def _to_moto(self, rule: Rule, target: Mapping[str, Any], event: Event) -> None:
        """Log groups and other buses: moto's own delivery, for this one target."""
        targets, rule.targets = rule.targets, [target]
        try:
            Rule.send_to_targets(rule, {**event, "time": self._parts.now()})
        finally:
            rule.targets = targets

    def _bury(self, rule: Rule, target: Mapping[str, Any], event: Event, why: str) -> None:
        arn = (target.get("DeadLetterConfig") or {}).get("Arn", "")
        queue = self._queues.find(arn) if arn else None
        if queue is None or not permits(queue._policy_json, SERVICE, "sqs:SendMessage", arn, rule.arn):
            return
        stated = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": "NO_PERMISSIONS" if "policy" in why else "NO_RESOURCE",
            "ERROR_MESSAGE": why,
        }
        attributes = {name: {"StringValue": text, "DataType": "String"} for name, text in stated.items()}
        self._queues.backend().send_message(queue.name, json.dumps(event), message_attributes=attributes)


def _bound(deliver: Callable[[Rule, Mapping[str, Any], Event], None], *what: Any) -> Callable[[], None]:
    return lambda: deliver(*what)


def _input(target: Mapping[str, Any], event: Event) -> str:
    """What a target is sent: the event, a part of it, a text made from it, or a constant."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(event, target["InputPath"]))
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        paths: Mapping[str, str] = transformer.get("InputPathsMap", {})
        values = {name: _at(event, path) for name, path in paths.items()}
        return _filled(transformer["InputTemplate"], {**values, "aws.events.event": event})
    return json.dumps(event)


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """A template with `<name>` replaced: bare text inside a string, JSON elsewhere."""
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value)
        template = template.replace(f'"<{name}>"', json.dumps(value) if isinstance(value, str) else text)
        inside = template.lstrip().startswith('"')
        template = template.replace(f"<{name}>", text if inside else json.dumps(value))
    return template


def _at(event: Event, path: str) -> Any:
    """What a path like `$.detail.clusterArn` points at; None when it points at nothing."""
    found: Any = event
    for key in filter(None, path.removeprefix("$").split(".")):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _iso(now: float) -> str:
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
