"""botocore's errors → ours, in one place: sorted by code, and by message where a code says too little.

ECS answers ClientException and InvalidParameterException both to what a person must mend and to what passes
by itself in a moment; only the words tell them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
)

from ecs_gitops.aws.cancellations import from_reasons, is_too_large
from ecs_gitops.model.errors import (
    AccessDeniedError,
    ConflictError,
    QuotaError,
    RefusedError,
    RetryableError,
    ThrottledError,
    TooLargeError,
)

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")
_THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ProvisionedThroughputExceededException",
)
_QUOTAS = ("LimitExceededException", "LimitExceeded", "ServiceQuotaExceededException")
_CONFLICTING = (
    "ConditionalCheckFailedException",
    "TransactionConflictException",
    "UpdateInProgressException",
    "ResourceInUseException",
    "ConcurrentModificationException",
    "ConflictException",
)
_UNSEEN = ("ServiceNotFoundException", "ServiceNotActiveException")
"""Of a service that ECS showed a moment ago: it does not know it yet, or it is being deleted."""

_PASSING: Final = (
    (re.compile("Too many concurrent attempts to create a new revision"), 5),
    (re.compile("Unable to assume the service linked role"), 15),
    (re.compile("Unable to Start a service that is still Draining"), 15),
    (re.compile("Creation of service was not idempotent"), 15),
    (re.compile("Rate exceeded|Too many requests", re.IGNORECASE), 30),
)
"""What passes by itself whatever its code is, and after how many seconds it is worth another try.

Two registrations of one family at once; a role that ECS makes at its first use, which IAM takes a moment to
know; a name whose service was deleted just now; a service made a moment ago that ECS does not show yet.
"""

_TOO_MANY: Final = 429
_FAULT: Final = 500
_QUOTA_SECONDS: Final = 1800
_UNSEEN_SECONDS: Final = 15


@contextmanager
def translate(what: str) -> Iterator[None]:
    """Raises our error for whatever botocore raises inside; `what` is "cannot <verb> <noun>"."""
    try:
        yield
    except ClientError as error:
        raise _from_answer(what, error) from error
    except (ConnectionError, HTTPClientError) as error:
        raise RetryableError(f"{what}: {error}") from error
    except (ParamValidationError, NoCredentialsError, BotoCoreError) as error:
        raise RefusedError(f"{what}: {error}", type(error).__name__) from error


def _from_answer(what: str, error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    reason = error.response.get("Error", {}).get("Message", "") or code
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    message = f"{what}: {reason}"
    if code == "TransactionCanceledException":
        return from_reasons(what, error.response)
    if code in _DENIED:
        return AccessDeniedError(message)
    if is_too_large(reason):
        return TooLargeError(message, code)
    if code in _THROTTLED or status == _TOO_MANY:
        return ThrottledError(message)
    if code in _CONFLICTING:
        return ConflictError(message, retry_after=5)
    if code in _UNSEEN:
        return ConflictError(message, retry_after=_UNSEEN_SECONDS)
    passing = next((seconds for words, seconds in _PASSING if words.search(reason)), None)
    if passing is not None:
        return RetryableError(message, retry_after=passing)
    if code in _QUOTAS:
        return QuotaError(message, retry_after=_QUOTA_SECONDS)
    return RetryableError(message) if status >= _FAULT else RefusedError(message, code)
