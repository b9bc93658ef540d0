"""Clients of a world, for people and tests: nothing of the user's profiles, endpoints or proxies."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config

from sandbox.front.people import Credentials

NOTHING = (None, None, None, None)
NOWHERE = (None, None, os.devnull, None)
OURS = {"profile": NOTHING, "config_file": NOWHERE, "credentials_file": NOWHERE}
CONFIG = Config(proxies={}, ignore_configured_endpoint_urls=True)
PATIENT = Config(retries={"total_max_attempts": 1}, read_timeout=1000)


class Session(botocore.session.Session):
    """A botocore session all of whose clients speak to one world, whatever their maker says."""

    def __init__(self, credentials: Credentials, region: str, endpoint: str | None) -> None:
        super().__init__(session_vars=OURS)
        self._endpoint = endpoint
        self.set_credentials(credentials.access_key, credentials.secret_key, credentials.token)
        self.set_config_variable("region", region)

    def create_client(self, service_name: str, *args: Any, config: Any = None, **options: Any) -> Any:
        merged = config.merge(CONFIG) if config else CONFIG
        options["endpoint_url"] = self._endpoint
        return super().create_client(service_name, *args, config=merged, **options)


@lru_cache(maxsize=256)
def client(service: str, credentials: Credentials, region: str, endpoint: str | None) -> Any:
    """A client without retries. Kept beyond a world: it has no state, and costs 10 ms to make."""
    return session(credentials, region, endpoint).create_client(service, config=PATIENT)


@lru_cache(maxsize=32)
def session(credentials: Credentials, region: str, endpoint: str | None) -> Session:
    """A session for one served world, or for all inline ones: botocore gives it its handlers once."""
    return Session(credentials, region, endpoint)
