"""The outcome of a rollout we started, from its service deployment and never from "stable". Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.record import Attempt
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.service_events import complaints
from ecs_gitops.resources.task_definition import revision_name

CLOCK_SKEW: Final = 5.0
"""Seconds by which ECS's clock may be behind ours when a deployment is told from an earlier one of
the same revision."""

SETTLING: Final = 60.0
"""Seconds after which an update that started no service deployment is believed to have needed none."""

AT_ONCE: Final = 1.0
"""Seconds within which what ECS stops and what it begins instead are one event."""

_FAILURE = re.compile(r"circuit breaker|fail|alarm|unable|tim(ed|e) ?out", re.IGNORECASE)


def settle(attempt: Attempt, live: Live, *, now: float) -> Attempt:
    """The attempt with its outcome, or unchanged while ECS has not decided (times in seconds).

    Matched by the task definition that the service deployment runs. A deployment whose place was taken
    by another one of the same revision hands its question on; one of the same revision that somebody
    began later, when another had been running in between, answers nothing. What left no trace by its
    deadline is Unknown; what was never registered was never started and stays open.
    """
    if attempt.outcome is not None:
        return attempt
    found = deployments_of(attempt, live)
    for deployment in found:
        outcome = _outcome(deployment, live)
        if outcome is not None:
            said = "" if outcome is Outcome.SUCCEEDED else _said(attempt, live, now)
            return _end(replace(attempt, said=said), outcome, _sentence(outcome, deployment), now)
    return attempt if found else _settle_without_deployment(attempt, live, now)


def deployments_of(attempt: Attempt, live: Live) -> list[ServiceDeployment]:
    """The service deployments of an attempt's revision since it began, oldest first.

    Told by revision and time: AWS documents nothing that leads from the id of a service's deployment
    (`ecs-svc/…`) to its service deployment.
    """
    since = attempt.started_at - CLOCK_SKEW
    ours = [each for each in live.deployments if each.task_definition_arn == attempt.task_definition_arn]
    return sorted((each for each in ours if each.created_at >= since), key=lambda each: each.created_at)


def is_open(attempt: Attempt | None, digest: str) -> bool:
    """True while the rollout of this revision part has no outcome."""
    return attempt is not None and attempt.digest == digest and attempt.outcome is None


def is_settled_well(attempt: Attempt | None, digest: str) -> bool:
    """True unless the last rollout of this revision part goes on, or came to an end that ECS took back."""
    if attempt is None or attempt.digest != digest:
        return True
    return attempt.outcome in (Outcome.SUCCEEDED, Outcome.SUPERSEDED)


def is_overdue(attempt: Attempt, now: float) -> bool:
    """True for an open attempt past its deadline (`now` in seconds); one without never is."""
    return attempt.deadline_at is not None and now > attempt.deadline_at


def is_under_way(attempt: Attempt, live: Live) -> bool:
    """True when ECS is known to work on it, so that asking again would start a second deployment."""
    return attempt.deployment_arn is not None or bool(deployments_of(attempt, live))


def _said(attempt: Attempt, live: Live, now: float) -> str:
    return complaints(live.service, attempt.started_at, now) if live.service else ""


def _outcome(deployment: ServiceDeployment, live: Live) -> Outcome | None:
    match deployment.status:
        case "SUCCESSFUL":
            return Outcome.SUCCEEDED
        case "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED" if _was_asked_for(deployment):
            return Outcome.STOPPED_BY_HAND
        case "ROLLBACK_SUCCESSFUL":
            return Outcome.ROLLED_BACK
        case "ROLLBACK_FAILED":
            return Outcome.FAILED
        case "STOPPED":
            return _why_stopped(deployment, live)
        case _:
            return None


def _was_asked_for(rollback: ServiceDeployment) -> bool:
    """Nothing that watches over the rollout failed it: a person sent it back. Silence proves nothing."""
    watched = rollback.breaker not in (None, "TRIGGERED")
    return watched and not _FAILURE.search(rollback.reason)


def _why_stopped(deployment: ServiceDeployment, live: Live) -> Outcome | None:
    if deployment.breaker == "TRIGGERED" or _FAILURE.search(deployment.reason):
        return Outcome.FAILED
    newer = [each for each in live.deployments if each.created_at > deployment.created_at]
    successor = min(newer, key=lambda each: each.created_at, default=None)
    if successor is None:
        return Outcome.STOPPED_BY_HAND
    if successor.created_at > (deployment.ended_at or successor.created_at) + AT_ONCE:
        return Outcome.STOPPED_BY_HAND
    is_same = successor.task_definition_arn == deployment.task_definition_arn
    return None if is_same else Outcome.SUPERSEDED


def _settle_without_deployment(attempt: Attempt, live: Live, now: float) -> Attempt:
    arn = attempt.task_definition_arn
    if arn is None:
        return attempt
    if live.service is not None and ecs_service.running_task_definition(live.service) == arn:
        is_settled = now - attempt.started_at >= SETTLING and attempt.deployment_arn is None
        if not is_settled or ecs_service.is_rolling(live.service):
            return attempt
        message = f"The service runs {revision_name(arn)}; ECS needed no new deployment."
        return _end(attempt, Outcome.SUCCEEDED, message, now)
    if not is_overdue(attempt, now):
        return attempt
    message = f"ECS shows no deployment of {revision_name(arn)} and does not run it."
    return _end(attempt, Outcome.UNKNOWN, message, now)


def _end(attempt: Attempt, outcome: Outcome, message: str, now: float) -> Attempt:
    return replace(attempt, outcome=outcome, message=message, ended_at=now)


def _sentence(outcome: Outcome, deployment: ServiceDeployment) -> str:
    revision = revision_name(deployment.task_definition_arn)
    said = f" ECS says: {deployment.reason.rstrip('.')}." if deployment.reason else ""
    match outcome:
        case Outcome.SUCCEEDED:
            return f"{revision} was rolled out."
        case Outcome.ROLLED_BACK:
            return f"ECS rolled {revision} back.{said}"
        case Outcome.FAILED:
            return f"The rollout of {revision} failed.{said}"
        case Outcome.SUPERSEDED:
            return f"The rollout of {revision} was replaced by a newer one."
        case Outcome.STOPPED_BY_HAND:
            return f"Somebody stopped the rollout of {revision}.{said}"
        case Outcome.UNKNOWN:
            return f"The outcome of {revision} is not known."
