"""Who sends a request: from a signature's access key, or from the user name Git sends."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote

from sandbox.front.wsgi import Request

_SCOPE = re.compile(r"Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request says of itself: the key it is signed with, and for which service and Region."""

    access_key: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a key belongs to. `name` is the role's or user's; `arn` and `id` are as AWS names the caller."""

    kind: Literal["admin", "role", "user"]
    name: str
    arn: str
    role_arn: str = ""
    id: str = ""


FindPrincipal = Callable[[str], Principal | None]
"""The owner of an access key id; None when nobody has it."""


def scope_of(request: Request) -> Scope | None:
    """The scope of a signed request (header or presigned), or Git's Basic user; None if unsigned."""
    authorization = request.headers.get("authorization", "")
    if authorization.startswith("Basic "):
        return _basic(authorization[len("Basic ") :])
    text = authorization or _presigned(request.query)
    found = _SCOPE.search(text)
    return Scope(found["key"], found["region"], found["service"]) if found else None


def _basic(encoded: str) -> Scope | None:
    try:
        user, _, _ = base64.b64decode(encoded).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    # CodeCommit's user is `<access key>` or `<access key>%<session token>`; a URL may leave it quoted.
    key = unquote(user).partition("%")[0] if "%25" in user else user.partition("%")[0]
    return Scope(key, "", "codecommit") if key else None


def _presigned(query: str) -> str:
    values = parse_qs(query).get("X-Amz-Credential", [])
    return f"Credential={values[0]}/" if values else ""
