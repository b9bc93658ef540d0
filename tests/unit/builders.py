"""Values to begin a test with: `a_service(desiredCount=0)` is a service that differs in one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecs_gitops.compare.statement import statement
from ecs_gitops.model.actions import Action, Adopt, CreateService, Prune, Reconfigure, Replace, RollOut
from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import Attempt, Record, Succeeded
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.plan.decide import plan
from ecs_gitops.resources.statement_parts import revision_fields
from ecs_gitops.resources.tags import OWNER_TAG
from ecs_gitops.rollout.told import taken_over, with_fields, with_rollout, with_tags

KEY = ServiceKey("handson", "web")
US = Install("install-1", "123456789012", "us-east-1")
NOW = 1_800_000_000.0
ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/web"
OUR_TAG = {"key": OWNER_TAG, "value": US.id}


def a_task_definition(image: str = "nginx:1", **fields: Any) -> dict[str, Any]:
    container = {"name": "nginx", "image": image, "memory": 128, "portMappings": [{"containerPort": 80}]}
    return {"family": "web", "containerDefinitions": [container], **fields}


def a_statement(
    *,
    commit: str = "c0ffee1",
    task_definition: Mapping[str, Any] | None = None,
    service: Mapping[str, Any] | None = None,
    bare: bool = False,
) -> Stated:
    """`bare`: without a service section."""
    task = dict(task_definition or a_task_definition())
    section = None if bare else dict(service if service is not None else {"desiredCount": 2})
    return statement(commit, task, section)


def a_desired(stated: Stated | None = None, **fields: Any) -> Desired:
    stated = stated or a_statement()
    return Desired(KEY, "desired_state/handson/web.yaml", stated.commit, 1, stated, **fields)


def a_live(
    stated: Stated | None = None,
    *,
    revision: int = 1,
    tags: tuple[Mapping[str, str], ...] = (OUR_TAG,),
    scalable: bool = False,
    **fields: Any,
) -> Live:
    """ECS as it answers once `stated` has been brought about, with its defaults filled in."""
    stated = stated or a_statement()
    section = dict(stated.service or {"desiredCount": 2})
    mine = tuple(section.pop("tags", ()))
    service = as_ecs_answers({**section, **fields}, revision)
    service["tags"] = [*tags, *mine]
    task = {**(stated.task_definition or a_task_definition()), "revision": revision, "status": "ACTIVE"}
    return Live(
        service=service,
        task_definition={**task, "taskDefinitionArn": f"{ARN}:{revision}"},
        scalable=scalable,
    )


def as_ecs_answers(fields: Mapping[str, Any], revision: int = 1) -> dict[str, Any]:
    """A DescribeServices document of a steady service with these fields."""
    count = fields.get("desiredCount", 2)
    given = fields.get("deploymentConfiguration") or {}
    is_rolling = given.get("strategy", "ROLLING") == "ROLLING"
    breaker = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}} if is_rolling else {}
    configuration = {
        **breaker,
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
        **given,
    }
    defaults = {
        "status": "ACTIVE",
        "serviceName": KEY.name,
        "desiredCount": count,
        "runningCount": count,
        "pendingCount": 0,
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "propagateTags": "NONE",
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "placementConstraints": [],
        "placementStrategy": [],
        "loadBalancers": [],
        "serviceRegistries": [],
        "availabilityZoneRebalancing": "ENABLED",
        "deployments": [a_primary(revision)],
        "taskDefinition": f"{ARN}:{revision}",
    }
    return {**defaults, **fields, "deploymentConfiguration": configuration}


def a_primary(revision: int, state: str = "COMPLETED", **fields: Any) -> dict[str, Any]:
    return {"status": "PRIMARY", "taskDefinition": f"{ARN}:{revision}", "rolloutState": state, **fields}


def an_attempt(stated: Stated | None = None, *, outcome: Outcome | None = None, **fields: Any) -> Attempt:
    stated = stated or a_statement()
    attempt = Attempt("attempt-1", stated.revision, stated.since, "Push", NOW - 60, NOW + 1740)
    return replace(attempt, outcome=outcome, **fields)


def a_record(applied: Stated | None = None, **fields: Any) -> Record:
    """The record of a service that we brought to `applied` and that works."""
    applied = applied or a_statement()
    record = Record(KEY, applied=applied, succeeded=a_success(applied), task_definition_arn=f"{ARN}:1")
    return replace(record, **fields)


def a_success(stated: Stated, revision: int = 1) -> Succeeded:
    """What is remembered of a statement whose revision ECS completed."""
    service = None if stated.service is None else revision_fields(stated.service)
    arn = f"{ARN}:{revision}"
    return Succeeded(arn, stated.task_definition, service, stated.revision, stated.since)


def planned(desired: Desired | None, live: Live, record: Record, **more: Any) -> list[Action]:
    return plan(desired, live, record, install=US, **{"now": NOW, **more})


def applied(action: Action, live: Live, record: Record, *, merges: bool = True) -> tuple[Live, Record]:
    """A pure stand-in for ECS: the world after one action that is not held.

    merges: whether UpdateService merges deploymentConfiguration or replaces it; AWS does not say.
    """
    match action:
        case Adopt():
            return live, replace(record, applied=taken_over(action.stated, record.applied))
        case CreateService():
            return a_live(action.stated), replace(record, applied=action.stated)
        case Prune():
            return Live(), replace(record, applied=None)
        case Replace():
            raise AssertionError("a replacement is always held")
        case RollOut():
            brings = action.register or action.revision_arn is not None
            told = with_rollout(record.applied, action.stated, action.fields, task_definition=brings)
            return _updated(action, live, merges=merges), replace(record, applied=told)
        case Reconfigure():
            told = with_fields(record.applied, action.stated, action.fields)
            told = with_tags(told, action.stated, action.tags, action.untag)
            return _updated(action, live, merges=merges), replace(record, applied=told)


def _updated(action: RollOut | Reconfigure, live: Live, *, merges: bool) -> Live:
    sent = {name: value for name, value in action.fields.items() if name != "forceNewDeployment"}
    service = {**(live.service or {}), **sent}
    old = (live.service or {}).get("deploymentConfiguration", {})
    new = sent.get("deploymentConfiguration", old)
    service["deploymentConfiguration"] = {**old, **new} if merges else new
    if "capacityProviderStrategy" in sent:
        service.pop("launchType", None)
    task_definition = live.task_definition
    if isinstance(action, RollOut):
        if action.register:
            task_definition = action.stated.task_definition
        return replace(live, service=service, task_definition=task_definition)
    tags = {tag["key"]: tag["value"] for tag in service.get("tags", ())} | dict(action.tags)
    service["tags"] = [{"key": key, "value": tags[key]} for key in sorted(tags) if key not in action.untag]
    return replace(live, service=service)
