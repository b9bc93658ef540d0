"""A role's or user's policies, and the look-ups of the door, read from moto's stores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import moto.dynamodb.models
import moto.ecs.models
import moto.iam.models
import moto.secretsmanager.models

from sandbox.front.authorize import Guard
from sandbox.front.iam import Policy, parse_policy
from sandbox.front.known import Known, TaskDefinitionFacts
from sandbox.front.who import Principal

Backend = Any  # moto's backends carry no types


def guard(account: str, region: str) -> Guard:
    """The guard of one account, reading moto's stores as they are at each request."""

    def policies(principal: Principal) -> tuple[Policy, ...]:
        iam = moto.iam.models.iam_backends[account]["aws"]
        if principal.kind == "user":
            return user_policies(iam, principal.name)
        return role_policies(iam, principal.name)

    def known(requested: str) -> Known:
        return known_to(
            moto.ecs.models.ecs_backends[account][requested],
            moto.dynamodb.models.dynamodb_backends[account][requested],
            moto.secretsmanager.models.secretsmanager_backends[account][requested],
        )

    return Guard(policies, known, account, region)


def role_policies(iam: Backend, role: str) -> tuple[Policy, ...]:
    """Inline, attached and boundary policies of a role; a role that is gone has none: nothing is allowed.

    AWS-managed policies are there only with moto's option `iam.load_aws_managed_policies`.
    """
    found = next((one for one in iam.roles.values() if one.name == role), None)
    return tuple(_policies_of(iam, found)) if found else ()


def user_policies(iam: Backend, user: str) -> tuple[Policy, ...]:
    """The policies of a user and of the groups the user is in."""
    found = iam.users.get(user)
    if found is None:
        return ()
    groups = [group for group in iam.groups.values() if found in group.users]
    return tuple(policy for one in (found, *groups) for policy in _policies_of(iam, one))


def _policies_of(iam: Backend, owner: Backend) -> Iterable[Policy]:
    inline = owner.policies if isinstance(owner.policies, dict) else {}
    for name, document in inline.items():
        yield parse_policy(name, _text(document))
    for policy in owner.managed_policies.values():
        yield parse_policy(policy.name, _in_force(policy))
    boundary = getattr(owner, "permissions_boundary_arn", None)
    if boundary:
        # A boundary that does not exist allows nothing.
        policy = iam.managed_policies.get(boundary)
        text = _in_force(policy) if policy else '{"Statement": []}'
        yield parse_policy(boundary.rpartition("/")[2], text, boundary=True)


def _in_force(policy: Backend) -> str:
    versions = policy.versions
    default = next((one for one in versions if one.version_id == policy.default_version_id), versions[0])
    return _text(default.document)


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document, sort_keys=True)


def known_to(ecs: Backend, dynamodb: Backend, secrets: Backend) -> Known:
    """Look-ups in moto's stores of one account and Region."""

    def hash_key(table: str) -> str:
        found = dynamodb.tables.get(table)
        return str(found.hash_key_attr) if found else ""

    def secret(named: str) -> str:
        found = secrets.secrets.get(named)
        return str(found.arn) if found else ""

    def task_definition(named: str) -> TaskDefinitionFacts | None:
        return _task_definition(ecs, named)

    def tags(arn: str) -> Mapping[str, str]:
        return _tags(ecs, arn)

    return Known(task_definition, tags, hash_key, secret)


def _task_definition(ecs: Backend, named: str) -> TaskDefinitionFacts | None:
    family, _, revision = named.rpartition("/")[2].partition(":")
    revisions = ecs.task_definitions.get(family) or {}
    number = int(revision) if revision.isdigit() else max(revisions, default=0)
    found = revisions.get(number)
    if found is None:
        return None
    roles = (getattr(found, "task_role_arn", None), getattr(found, "execution_role_arn", None))
    return TaskDefinitionFacts(found.arn, tuple(role for role in roles if role))


def _tags(ecs: Backend, arn: str) -> Mapping[str, str]:
    """Tags of an ECS object; nothing where it does not exist, as IAM sees a resource without tags."""
    try:
        found = ecs.list_tags_for_resource(arn)
    except Exception:  # moto raises a different error per kind of object that is missing
        return {}
    return {str(tag["key"]): str(tag.get("value", "")) for tag in found}
