"""What a service's documents say and what is asked of one: the functions that name its fields. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.service_fields import is_daemon
from ecs_gitops.resources.tags import OUR_PREFIX, OWNER_TAG

_FOREIGN_TAGS = ("aws:", OUR_PREFIX)
"""Prefixes of tags that no manifest owns."""

_SEEN_IN_DEPLOYMENT = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")
"""Fields that DescribeServices shows only in the primary deployment."""

SHOWN_WITHIN: Final = 120.0
"""Seconds after CreateService for which a service that DescribeServices does not show is not gone."""

_CONTEXT = ("schedulingStrategy", "launchType", "capacityProviderStrategy")
"""Fields that decide the defaults of others, whether or not the manifest states them."""


def observed(service: Document) -> Document:
    """A DescribeServices document with the fields that only its primary deployment shows."""
    shown = {
        name: primary[name] for name in _SEEN_IN_DEPLOYMENT if (primary := _primary(service)).get(name)
    }
    return {**shown, **service}


def stated_in_context(stated: Document, live: Document) -> Document:
    """What a manifest states, with the live fields that decide the defaults of others."""
    return {**{name: live[name] for name in _CONTEXT if name in live}, **stated}


def running_task_definition(service: Document) -> str | None:
    """The ARN of the task definition that a live service runs, or None."""
    arn = service.get("taskDefinition")
    return str(arn) if arn else None


def is_draining(service: Document) -> bool:
    """True while a deleted service's last tasks stop: its name is still taken."""
    return service.get("status") == "DRAINING"


def is_gone(service: Document | None) -> bool:
    """True when there is no such service, or only its tombstone."""
    return service is None or service.get("status") == "INACTIVE"


def just_created(created: Document | None, now: float) -> Document | None:
    """CreateService's answer while DescribeServices may not show the service yet; None after that.

    AWS says that its answers settle in the end, and not when: two minutes are more than anybody has seen.
    """
    if created is None or now - float(created.get("createdAt", 0.0)) >= SHOWN_WITHIN:
        return None
    return created


def existing(shown: Document | None, created: Document | None) -> Document | None:
    """The service that there is: as DescribeServices shows it, or as it was created a moment ago.

    shown: None when it is MISSING. What is shown of one of that name from before tells nothing of this one;
    only the tombstone of its own says that it is gone.
    """
    if created is not None:
        is_before = shown is not None and shown.get("createdAt", 0.0) < created.get("createdAt", 0.0)
        if shown is None or is_before:
            return created
    return None if is_gone(shown) else shown


def counts(service: Document) -> tuple[int, int]:
    """(running, desired) tasks of a live service."""
    return int(service.get("runningCount", 0)), int(service.get("desiredCount", 0))


def owner_tag(service: Document, tag_key: str = OWNER_TAG) -> str | None:
    """The value of a tag of a live service, or None: which install made it."""
    return _tags(service).get(tag_key)


def tags(service: Document) -> dict[str, str]:
    """The tags a manifest can own, by key: neither AWS's own nor ours."""
    return {key: value for key, value in _tags(service).items() if not key.startswith(_FOREIGN_TAGS)}


def with_tags(
    service: Document, to_set: Mapping[str, str | None], to_remove: Collection[str]
) -> dict[str, Any]:
    """A service section whose tags are changed so, key by key; None: of no known value."""
    kept: dict[str, str | None] = dict(_tags(service))
    kept = {key: value for key, value in kept.items() if key not in to_remove} | dict(to_set)
    rest = {name: value for name, value in service.items() if name != "tags"}
    return {**rest, "tags": [{"key": key, "value": value} for key, value in kept.items()]} if kept else rest


def at_no_tasks(service: Document) -> dict[str, Any]:
    """A service section of a service that was told to run no task."""
    return {**service, "desiredCount": 0}


def completed_deployment(service: Document) -> str | None:
    """The id of the primary deployment once ECS has completed it and no other is left; else None."""
    primary = _primary(service)
    is_done = primary.get("rolloutState") == "COMPLETED" and len(service.get("deployments", ())) == 1
    return str(primary["id"]) if is_done else None


def primary_began_at(service: Document) -> float | None:
    """When the primary deployment was begun (seconds), or None."""
    return _primary(service).get("createdAt")


def desired_count_owned(stated: Document, live: Document, *, scalable: bool) -> bool:
    """Whether Git decides the number of tasks: a number is stated and nothing scales the service."""
    return stated.get("desiredCount") is not None and not scalable and not is_daemon({**live, **stated})


def not_owned(stated: Document, live: Document, *, scalable: bool) -> frozenset[str]:
    """Stated fields that count at creation only."""
    owned = desired_count_owned(stated, live, scalable=scalable)
    return frozenset() if owned else frozenset({"desiredCount"})


def is_scaling_asked(stated: Document, live: Document) -> bool:
    """Whether a plan rests on what scales the service: Git states a number, and ECS has another."""
    return not not_owned(stated, live, scalable=False) and stated["desiredCount"] != counts(live)[1]


def create_request(stated: Document) -> dict[str, Any]:
    """CreateService's fields as stated, with the tags a manifest can own.

    Less cluster, serviceName, taskDefinition and our own tag, which the caller adds.
    """
    request = {name: value for name, value in stated.items() if value is not None and name != "clientToken"}
    if request.get("tags"):
        request["tags"] = [{"key": key, "value": value} for key, value in tags(stated).items()]
    return request


def update_request(
    changed: Mapping[str, Any], desired: Document, live: Document, *, force: bool
) -> dict[str, Any]:
    """UpdateService's fields for what changed.

    deploymentConfiguration is always sent whole, since AWS does not say whether it merges: what is not
    stated and differs is sent as its default. `desired` and `live` are canonical.
    """
    fields = dict(changed)
    if "deploymentConfiguration" in fields:
        fields["deploymentConfiguration"] = _whole(
            fields["deploymentConfiguration"],
            desired.get("deploymentConfiguration", {}),
            live.get("deploymentConfiguration", {}),
        )
    return fields | ({"forceNewDeployment": True} if force else {})


def is_foreign_rollout(service: Document, ours: Collection[str | None]) -> bool:
    """True while ECS rolls out a task definition that we did not choose; a failed one goes no further."""
    primary = _primary(service)
    if not primary or primary.get("taskDefinition") in ours or primary.get("rolloutState") == "FAILED":
        return False
    return primary.get("rolloutState") == "IN_PROGRESS" or len(service.get("deployments", ())) > 1


def is_rolling(service: Document) -> bool:
    """True while the primary deployment is not completed yet, or another one still has tasks."""
    return _primary(service).get("rolloutState") == "IN_PROGRESS" or len(service.get("deployments", ())) > 1


def _whole(stated: Document, desired: Document, live: Document) -> dict[str, Any]:
    unstated = {
        name: desired.get(name, [] if isinstance(live.get(name), list) else None)
        for name in desired.keys() | live.keys()
        if name not in stated and desired.get(name) != live.get(name)
    }
    whole = {**stated, **{name: value for name, value in unstated.items() if value is not None}}
    if "alarms" in unstated and whole.get("alarms"):
        whole["alarms"] = {"alarmNames": [], **whole["alarms"]}
    return whole


def _primary(service: Document) -> Document:
    found: list[Document] = [
        each for each in service.get("deployments") or () if each.get("status") == "PRIMARY"
    ]
    return found[0] if found else {}


def _tags(service: Document) -> dict[str, str]:
    return {tag["key"]: tag.get("value", "") for tag in service.get("tags") or ()}
