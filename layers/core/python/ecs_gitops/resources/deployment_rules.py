"""AWS's rules of how a service's versions follow each other, each with its id and its source. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.finding import Finding, Path
from ecs_gitops.resources.rule import DEPLOYED, SERVICE, Rule, Sections, between, outside

_CONFIGURATION: Final = (SERVICE, "deploymentConfiguration")
_HOOKS: Final = (*_CONFIGURATION, "lifecycleHooks")
_SHIFTS: Final = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
_WITHOUT_HOOK: Final = ("SCALE_UP", "BAKE_TIME", "CLEAN_UP")
_MOST_HOOKS = 10
_MINUTES: Final = (0.0, 1440.0)
_BOUNDS: Final = {
    ("linearConfiguration", "stepPercent"): (3.0, 100.0),
    ("linearConfiguration", "stepBakeTimeInMinutes"): _MINUTES,
    ("canaryConfiguration", "canaryPercent"): (0.1, 100.0),
    ("canaryConfiguration", "canaryBakeTimeInMinutes"): _MINUTES,
}
_OF_STRATEGY: Final = {
    "linearConfiguration": "LINEAR",
    "canaryConfiguration": "CANARY",
    "earlySuccessCriteria": "ROLLING",
}


def _percents(sections: Sections) -> Iterator[Finding]:
    least, most = _percent_bounds(sections)
    if least > 100:
        path = (*_CONFIGURATION, "minimumHealthyPercent")
        yield Finding(path, f"is {least}", expected="at most 100")
    if most < 100:
        yield Finding((*_CONFIGURATION, "maximumPercent"), f"is {most}", expected="at least 100")
    if (least, most) == (100, 100) and sections.strategy == "ROLLING" and sections.configuration:
        message = "maximumPercent and minimumHealthyPercent are both 100, so no task can start or stop"
        yield Finding(_CONFIGURATION, message, expected="room between the two")


def _headroom(sections: Sections) -> Iterator[Finding]:
    count = sections.service.get("desiredCount") or 0
    least, most = _percent_bounds(sections)
    if (
        sections.is_daemon
        or (count or 0) <= 0
        or sections.strategy != "ROLLING"
        or (least, most) == (100, 100)
    ):
        return
    if math.floor(count * most / 100) <= math.ceil(count * least / 100):
        message = (
            f"maximumPercent {most} and minimumHealthyPercent {least} of {count} tasks leave no room to "
            "start or stop a task, so a rollout stands still"
        )
        yield Finding(_CONFIGURATION, message, expected="more room between the two", warning=True)


def _percent_bounds(sections: Sections) -> tuple[int, int]:
    defaults = (0, 100) if sections.is_daemon else (100, 200)
    names = ("minimumHealthyPercent", "maximumPercent")
    values = (sections.configuration.get(name) for name in names)
    least, most = (
        default if value is None else int(value) for value, default in zip(values, defaults, strict=True)
    )
    return least, most


def _daemon_maximum(sections: Sections) -> Iterator[Finding]:
    most = sections.configuration.get("maximumPercent", 100)
    if sections.is_daemon and most > 100:
        yield Finding((*_CONFIGURATION, "maximumPercent"), f"is {most} with DAEMON", expected="100")


def _threshold(sections: Sections) -> Iterator[Finding]:
    breaker = sections.configuration.get("deploymentCircuitBreaker") or {}
    stated = breaker.get("thresholdConfiguration") or {}
    bounds = (1.0, math.inf if stated.get("type") == "COUNT" else 100.0)
    if outside(stated.get("value"), bounds):
        path = (*_CONFIGURATION, "deploymentCircuitBreaker", "thresholdConfiguration", "value")
        yield Finding(path, f"is {stated['value']}", expected=between(bounds), warning=True)


def _breaker_is_of_rolling(sections: Sections) -> Iterator[Finding]:
    breaker = sections.configuration.get("deploymentCircuitBreaker") or {}
    if breaker.get("enable") and sections.strategy != "ROLLING":
        path = (*_CONFIGURATION, "deploymentCircuitBreaker")
        yield Finding(path, f"does nothing with {sections.strategy}", expected="alarms", warning=True)


def _early_success(sections: Sections) -> Iterator[Finding]:
    early = sections.configuration.get("earlySuccessCriteria") or {}
    if not early.get("enable"):
        return
    percent, (least, _) = early.get("healthyPercent"), _percent_bounds(sections)
    path = (*_CONFIGURATION, "earlySuccessCriteria")
    if percent is None or not early.get("sourceServiceRevisionCleanup"):
        expected = "healthyPercent and sourceServiceRevisionCleanup"
        yield Finding(path, "is enabled and does not say when", expected=expected, warning=True)
    elif percent < least:
        expected = f"at least minimumHealthyPercent {least}"
        yield Finding((*path, "healthyPercent"), f"is {percent}", expected=expected, warning=True)


def _alarms(sections: Sections) -> Iterator[Finding]:
    alarms = sections.configuration.get("alarms") or {}
    if alarms.get("enable") and not alarms.get("alarmNames"):
        path = (*_CONFIGURATION, "alarms", "alarmNames")
        yield Finding(path, "is empty though alarms are enabled", expected="one at least", warning=True)


def _of_strategy(sections: Sections) -> Iterator[Finding]:
    for name, strategy in _OF_STRATEGY.items():
        if sections.configuration.get(name) and sections.strategy != strategy:
            message = f"is of the strategy {strategy}, not of {sections.strategy}"
            yield Finding((*_CONFIGURATION, name), message, warning=True)


def _shift_bounds(sections: Sections) -> Iterator[Finding]:
    for (section, name), bounds in _BOUNDS.items():
        value = (sections.configuration.get(section) or {}).get(name)
        if outside(value, bounds):
            yield Finding((*_CONFIGURATION, section, name), f"is {value}", expected=between(bounds))


def _traffic(sections: Sections) -> Iterator[Finding]:
    service = sections.service
    if sections.strategy == "ROLLING":
        return
    for index, balancer in enumerate(service.get("loadBalancers") or ()):
        if balancer.get("targetGroupArn") and not balancer.get("advancedConfiguration"):
            message = f"lacks advancedConfiguration, by which {sections.strategy} shifts its traffic"
            path = (SERVICE, "loadBalancers", index)
            yield Finding(path, message, expected="advancedConfiguration", warning=True)
    reached = ("loadBalancers", "serviceConnectConfiguration", "vpcLatticeConfigurations")
    if sections.strategy in ("LINEAR", "CANARY") and not any(service.get(name) for name in reached):
        message = f"{sections.strategy} shifts traffic, and the manifest states nothing that brings any"
        yield Finding((*_CONFIGURATION, "strategy"), message, expected="a load balancer", warning=True)


def _hooks(sections: Sections) -> Iterator[Finding]:
    kinds: dict[str, int] = {}
    for index, hook in enumerate(sections.configuration.get("lifecycleHooks") or ()):
        kind = hook.get("targetType", "AWS_LAMBDA")
        kinds[kind] = kinds.get(kind, 0) + 1
        yield from _hook((*_HOOKS, index), hook, is_pause=kind == "PAUSE")
    for kind, number in kinds.items():
        if number > _MOST_HOOKS:
            expected = f"at most {_MOST_HOOKS}"
            yield Finding(_HOOKS, f"holds {number} of {kind}", expected=expected, warning=True)


def _hook(path: Path, hook: Document, *, is_pause: bool) -> Iterator[Finding]:
    for name in ("hookTargetArn", "roleArn"):
        if is_pause and hook.get(name):
            yield Finding((*path, name), "does not go with PAUSE", expected="nothing", warning=True)
        if not is_pause and not hook.get(name):
            yield Finding(path, f"lacks {name}", expected=name, warning=True)
    refused = (*_WITHOUT_HOOK, *(_SHIFTS if is_pause else ()))
    for position, stage in enumerate(hook.get("lifecycleStages") or ()):
        if stage in refused:
            message = f"{stage} takes no {'PAUSE' if is_pause else 'hook'}"
            yield Finding((*path, "lifecycleStages", position), message, warning=True)


def _controller(sections: Sections) -> Iterator[Finding]:
    stated: Any = (sections.service.get("deploymentController") or {}).get("type", "ECS")
    if stated != "ECS":
        message = f"{stated} is not supported by this version yet"
        yield Finding((SERVICE, "deploymentController", "type"), message, expected="ECS")


_SOURCE = "DeploymentConfiguration"
DEPLOYMENT_RULES: Final = (
    Rule(
        "ecs-percents",
        f"{_SOURCE} maximumPercent, minimumHealthyPercent",
        _percents,
        (f"{DEPLOYED}.maximumPercent", f"{DEPLOYED}.minimumHealthyPercent"),
    ),
    Rule("rollout-headroom", f"{_SOURCE} maximumPercent", _headroom, ("service.desiredCount",)),
    Rule(
        "ecs-daemon-maximum-percent",
        f"{_SOURCE} maximumPercent",
        _daemon_maximum,
        (f"{DEPLOYED}.maximumPercent",),
    ),
    Rule(
        "ecs-breaker-threshold",
        "DeploymentCircuitBreaker thresholdConfiguration",
        _threshold,
        (f"{DEPLOYED}.deploymentCircuitBreaker",),
    ),
    Rule(
        "breaker-is-of-rolling",
        f"{_SOURCE} deploymentCircuitBreaker",
        _breaker_is_of_rolling,
        (f"{DEPLOYED}.deploymentCircuitBreaker",),
    ),
    Rule(
        "ecs-early-success",
        f"{_SOURCE} earlySuccessCriteria",
        _early_success,
        (f"{DEPLOYED}.earlySuccessCriteria",),
    ),
    Rule("ecs-alarm-names", "DeploymentAlarms alarmNames", _alarms, (f"{DEPLOYED}.alarms",)),
    Rule(
        "strategy-configuration",
        f"{_SOURCE} strategy",
        _of_strategy,
        (
            f"{DEPLOYED}.linearConfiguration",
            f"{DEPLOYED}.canaryConfiguration",
            f"{DEPLOYED}.earlySuccessCriteria",
        ),
    ),
    Rule(
        "shift-bounds",
        "LinearConfiguration, CanaryConfiguration",
        _shift_bounds,
        (f"{DEPLOYED}.linearConfiguration", f"{DEPLOYED}.canaryConfiguration"),
    ),
    Rule("shifted-traffic", "Amazon ECS blue/green deployments", _traffic, (f"{DEPLOYED}.strategy",)),
    Rule("lifecycle-hook", "DeploymentLifecycleHook", _hooks, (f"{DEPLOYED}.lifecycleHooks",)),
    Rule("controller-in-use", "this version of ecs-gitops", _controller, ("service.deploymentController",)),
)
