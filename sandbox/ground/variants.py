"""What is not known of AWS, as questions with their known answers; a world has one answer to each.

Every scenario must come out the same whatever the answer is. Product code may not read this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult

from sandbox.ground.describe_lag import AT_ONCE, FOUND_LATER, SHOWN_LATER, Late, Past


@dataclass(frozen=True, slots=True)
class Variant:
    """One open question. The first answer is what a world gives unless it is told otherwise."""

    id: str
    question: str
    answers: tuple[str, ...]


VARIANTS = (
    Variant(
        "network-mode-shown",
        "What does DescribeTaskDefinition show for a networkMode that was not stated?",
        ("absent", "bridge"),
    ),
    Variant(
        "fault-injection-shown",
        "Does DescribeTaskDefinition show enableFaultInjection where it was not stated?",
        ("absent", "false"),
    ),
    Variant(
        "volume-host-shown",
        "What does DescribeTaskDefinition show as host of a volume that states only its name?",
        ("empty", "absent"),
    ),
    Variant(
        "grace-period-shown",
        "Does DescribeServices show a grace period for a service without a load balancer?",
        ("absent", "zero"),
    ),
    Variant(
        "partial-deployment-configuration",
        "What becomes of the parts of a deploymentConfiguration that UpdateService does not state?",
        ("kept", "reset"),
    ),
    Variant(
        "in-place-update",
        "Does UpdateService start a deployment for fields that only later tasks take up?",
        ("no deployment", "new deployment"),
    ),
    Variant(
        "ended-deployment-reason",
        "Does a service deployment say in words why it was stopped or rolled back?",
        ("worded", "silent"),
    ),
    Variant(
        "breaker-after-the-end",
        "What does the breaker of a deployment show that ended without it?",
        ("MONITORING_COMPLETE", "MONITORING"),
    ),
    Variant(
        "event-latency",
        "How long does an event take from its service to a rule's target?",
        ("a moment", "a minute"),
    ),
    Variant(
        "describe-lag",
        "From when on does ECS know a service that was created, and show that one was deleted?",
        (AT_ONCE, SHOWN_LATER, FOUND_LATER),
    ),
)
"""Each is marked as unconfirmed in what is known of AWS, and touches what the controller does."""

TAKEN_UP_LATER = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "propagateTags",
)
WHOLE = {"maximumPercent": 200, "minimumHealthyPercent": 100, "deploymentCircuitBreaker": {"enable": False}}
A_MINUTE = 60.0

Document = dict[str, Any]
Deliveries = Callable[[Mapping[str, Any]], Sequence[float]]


def answers(chosen: Mapping[str, str]) -> dict[str, str]:
    """An answer to every question. Raises ValueError for a question or an answer that is none."""
    known = {variant.id: variant for variant in VARIANTS}
    for name, answer in chosen.items():
        if name not in known:
            raise ValueError(f"cannot choose {name!r}: the variants are {', '.join(known)}")
        if answer not in known[name].answers:
            raise ValueError(f"cannot answer {name} by {answer!r}: {' or '.join(known[name].answers)}")
    return {variant.id: chosen.get(variant.id, variant.answers[0]) for variant in VARIANTS}


def delivered(chosen: Mapping[str, str], deliveries: Deliveries) -> Deliveries:
    """The bus's deliveries, as late as was chosen; a schedule's ticks are no events of a service."""
    if answers(chosen)["event-latency"] == "a moment":
        return deliveries
    return lambda event: [
        late + (0.0 if event["source"] == "aws.events" else A_MINUTE) for late in deliveries(event)
    ]


def chosen_responses(response: Any, chosen: Mapping[str, str]) -> Any:
    """The ECS of a world, as it answers by what was chosen; itself where all is as usual."""
    given = answers(chosen)
    parts = {"given": given, "past": Past()}
    return type("ChosenEcsResponse", (_Chosen, Late, response), parts) if chosen else response


class _Chosen:
    """Changes requests before, and answers after the operations of the class it stands before."""

    given: Mapping[str, str]

    def request(self) -> Document:
        stated: Document = super().request()  # type: ignore[misc]
        if self._get_action() == "UpdateService":  # type: ignore[attr-defined]
            return self._asked(stated)
        return stated

    def _asked(self, stated: Document) -> Document:
        stated = dict(stated)
        configuration = stated.get("deploymentConfiguration")
        if configuration is not None and self.given["partial-deployment-configuration"] == "reset":
            stated["deploymentConfiguration"] = {**WHOLE, **configuration}
        is_later = any(name in stated for name in TAKEN_UP_LATER)
        if is_later and self.given["in-place-update"] == "new deployment":
            stated["forceNewDeployment"] = True
        return stated

    def describe_task_definition(self) -> ActionResult:
        return self._show(super().describe_task_definition(), "taskDefinition", self._show_definition)  # type: ignore[misc]

    def register_task_definition(self) -> ActionResult:
        return self._show(super().register_task_definition(), "taskDefinition", self._show_definition)  # type: ignore[misc]

    def describe_services(self) -> ActionResult:
        return self._show(super().describe_services(), "services", self._show_service)  # type: ignore[misc]

    def create_service(self) -> ActionResult:
        return self._show(super().create_service(), "service", self._show_service)  # type: ignore[misc]

    def update_service(self) -> ActionResult:
        return self._show(super().update_service(), "service", self._show_service)  # type: ignore[misc]

    def list_service_deployments(self) -> ActionResult:
        return self._show(super().list_service_deployments(), "serviceDeployments", self._show_deployment)  # type: ignore[misc]

    def describe_service_deployments(self) -> ActionResult:
        described = super().describe_service_deployments()  # type: ignore[misc]
        return self._show(described, "serviceDeployments", self._show_deployment)

    def _show(self, result: ActionResult, name: str, show: Callable[[Document], Document]) -> ActionResult:
        answer: Any = result.result
        found = answer[name]
        return ActionResult(
            {**answer, name: [show(each) for each in found] if isinstance(found, list) else show(found)}
        )

    def _show_definition(self, document: Document) -> Document:
        shown = dict(document)
        if self.given["network-mode-shown"] == "bridge":
            shown.setdefault("networkMode", "bridge")
        if self.given["fault-injection-shown"] == "false":
            shown.setdefault("enableFaultInjection", False)
        if self.given["volume-host-shown"] == "absent":
            volumes = shown.get("volumes", [])
            shown["volumes"] = [_without(each, "host", {}) for each in volumes]
        return shown

    def _show_service(self, document: Document) -> Document:
        if self.given["grace-period-shown"] == "zero":
            return {"healthCheckGracePeriodSeconds": 0, **document}
        return document

    def _show_deployment(self, document: Document) -> Document:
        shown = dict(document)
        if self.given["ended-deployment-reason"] == "silent":
            shown.pop("statusReason", None)
            shown["rollback"] = _silent(shown.get("rollback"))
        breaker = shown.get("deploymentCircuitBreaker")
        if breaker and breaker["status"] == "MONITORING_COMPLETE":
            shown["deploymentCircuitBreaker"] = {**breaker, "status": self.given["breaker-after-the-end"]}
        return {name: value for name, value in shown.items() if value is not None}


def _silent(rollback: Document | None) -> Document | None:
    return rollback and {name: value for name, value in rollback.items() if name != "reason"}


def _without(document: Document, name: str, value: object) -> Document:
    return {key: each for key, each in document.items() if not (key == name and each == value)}
