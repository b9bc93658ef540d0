"""The look-ups of the door: what the stores of a world say of the names in a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError, ServiceException

from sandbox.front.known import Known, TaskDefinitionFacts

_TAGGED_BY_MOTO = frozenset({"cluster", "service", "task-definition", "capacity-provider"})
Store = Any  # neither moto's backends nor the sandbox's ECS are known here by their types


def known_to(ecs: Store, dynamodb: Store, secrets: Store, living: Store = None) -> Known:
    """Look-ups in one account and Region; `living` is the sandbox's own ECS, asked before moto's."""

    def hash_key(table: str) -> str:
        found = dynamodb.tables.get(table)
        return str(found.hash_key_attr) if found else ""

    def secret(named: str) -> str:
        found = secrets.secrets.get(named)
        return str(found.arn) if found else ""

    def task_definition(named: str) -> TaskDefinitionFacts | None:
        return _living_definition(living, named) if living else _moto_definition(ecs, named)

    def tags(arn: str) -> Mapping[str, str]:
        held = (living.services.get(arn) or living.definitions.get(arn)) if living else None
        return dict(held.tags) if held else _moto_tags(ecs, arn)

    return Known(task_definition, tags, hash_key, secret)


def _living_definition(living: Store, named: str) -> TaskDefinitionFacts | None:
    path = named.rpartition("/")[2]
    family, _, revision = path.partition(":")
    of_family = [one for one in living.definitions.values() if one.family == family]
    chosen = [one for one in of_family if (str(one.revision) == revision if revision else one.active)]
    found = max(chosen, key=lambda one: one.revision, default=None)
    if found is None:
        return None
    roles = (found.document.get(name) for name in ("taskRoleArn", "executionRoleArn"))
    return TaskDefinitionFacts(found.arn, tuple(role for role in roles if role))


def _moto_definition(ecs: Store, named: str) -> TaskDefinitionFacts | None:
    family, _, revision = named.rpartition("/")[2].partition(":")
    revisions = ecs.task_definitions.get(family) or {}
    number = int(revision) if revision.isdigit() else max(revisions, default=0)
    found = revisions.get(number)
    if found is None:
        return None
    roles = (getattr(found, name, None) for name in ("task_role_arn", "execution_role_arn"))
    return TaskDefinitionFacts(found.arn, tuple(role for role in roles if role))


def _moto_tags(ecs: Store, arn: str) -> Mapping[str, str]:
    """Nothing where the object does not exist, as IAM sees a resource without tags."""
    if arn.rpartition(":")[2].partition("/")[0] not in _TAGGED_BY_MOTO:
        return {}
    try:
        found = ecs.list_tags_for_resource(arn)
    except (ServiceException, JsonRESTError):
        return {}
    return {str(tag["key"]): str(tag.get("value", "")) for tag in found or ()}
