"""What a Git host is shown: a user name and a password, made anew for each connection."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

Credentials = Callable[[], tuple[str, str]]
"""Gives user name and password: CodeCommit's hold for minutes."""


def codecommit_credentials(url: str, session_credentials: Any, region: str, now: float) -> tuple[str, str]:
    """User name and password for CodeCommit's Git over HTTPS, signed with `session_credentials`.

    session_credentials: has access_key, secret_key and token (or None), as botocore's frozen ones.
    now: seconds since the epoch; a signature holds for about 15 minutes.
    The scheme is git-remote-codecommit's: method GIT, one header, no payload hash.
    """
    parts = urlsplit(url)
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S")
    scope = f"{stamp[:8]}/{region}/codecommit/aws4_request"
    canonical = f"GIT\n{parts.path}\n\nhost:{parts.netloc}\n\nhost\n"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{session_credentials.secret_key}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    user = session_credentials.access_key
    if session_credentials.token:
        user += f"%{session_credentials.token}"
    return user, f"{stamp}Z{signature}"
