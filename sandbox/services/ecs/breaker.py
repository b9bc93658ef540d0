"""The deployment circuit breaker: when it is on, its threshold, and whether it trips. Pure."""

from __future__ import annotations

import math

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.state import Deployment, DeploymentStatus

DEFAULT_THRESHOLD: Document = {"type": "BOUNDED_PERCENT", "value": 50}
"""AWS's default since the threshold can be configured; older docs say a minimum of ten."""


def enabled(configuration: Document) -> bool:
    """Is the breaker on in a deploymentConfiguration?"""
    return bool(configuration.get("deploymentCircuitBreaker", {}).get("enable", False))


def rolls_back(configuration: Document) -> bool:
    """Does it go back to the last completed deployment when it trips?"""
    return bool(configuration.get("deploymentCircuitBreaker", {}).get("rollback", False))


def resets(configuration: Document) -> bool:
    """Does a task that gets healthy set the failure count back to zero?"""
    return bool(configuration.get("deploymentCircuitBreaker", {}).get("resetOnHealthyTask", True))


def threshold(configuration: Document, desired: int) -> int:
    """How many failed tasks trip it.

    COUNT: the value itself. UNBOUNDED_PERCENT: that part of the desired count, rounded up, at least 1.
    BOUNDED_PERCENT: the same, held between 3 and 200.
    """
    stated = configuration.get("deploymentCircuitBreaker", {}).get("thresholdConfiguration")
    kind, value = (stated or DEFAULT_THRESHOLD)["type"], (stated or DEFAULT_THRESHOLD)["value"]
    if kind == "COUNT":
        return int(value)
    share = math.ceil(desired * value / 100)
    return min(200, max(3, share)) if kind == "BOUNDED_PERCENT" else max(1, share)


def trips(deployment: Deployment) -> bool:
    """Enough tasks have failed; during a rollback, of the revision gone back to."""
    back = deployment.status is DeploymentStatus.ROLLBACK_IN_PROGRESS
    failures = deployment.rollback_failures if back else deployment.failures
    return watches(deployment) and failures >= deployment.threshold


def counted(deployment: Deployment) -> dict[str, int]:
    """The changes to a deployment that one more failed task makes."""
    if deployment.status is DeploymentStatus.ROLLBACK_IN_PROGRESS:
        return {"rollback_failures": deployment.rollback_failures + 1}
    return {"failures": deployment.failures + 1}


def watches(deployment: Deployment) -> bool:
    """It counts this deployment's failures."""
    return deployment.breaker in ("MONITORING", "TRIGGERED") and deployment.status.open
