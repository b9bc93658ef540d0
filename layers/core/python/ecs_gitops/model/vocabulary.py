"""Every closed vocabulary: one word for one thing, in code, logs, CLI and docs. Pure."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """Why a statement became desired."""

    PUSH = "Push"
    REFERENCE_CHANGED = "ReferenceChanged"
    REWRITTEN = "Rewritten"
    """The branch no longer holds the commit that was followed before."""


class Mode(StrEnum):
    """What the controller may do for a service: everything, only on request, or only report."""

    AUTO = "auto"
    MANUAL = "manual"
    OBSERVE = "observe"


class Outcome(StrEnum):
    """How an attempt ended, bound to the service deployment and never to "stable"."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    ROLLED_BACK = "RolledBack"
    SUPERSEDED = "Superseded"
    STOPPED_BY_HAND = "StoppedByHand"
    UNKNOWN = "Unknown"


class Effect(StrEnum):
    """What applying a change costs: nothing, a new deployment, or the service itself."""

    IN_PLACE = "in place"
    NEW_DEPLOYMENT = "new deployment"
    REPLACEMENT = "replacement"


class Sync(StrEnum):
    """Does live match Git?"""

    SYNCED = "Synced"
    OUT_OF_SYNC = "OutOfSync"
    UNKNOWN = "Unknown"


class Health(StrEnum):
    """Does it work?"""

    HEALTHY = "Healthy"
    PROGRESSING = "Progressing"
    DEGRADED = "Degraded"
    SUSPENDED = "Suspended"
    MISSING = "Missing"
    UNKNOWN = "Unknown"


class Reason(StrEnum):
    """Every reason a status, a held action or a problem can have: one word for machines."""

    SYNCED = "Synced"
    ADOPTED = "Adopted"
    PROGRESSING = "RolloutInProgress"
    ROLLED_BACK = "RolledBack"
    FAILED = "RolloutFailed"
    QUARANTINED = "Quarantined"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    STOPPED_BY_HAND = "StoppedByHand"
    OUTCOME_UNKNOWN = "OutcomeUnknown"
    AWAITING_ADOPTION = "AwaitingAdoption"
    OWNED_BY_OTHER = "OwnedByOther"
    REQUIRES_PRUNE = "RequiresPrune"
    PRUNE_GUARD = "PruneGuard"
    PRUNED = "Pruned"
    REQUIRES_REPLACE = "RequiresReplace"
    REQUIRES_STATEMENT = "RequiresStatement"
    INVALID_MANIFEST = "InvalidManifest"
    REFERENCE_UNAVAILABLE = "ReferenceUnavailable"
    WAITING_FOR = "WaitingFor"
    DRIFT = "DriftDetected"
    DRIFT_FIGHT = "DriftFight"
    OBSERVE = "ObserveMode"
    MANUAL = "ManualMode"
    OUT_OF_SCOPE = "OutOfScope"
    SERVICE_MISSING = "ServiceMissing"
    UNHEALTHY = "TasksUnhealthy"
    REFUSED = "RefusedByAWS"
    UNAVAILABLE = "AWSUnavailable"
    """What may pass by itself, and did not for minutes."""
    PAUSED = "Paused"
    BUDGET = "WaitingForBudget"
    UNREADABLE = "RecordUnreadable"
    TOO_LARGE = "RecordTooLarge"
    INTERNAL_ERROR = "InternalError"
    PENDING = "Pending"


class Verb(StrEnum):
    """What a person may ask of the controller."""

    SYNC = "sync"
    RETRY = "retry"
    PAUSE = "pause"
    RESUME = "resume"
