"""boto3 clients of a world, for people and tests: nothing of the user's profiles, endpoints or proxies."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from sandbox.front.people import Credentials


@lru_cache(maxsize=256)
def client(service: str, credentials: Credentials, region: str, endpoint: str | None) -> Any:
    """A client without retries. Kept beyond a world: it has no state, and costs 10 ms to make."""
    config = Config(
        proxies={},
        retries={"total_max_attempts": 1},
        ignore_configured_endpoint_urls=True,
        read_timeout=1000,
    )
    session = _session(credentials, region, endpoint)
    return session.client(service, config=config, endpoint_url=endpoint)


@lru_cache(maxsize=32)
def _session(credentials: Credentials, region: str, _endpoint: str | None) -> boto3.Session:
    # A session belongs to one world's door, or to the inline ones': botocore gives it its handlers once.
    nothing = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    variables = {"profile": nothing, "config_file": nowhere, "credentials_file": nowhere}
    return boto3.Session(
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        region_name=region,
        botocore_session=botocore.session.Session(session_vars=variables),
    )
