"""Nothing a test does leaves this machine: fake credentials, no user's settings, loopback only."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

OURS = {
    "AWS_ACCESS_KEY_ID": "AKIATESTSHAVENOTHING",
    "AWS_SECRET_ACCESS_KEY": "not a secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
USERS = ("AWS_", "GIT_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy")


def pytest_configure() -> None:
    for name in [name for name in os.environ if name.startswith(USERS)]:
        del os.environ[name]
    os.environ.update(OURS)


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """A connection to any other machine is an error that names it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "unix"
        if host not in ("127.0.0.1", "::1", "localhost", "unix"):
            raise ConnectionError(f"a test tried to reach {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
