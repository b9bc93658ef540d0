"""Live + record → what a person is told: in sync or not, healthy or not, and one reason why. Pure.

Every message is whole sentences: what is so, why, and, where a person must act, what to do next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ecs_gitops.model.actions import Action, CreateService, Hold
from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.live import Live, StoppedTask
from ecs_gitops.model.record import Attempt, Record, Status
from ecs_gitops.model.vocabulary import Health, Outcome, Reason, Sync
from ecs_gitops.plan.pauses import describe, is_paused
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.rollout.attempts import is_overdue, settle
from ecs_gitops.rollout.target import is_quarantined
from ecs_gitops.status.situation import Situation, join, sentence, short
from ecs_gitops.status.stopped_tasks import explain

__all__ = ["assess", "explain", "settle"]

_WAITS = (Reason.PENDING, Reason.WAITING_FOR)
"""Why the newest revision does not go out yet, told beside the rollout that goes on."""

_BAD_END = {Outcome.ROLLED_BACK: Reason.ROLLED_BACK, Outcome.FAILED: Reason.FAILED}


def assess(
    desired: Desired | None,
    live: Live,
    record: Record,
    actions: Sequence[Action],
    *,
    now: float,
    stopped: Sequence[StoppedTask] = (),
) -> Status:
    """The status of one service at `now` (seconds).

    actions: what is left to do: the plan of this moment, less what was applied since it was made.
    stopped: what is known of this service's stopped tasks, of any age.
    """
    case = Situation(desired, live, record, tuple(actions), now, tuple(stopped))
    verdict = next(found for question in _QUESTIONS if (found := question(case)) is not None)
    stated = desired.stated if desired else None
    return Status(
        sync=verdict.sync,
        health=verdict.health,
        reason=verdict.reason,
        message=verdict.message,
        desired_commit=stated.commit if stated else (desired.commit if desired else ""),
        applied_commit=_applied_commit(stated, record),
        changes=tuple(change for action in actions for change in action.changes),
        at=now,
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    sync: Sync
    health: Health
    reason: Reason
    message: str


def _no_manifest(case: Situation) -> _Verdict | None:
    if case.desired is None:
        return _Verdict(
            Sync.UNKNOWN, case.health, Reason.PENDING, "No manifest of this service was read yet."
        )
    if case.desired.in_scope:
        return None
    message = (
        f"{case.desired.path} is valid, but cluster {case.desired.key.cluster} is none of those this "
        "install may manage. Add it to the stack parameter Clusters."
    )
    return _Verdict(Sync.UNKNOWN, case.health, Reason.OUT_OF_SCOPE, message)


def _absent(case: Situation) -> _Verdict | None:
    if case.desired is None or case.desired.present:
        return None
    if case.is_missing and case.record.applied is None and _has_no_outcome(case.record.attempt):
        message = f"{case.desired.path} is gone from Git; whether its service was created is not seen yet."
        return _Verdict(Sync.OUT_OF_SYNC, Health.UNKNOWN, Reason.PENDING, message)
    if case.is_missing:
        return _Verdict(Sync.SYNCED, Health.MISSING, Reason.PRUNED, "The service was deleted, as Git says.")
    if case.held:
        return _paused(case) or _held(case, case.held[0])
    if case.live.service is not None and ecs_service.is_draining(case.live.service):
        message = "The service is deleted; its last tasks are stopping."
        return _Verdict(Sync.OUT_OF_SYNC, Health.PROGRESSING, Reason.PENDING, message)
    if case.actions:
        message = f"{case.desired.path} is gone from Git; the service is about to be deleted."
        return _Verdict(Sync.OUT_OF_SYNC, case.health, Reason.PENDING, message)
    message = f"{case.desired.path} is gone from Git; the service was never ours and is left alone."
    return _Verdict(Sync.UNKNOWN, case.health, Reason.PRUNED, message)


def _has_no_outcome(attempt: Attempt | None) -> bool:
    return attempt is not None and attempt.outcome is None


def _problem(case: Situation) -> _Verdict | None:
    if case.desired is None or case.desired.problem is None:
        return None
    problem = case.desired.problem
    still = "Nothing was ever applied."
    if case.stated is not None:
        still = f"Commit {short(case.stated.commit)} stays in force until it is mended."
    sync = Sync.UNKNOWN if problem.reason is Reason.REFERENCE_UNAVAILABLE else Sync.OUT_OF_SYNC
    message = join(sentence(problem.message), still)
    return _Verdict(sync, case.health, problem.reason, message)


def _running(case: Situation) -> _Verdict | None:
    attempt = case.record.attempt
    if attempt is None or attempt.outcome is not None:
        return None
    progress = join(f"Rolling out commit {short(attempt.commit)}{case.tasks}.", case.rewritten)
    sync = Sync.OUT_OF_SYNC if case.actions or not case.runs(attempt) else Sync.SYNCED
    waits = [hold.message for hold in case.held if hold.reason in _WAITS]
    if not is_overdue(attempt, case.now):
        message = join(progress, case.why_stopped(attempt), *waits)
        return _Verdict(sync, Health.PROGRESSING, Reason.PROGRESSING, message)
    minutes = round((case.now - attempt.started_at) / 60)
    why = case.why_stopped(attempt) or "Look at the service's events, or push a fix."
    message = join(progress, f"It has no outcome after {minutes} minutes.", why, *waits)
    return _Verdict(sync, Health.DEGRADED, Reason.DEADLINE_EXCEEDED, message)


def _paused(case: Situation) -> _Verdict | None:
    if case.record.paused is None or not is_paused(case.record, case.now):
        return None
    newest, running = case.stated, case.record.applied
    differs = bool(case.actions) or newest is None or running is None or newest.digest != running.digest
    sync = Sync.OUT_OF_SYNC if differs else Sync.SYNCED
    waits = "What Git says now waits." if differs else "Nothing waits."
    how = f"`ecs-gitops resume {case.record.key}` ends the pause."
    message = join(describe(case.record.paused), case.what_runs, waits, how)
    return _Verdict(sync, Health.SUSPENDED, Reason.PAUSED, message)


def _quarantined(case: Situation) -> _Verdict | None:
    if case.desired is None or case.stated is None or not is_quarantined(case.stated, case.record):
        return None
    attempt, next_step = case.record.attempt, _next_step(case.desired)
    held = [hold.message for hold in case.held if hold.reason is Reason.QUARANTINED]
    commit = short(case.stated.since)
    if attempt is None or not _is_of(attempt, case.stated) or attempt.outcome not in _BAD_END:
        entry = next(each for each in case.record.quarantine if each.digest == case.stated.revision)
        reason, why = Reason.QUARANTINED, sentence(entry.message)
        told = (
            f"Commit {commit} states what failed at commit {short(entry.commit)}, so it is not rolled out."
        )
        if entry.commit == case.stated.since:
            told = f"Commit {commit} failed and is not rolled out again."
    else:
        reason = _BAD_END[attempt.outcome]
        ended = "was rolled back" if reason is Reason.ROLLED_BACK else "failed"
        told, why = f"Commit {commit} {ended}.", case.why_stopped(attempt) or sentence(attempt.message)
    if case.stated.commit != case.stated.since:
        told, next_step = _on_top(case.stated, less=bool(held)), _retry_of(case.desired)
    message = join(told, why, *held, case.what_runs, next_step)
    return _Verdict(Sync.OUT_OF_SYNC, Health.DEGRADED, reason, message)


def _on_top(stated: Stated, *, less: bool) -> str:
    """What a commit that changed in-place fields alone did, on top of a revision that failed.

    less: some of them wait for that revision.
    """
    newest, since = short(stated.commit), short(stated.since)
    how = " as far as the older revision takes it" if less else ""
    return f"Commit {newest} is applied{how}; the revision that failed at {since} is not tried again."


def _applied_commit(stated: Stated | None, record: Record) -> str:
    """The commit that ECS was brought to; of an older revision in force, the one that brought it."""
    applied = record.applied
    if applied is None:
        return ""
    is_newest = stated is not None and applied.revision == stated.revision
    return applied.commit if is_newest or not applied.since else applied.since


def _is_of(attempt: Attempt, stated: Stated) -> bool:
    """The same words by another commit were never rolled out, so they cannot have been rolled back."""
    return (attempt.digest, attempt.commit) == (stated.revision, stated.since)


def _waiting(case: Situation) -> _Verdict | None:
    if not case.record.waiting_for or not case.actions:
        return None
    held = [hold.message for hold in case.held if hold.reason is Reason.WAITING_FOR]
    names = " and ".join(str(key) for key in case.record.waiting_for)
    are = "is" if len(case.record.waiting_for) == 1 else "are"
    waits = f"Waits until {names} {are} rolled out, which the same commit changes."
    message = held[0] if held else waits
    return _Verdict(Sync.OUT_OF_SYNC, case.health, Reason.WAITING_FOR, message)


def _missing(case: Situation) -> _Verdict | None:
    if not case.is_missing or case.actions or case.stated is None:
        return None
    what = "service" if case.stated.service is None else "taskDefinition"
    message = (
        f"The service does not exist, and the manifest has no section `{what}` to create it from. "
        "Add the section, or create the service by other means."
    )
    return _Verdict(Sync.OUT_OF_SYNC, Health.MISSING, Reason.SERVICE_MISSING, message)


def _on_hold(case: Situation) -> _Verdict | None:
    return _held(case, case.held[0]) if case.held else None


def _to_do(case: Situation) -> _Verdict | None:
    if case.stated is None:
        return _Verdict(Sync.UNKNOWN, case.health, Reason.PENDING, "No valid manifest was read yet.")
    if not case.actions:
        return None
    commit = short(case.stated.commit)
    if any(isinstance(action, CreateService) for action in case.actions):
        message = f"The service is about to be created from commit {commit}."
    else:
        count = sum(len(action.changes) for action in case.actions)
        what = f"{count} changes" if count > 1 else "One change" if count else "The record"
        message = f"{what} of commit {commit} {'are' if count > 1 else 'is'} about to be applied."
    return _Verdict(Sync.OUT_OF_SYNC, case.health, Reason.PENDING, message)


def _settled(case: Situation) -> _Verdict | None:
    health = case.health
    message = join(case.what_runs, case.rewritten)
    if health is Health.DEGRADED:
        return _Verdict(Sync.SYNCED, health, Reason.UNHEALTHY, join(message, case.why_stopped()))
    if health is Health.SUSPENDED:
        message = join(message, "Its desired count is 0.")
    return _Verdict(Sync.SYNCED, health, Reason.SYNCED, message)


_QUESTIONS: tuple[Callable[[Situation], _Verdict | None], ...] = (
    _no_manifest,
    _absent,
    _problem,
    _running,
    _paused,
    _quarantined,
    _missing,
    _waiting,
    _on_hold,
    _to_do,
    _settled,
)
"""Asked in this order; the first that has an answer is the one reason a person is told."""


def _held(case: Situation, hold: Hold) -> _Verdict:
    is_in_sync = all(not action.changes for action in case.actions) and hold.reason in (
        Reason.OBSERVE,
        Reason.MANUAL,
    )
    sync = Sync.SYNCED if is_in_sync and not case.is_missing else Sync.OUT_OF_SYNC
    return _Verdict(sync, case.health, hold.reason, hold.message)


def _retry_of(desired: Desired) -> str:
    return f"If this was what it lacked: `ecs-gitops retry {desired.key}`."


def _next_step(desired: Desired) -> str:
    return f"Push a fix, or run `ecs-gitops retry {desired.key}` to try the same again."
