"""What CreateService, UpdateService and DeleteService refuse about the service itself. Pure."""

from __future__ import annotations

import re

from sandbox.services.ecs.expressions import readable
from sandbox.services.ecs.refusals.refusal import (
    API,
    BOTH,
    CLIENT,
    CREATE,
    DELETE,
    GUIDE,
    INVALID,
    OURS,
    RECORDED,
    UPDATE,
    Asked,
    Refusal,
    first,
    say_if,
)
from sandbox.services.ecs.service_fields import fargate

LONGEST = 2000
"""Characters of a placement expression."""
TOKEN = re.compile(r"[!-~]{0,36}")


def _not_simulated(asked: Asked) -> str | None:
    strategy = (asked.request.get("deploymentConfiguration") or {}).get("strategy", "ROLLING")
    controller = (asked.request.get("deploymentController") or {}).get("type", "ECS")
    yet = "The sandbox does not run the deployment"
    constraints = asked.request.get("placementConstraints") or ()
    texts = (str(item.get("expression") or "") for item in constraints if item.get("type") == "memberOf")
    unread = (text for text in texts if 0 < len(text) <= LONGEST and not readable(text))
    return (
        say_if(strategy != "ROLLING", f"{yet} strategy {strategy} yet.")
        or say_if(controller != "ECS", f"{yet} controller {controller} yet.")
        or first(f"The sandbox does not read {text!r}." for text in unread)
    )


def _active_service(asked: Asked) -> str | None:
    return say_if(asked.service and asked.service.status != "ACTIVE", "Service was not ACTIVE.")


def _active_definition(asked: Asked) -> str | None:
    stated = "taskDefinition" in asked.request
    return say_if(stated and asked.definition.get("status") == "INACTIVE", "TaskDefinition is inactive")


def _token(asked: Asked) -> str | None:
    token = str(asked.request.get("clientToken") or "")
    words = "clientToken can have at most 36 ASCII characters in the range of 33-126."
    return say_if(TOKEN.fullmatch(token) is None, words)


def _daemon_count(asked: Asked) -> str | None:
    wrong = asked.daemon and asked.request.get("desiredCount") is not None
    words = "The daemon scheduling strategy does not support a desired count for services."
    return say_if(wrong, f"{words} Remove a desired count value and try again.")


def _daemon_fargate(asked: Asked) -> str | None:
    wrong = asked.daemon and fargate(asked.request)
    return say_if(wrong, "The daemon scheduling strategy is not supported on AWS Fargate.")


def _daemon_percent(asked: Asked) -> str | None:
    words = (
        "The daemon scheduling strategy does not support values above 100 for maximumPercent on a"
        " deployment configuration. Change the maximumPercent value to 100, and try again"
    )
    stated = (asked.request.get("deploymentConfiguration") or {}).get("maximumPercent", 100)
    return say_if(asked.daemon and stated > 100, words)


def _daemon_volumes(asked: Asked) -> str | None:
    wrong = asked.daemon and asked.request.get("volumeConfigurations")
    return say_if(wrong, "The daemon scheduling strategy does not support volume configurations.")


def _needs_count(asked: Asked) -> str | None:
    stated = asked.daemon or asked.request.get("desiredCount") is not None
    return say_if(not stated, "desiredCount is required for the replica scheduling strategy.")


def _percents(asked: Asked) -> str | None:
    if "deploymentConfiguration" not in asked.request:
        return None
    configuration = asked.configuration()
    least = configuration.get("minimumHealthyPercent", 0 if asked.daemon else 100)
    most = configuration.get("maximumPercent", 100 if asked.daemon else 200)
    words = "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
    return (
        say_if(least > 100, "minimumHealthyPercent must be at most 100")
        or say_if(most < 100, "maximumPercent must be at least 100")
        or say_if((least, most) == (100, 100), words)
    )


