"""A role's or user's policies as moto keeps them, and the guard of a world that goes by them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import moto.dynamodb.models
import moto.ecs.models
import moto.ecs.urls
import moto.iam.models
import moto.secretsmanager.models

from sandbox.front.authorize import Guard
from sandbox.front.iam import Policy, parse_policy
from sandbox.front.known import Known
from sandbox.front.lookups import known_to
from sandbox.front.who import Principal

Backend = Any  # moto's backends carry no types


def guard(account: str, region: str, living: Callable[[], Any] | None = None) -> Guard:
    """The guard of one account, reading the stores as they are at each request.

    `living` gives the sandbox's own ECS (`definitions` and `services` by ARN); unless told otherwise it is
    the one that ECS's requests are routed to, so that the door judges what the API would answer.
    """

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
            (living or _routed_ecs)(),
        )

    return Guard(policies, known, account, region)


def _routed_ecs() -> Any:
    """What answers ECS's requests; None while moto itself does."""
    answering = getattr(moto.ecs.urls.url_paths["{0}/$"], "__self__", None)
    return getattr(answering, "ecs", None)


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
