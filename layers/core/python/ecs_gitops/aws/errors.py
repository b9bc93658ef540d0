"""botocore's errors → ours, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
)

from ecs_gitops.model.errors import (
    AccessDeniedError,
    ConflictError,
    RefusedError,
    RetryableError,
    ThrottledError,
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
    "LimitExceededException",
)
_CONFLICTING = (
    "ConditionalCheckFailedException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "UpdateInProgressException",
    "ResourceInUseException",
    "ConcurrentModificationException",
)


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
    if code in _DENIED:
        return AccessDeniedError(message)
    if code in _THROTTLED:
        return ThrottledError(message)
    if code in _CONFLICTING:
        return ConflictError(message, retry_after=5)
    return RetryableError(message) if status >= 500 else RefusedError(message, code)