def _rebalancing(asked: Asked) -> str | None:
    kept = asked.service.fields.get("availabilityZoneRebalancing") if asked.service else None
    if asked.request.get("availabilityZoneRebalancing", kept) != "ENABLED":
        return None
    failed = f"The service couldn't be {'updated' if asked.service else 'created'} because"
    no = f"{failed} Availability Zone Rebalancing does not support"
    if asked.daemon:
        return f"{no} DAEMON as scheduling strategy. Update scheduling strategy and try again."
    if asked.configuration().get("maximumPercent", 200) <= 100:
        return f"{no} maximumPercent <= 100 % as deployment configuration. Update it and try again."
    classic = any(item.get("loadBalancerName") for item in asked.fields().get("loadBalancers") or ())
    return say_if(classic, f"{no} Classic Load Balancers. Update load balancers and try again.")


def _threshold(asked: Asked) -> str | None:
    breaker = (asked.request.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}
    stated = breaker.get("thresholdConfiguration")
    if not stated:
        return None
    kind, value = stated["type"], stated["value"]
    most = None if kind == "COUNT" else 100
    wrong = value < 1 or (most is not None and value > most)
    bounds = "at least 1" if most is None else f"between 1 and {most}"
    return say_if(wrong, f"The circuit breaker threshold value for {kind} must be {bounds}.")


def _early(asked: Asked) -> str | None:
    early = (asked.request.get("deploymentConfiguration") or {}).get("earlySuccessCriteria") or {}
    if not early.get("enable"):
        return None
    percent = early.get("healthyPercent")
    if percent is None or not early.get("sourceServiceRevisionCleanup"):
        return "earlySuccessCriteria requires healthyPercent and sourceServiceRevisionCleanup."
    least = asked.configuration().get("minimumHealthyPercent", 100)
    words = "healthyPercent must be greater than or equal to minimumHealthyPercent."
    return say_if(percent < least, words)


def _alarms(asked: Asked) -> str | None:
    alarms = (asked.request.get("deploymentConfiguration") or {}).get("alarms") or {}
    wrong = alarms.get("enable") and not alarms.get("alarmNames")
    return say_if(wrong, "At least one alarm name is required when deployment alarms are enabled.")


def _scaled(asked: Asked) -> str | None:
    service = asked.service
    above = service is not None and not service.daemon and service.desired > 0
    words = "The service cannot be stopped while it is scaled above 0."
    return say_if(above and not asked.request.get("force"), words)


SERVICE_REFUSALS: tuple[Refusal, ...] = (
    Refusal("ecs-not-simulated", BOTH, "UnsupportedFeatureException", OURS, _not_simulated),
    Refusal("ecs-service-active", (UPDATE,), "ServiceNotActiveException", RECORDED, _active_service),
    Refusal("ecs-task-definition-active", BOTH, CLIENT, RECORDED, _active_definition),
    Refusal("ecs-client-token", (CREATE,), INVALID, API, _token, confirmed=False),
    Refusal("ecs-daemon-desired-count", BOTH, INVALID, RECORDED, _daemon_count),
    Refusal("ecs-daemon-fargate", (CREATE,), INVALID, GUIDE, _daemon_fargate),
    Refusal("ecs-daemon-maximum-percent", BOTH, INVALID, RECORDED, _daemon_percent),
    Refusal("ecs-daemon-volumes", BOTH, INVALID, GUIDE, _daemon_volumes, confirmed=False),
    Refusal("ecs-replica-desired-count", (CREATE,), INVALID, GUIDE, _needs_count),
    Refusal("ecs-percents", BOTH, INVALID, RECORDED, _percents),
    Refusal("ecs-rebalancing", BOTH, INVALID, RECORDED, _rebalancing),
    Refusal("ecs-breaker-threshold", BOTH, INVALID, API, _threshold, confirmed=False),
    Refusal("ecs-early-success", BOTH, INVALID, API, _early, confirmed=False),
    Refusal("ecs-alarm-names", BOTH, INVALID, API, _alarms, confirmed=False),
    Refusal("ecs-delete-scaled", (DELETE,), INVALID, RECORDED, _scaled),
)
"""The rules of a service, in the order in which they are asked."""
