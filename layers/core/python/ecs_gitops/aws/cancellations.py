"""Why DynamoDB cancelled a transaction → our error: each of its items says what it came to.

The reasons' codes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ecs_gitops.model.errors import (
    AccessDeniedError,
    ConflictError,
    GitOpsError,
    RefusedError,
    RetryableError,
    ThrottledError,
    TooLargeError,
)

_CONFLICT: Final = ("ConditionalCheckFailed", "TransactionConflict", "DuplicateItem")
_THROTTLED: Final = ("ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded")
_TOO_LARGE: Final = "ItemCollectionSizeLimitExceeded"


def from_reasons(what: str, answer: Mapping[str, Any]) -> GitOpsError:
    """The error of a cancelled transaction; `what` is "cannot <verb> <noun>".

    What a person must mend comes first: trying again would end in it. Without reasons it was a conflict,
    as nearly all are.
    """
    reasons = [(at, each) for at, each in enumerate(answer.get("CancellationReasons") or ())]
    failed = [(at, each) for at, each in reasons if each.get("Code", "None") != "None"]
    if not failed:
        message = answer.get("Error", {}).get("Message", "") or "the transaction was cancelled"
        return ConflictError(f"{what}: {message}", retry_after=5)
    return min((_error(what, at, each) for at, each in failed), key=_passes)


def is_too_large(message: str) -> bool:
    """DynamoDB's words on an item above 400 KB: put, or grown by an update."""
    return message.startswith("Item size") and message.endswith("exceeded the maximum allowed size")


def _error(what: str, at: int, reason: Mapping[str, Any]) -> GitOpsError:
    code, said = reason["Code"], reason.get("Message") or reason["Code"]
    message = f"{what}: {said} (item {at + 1} of the transaction)"
    if code in _CONFLICT:
        return ConflictError(message, retry_after=5)
    if code in _THROTTLED:
        return ThrottledError(message)
    if code == _TOO_LARGE or is_too_large(said):
        return TooLargeError(message, code)
    if code in ("ValidationError", "ValidationException"):
        return RefusedError(message, code)
    return AccessDeniedError(message) if code.startswith("AccessDenied") else RetryableError(message)


def _passes(error: GitOpsError) -> bool:
    return isinstance(error, RetryableError)
