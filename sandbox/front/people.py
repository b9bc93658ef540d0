"""Who has which access key: the sandbox's admin, IAM's users and the sessions of roles."""

from __future__ import annotations

from dataclasses import dataclass

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from sandbox.front.who import Principal


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client signs with."""

    access_key: str
    secret_key: str
    token: str | None = None


ADMIN = Credentials("AKIASANDBOXADMIN0000", "sandbox")
"""Whoever runs the sandbox; known to the door, held by no IAM user, allowed everything."""


def find(access_key: str, *, account: str) -> Principal | None:
    """The owner of a key in an account; None when nobody has it."""
    if access_key == ADMIN.access_key:
        return admin(account)
    session = sts_backends[account]["aws"].get_assumed_role_from_access_key(access_key)
    if session is not None:
        return Principal(
            "role", session.role_arn.rpartition("/")[2], session.arn, session.role_arn, session.user_id
        )
    for user in iam_backends[account]["aws"].users.values():
        if any(key.access_key_id == access_key for key in user.access_keys):
            return Principal("user", user.name, user.arn, id=user.id)
    return None


def admin(account: str) -> Principal:
    """Whoever runs the sandbox, in an account."""
    return Principal("admin", "admin", f"arn:aws:iam::{account}:root", id="AIDASANDBOXADMIN")


def assume(role_arn: str, session_name: str, *, account: str, region: str) -> Credentials:
    """A session of a role, as the service that runs for it gets one."""
    session = sts_backends[account]["aws"].assume_role(
        region_name=region,
        role_session_name=session_name,
        role_arn=role_arn,
        policy="",
        duration=3600,
        external_id="",
    )
    return Credentials(session.access_key_id, session.secret_access_key, session.session_token)
