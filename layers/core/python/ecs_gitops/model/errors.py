"""Errors sorted by what the caller must do: a person must act, or it may pass by itself.

GitOpsError
├── TerminalError            a person or a new commit must act → recorded, acknowledged, shown
│   ├── ManifestError          a manifest is wrong; carries every fault found
│   ├── AccessDeniedError      our role lacks a right
│   ├── RefusedError           AWS refused the request as it stands
│   │   └── TooLargeError        DynamoDB does not take what is to be remembered
│   ├── UnreadableError        what was stored, or sent, is none of ours
│   └── SourceError            the config repository cannot be read as configured
└── RetryableError           may pass by itself → the message goes back for `retry_after` seconds
    ├── ThrottledError
    ├── ConflictError          someone else wrote the same record or changes this service
    └── QuotaError             a quota is used up: a person's matter, tried again at long intervals
Messages read "cannot <verb> <noun>: <reason>", with the names in them.
"""

from __future__ import annotations


class GitOpsError(Exception):
    """Any failure that we raise on purpose."""


class TerminalError(GitOpsError):
    """A person or a new commit must act; trying again would not help."""


class AccessDeniedError(TerminalError):
    """Our role lacks a right; the message names action and resource."""


class RefusedError(TerminalError):
    """AWS refused the request as it stands; `code` is AWS's error code."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class TooLargeError(RefusedError):
    """DynamoDB does not take what is to be remembered: it is larger than an item may be."""


class UnreadableError(TerminalError, ValueError):
    """What was stored, or sent, is none of ours, damaged, or a newer release's."""


class SourceError(TerminalError):
    """The config repository cannot be read as it is configured."""


class RetryableError(GitOpsError):
    """May pass by itself; try again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int = 30) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ThrottledError(RetryableError):
    """AWS asked us to slow down."""


class ConflictError(RetryableError):
    """Somebody else wrote the same record, or is changing the same service."""


class QuotaError(RetryableError):
    """A quota is used up: a person must raise it or make room, and then nothing else is to be done."""
