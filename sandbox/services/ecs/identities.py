"""Identifiers in ECS's forms, drawn from what they name and a counter: the same run, the same ids. Pure."""

from __future__ import annotations

import base64
import hashlib


def _drawn(seed: str) -> bytes:
    return hashlib.sha256(seed.encode()).digest()


def hexadecimal(seed: str) -> str:
    """A task's id: 32 hexadecimal digits."""
    return _drawn(seed).hex()[:32]


def number(seed: str) -> str:
    """A service revision's number: 19 digits."""
    return str(10**18 + int.from_bytes(_drawn(seed)[:8]) % (9 * 10**18))


def short(seed: str) -> str:
    """A service deployment's id: 21 characters of URL-safe base64."""
    return base64.urlsafe_b64encode(_drawn(seed)).decode()[:21]


def dashed(seed: str) -> str:
    """An id in the form of a UUID, for containers, attachments and service events."""
    text = _drawn(seed).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def sibling_arn(service_arn: str, kind: str, last: str) -> str:
    """A service's ARN → that of its `service-deployment` or `service-revision`."""
    return f"{service_arn.replace(':service/', f':{kind}/', 1)}/{last}"


def provider_arn(service_arn: str, name: str) -> str:
    """A service's ARN → that of a capacity provider."""
    return f"{service_arn.partition(':service/')[0]}:capacity-provider/{name}"


def task_arn(service_arn: str, task_id: str) -> str:
    """A service's ARN → that of one of its tasks."""
    prefix, _, rest = service_arn.partition(":service/")
    return f"{prefix}:task/{rest.split('/')[0]}/{task_id}"
