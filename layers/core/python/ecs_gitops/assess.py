"""Live + record → what a person is told: in sync or not, healthy or not, and one reason why. Pure.

Every message is whole sentences: what is so, why, and, where a person must act, what to do next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ecs_gitops.actions import Action, CreateService, Hold
from ecs_gitops.attempts import settle
from ecs_gitops.model import (
    Attempt,
    Desired,
    Health,
    Live,
    Outcome,
    Reason,
    Record,
    Stated,
    Status,
    StoppedTask,
    Sync,
)
from ecs_gitops.plan import is_quarantined, target
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.task_definition import revision_name
from ecs_gitops.stops import advise, explain

__all__ = ["assess", "explain", "settle"]

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
    case = _Case(desired, live, record, tuple(actions), now, tuple(stopped))
    verdict = next(found for question in _QUESTIONS if (found := question(case)) is not None)
    stated = desired.stated if desired else None
    return Status(
        sync=verdict.sync,
        health=verdict.health,
        reason=verdict.reason,
        message=verdict.message,
        desired_commit=stated.commit if stated else (desired.commit if desired else ""),
        applied_commit=record.applied.commit if record.applied else "",
        changes=tuple(change for action in actions for change in action.changes),
        at=now,
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    sync: Sync
    health: Health
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class _Case:
    desired: Desired | None
    live: Live
    record: Record
    actions: tuple[Action, ...]
    now: float
    stopped: tuple[StoppedTask, ...]

    @property
    def stated(self) -> Stated | None:
        return self.desired.stated if self.desired else None

    @property
    def held(self) -> list[Hold]:
        return [action.held for action in self.actions if action.held is not None]

    @property
    def is_missing(self) -> bool:
        return ecs_service.is_gone(self.live.service)

    @property
    def sync(self) -> Sync:
        return Sync.OUT_OF_SYNC if self.actions else Sync.SYNCED

    @property
    def health(self) -> Health:
        """Health as the live service alone shows it."""
        if self.live.service is None or self.is_missing:
            return Health.MISSING
        running, desired = ecs_service.counts(self.live.service)
        if running < desired:
            return Health.DEGRADED if self._recently_stopped else Health.PROGRESSING
        if ecs_service.is_rolling(self.live.service):
            return Health.PROGRESSING
        return Health.SUSPENDED if desired == 0 else Health.HEALTHY

    @property
    def _recently_stopped(self) -> list[StoppedTask]:
        return [task for task in self.stopped if self.now - task.stopped_at < _RECENT]

    def why_stopped(self, attempt: Attempt | None = None) -> str:
        """Why tasks stopped: those of an attempt since it began, or else those of late, with advice."""
        tasks = self._recently_stopped
        if attempt is not None:
            arn, since = attempt.task_definition_arn, attempt.started_at
            tasks = [
                each
                for each in self.stopped
                if each.task_definition_arn == arn and each.stopped_at >= since
            ]
        reason = explain(tasks)
        return _join(reason, advise(reason))


_RECENT = 10 * 60.0
"""Seconds for which a stopped task says something of the present."""


def _no_manifest(case: _Case) -> _Verdict | None:
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


def _absent(case: _Case) -> _Verdict | None:
    if case.desired is None or case.desired.present:
        return None
    if case.is_missing:
        return _Verdict(Sync.SYNCED, Health.MISSING, Reason.PRUNED, "The service was deleted, as Git says.")
    if case.held:
        return _held(case, case.held[0])
    if case.live.service is not None and ecs_service.is_draining(case.live.service):
        message = "The service is deleted; its last tasks are stopping."
        return _Verdict(Sync.OUT_OF_SYNC, Health.PROGRESSING, Reason.PENDING, message)
    if case.actions:
        message = f"{case.desired.path} is gone from Git; the service is about to be deleted."
        return _Verdict(Sync.OUT_OF_SYNC, case.health, Reason.PENDING, message)
    message = f"{case.desired.path} is gone from Git; the service was never ours and is left alone."
    return _Verdict(Sync.UNKNOWN, case.health, Reason.PRUNED, message)


def _problem(case: _Case) -> _Verdict | None:
    if case.desired is None or case.desired.problem is None:
        return None
    problem = case.desired.problem
    still = "Nothing was ever applied."
    if case.stated is not None:
        still = f"Commit {_short(case.stated.commit)} stays in force until it is mended."
    sync = Sync.UNKNOWN if problem.reason is Reason.REFERENCE_UNAVAILABLE else Sync.OUT_OF_SYNC
    message = _join(_sentence(problem.message), still)
    return _Verdict(sync, case.health, problem.reason, message)


def _running(case: _Case) -> _Verdict | None:
    attempt = case.record.attempt
    if attempt is None or attempt.outcome is not None:
        return None
    progress = f"Rolling out commit {_short(attempt.commit)}{_tasks(case)}."
    sync = Sync.OUT_OF_SYNC if case.actions or not _runs(case, attempt) else Sync.SYNCED
    if case.now <= attempt.deadline_at:
        message = _join(progress, case.why_stopped(attempt))
        return _Verdict(sync, Health.PROGRESSING, Reason.PROGRESSING, message)
    minutes = round((case.now - attempt.started_at) / 60)
    why = case.why_stopped(attempt) or "Look at the service's events, or push a fix."
    message = _join(progress, f"It has no outcome after {minutes} minutes.", why)
    return _Verdict(sync, Health.DEGRADED, Reason.DEADLINE_EXCEEDED, message)


def _quarantined(case: _Case) -> _Verdict | None:
    if case.desired is None or case.stated is None or not is_quarantined(case.stated, case.record):
        return None
    attempt = case.record.attempt
    commit = _short(case.stated.commit)
    if attempt is None or attempt.digest != case.stated.digest or attempt.outcome not in _BAD_END:
        entry = next(each for each in case.record.quarantine if each.digest == case.stated.digest)
        reason = Reason.QUARANTINED
        message = _join(
            f"Commit {commit} states what failed at commit {_short(entry.commit)}, so it is not rolled out.",
            _sentence(entry.message),
        )
    else:
        reason = _BAD_END[attempt.outcome]
        ended = "was rolled back" if reason is Reason.ROLLED_BACK else "failed"
        why = case.why_stopped(attempt) or _sentence(attempt.message)
        message = _join(f"Commit {commit} {ended}.", why)
    message = _join(message, _what_runs(case), _next_step(case.desired))
    return _Verdict(Sync.OUT_OF_SYNC, Health.DEGRADED, reason, message)


def _waiting(case: _Case) -> _Verdict | None:
    if not case.record.waiting_for or not case.actions:
        return None
    names = " and ".join(str(key) for key in case.record.waiting_for)
    message = f"Waits until {names} is rolled out, which the same commit changes."
    return _Verdict(Sync.OUT_OF_SYNC, case.health, Reason.WAITING_FOR, message)


def _missing(case: _Case) -> _Verdict | None:
    if not case.is_missing or case.actions or case.stated is None:
        return None
    what = "service" if case.stated.service is None else "taskDefinition"
    message = (
        f"The service does not exist, and the manifest has no section `{what}` to create it from. "
        "Add the section, or create the service by other means."
    )
    return _Verdict(Sync.OUT_OF_SYNC, Health.MISSING, Reason.SERVICE_MISSING, message)


def _on_hold(case: _Case) -> _Verdict | None:
    return _held(case, case.held[0]) if case.held else None


def _to_do(case: _Case) -> _Verdict | None:
    if case.stated is None:
        return _Verdict(Sync.UNKNOWN, case.health, Reason.PENDING, "No valid manifest was read yet.")
    if not case.actions:
        return None
    commit = _short(case.stated.commit)
    if any(isinstance(action, CreateService) for action in case.actions):
        message = f"The service is about to be created from commit {commit}."
    else:
        count = sum(len(action.changes) for action in case.actions)
        what = f"{count} changes" if count > 1 else "One change" if count else "The record"
        message = f"{what} of commit {commit} {'are' if count > 1 else 'is'} about to be applied."
    return _Verdict(Sync.OUT_OF_SYNC, case.health, Reason.PENDING, message)


def _settled(case: _Case) -> _Verdict | None:
    health = case.health
    message = f"{_what_runs(case)}"
    if health is Health.DEGRADED:
        return _Verdict(Sync.SYNCED, health, Reason.UNHEALTHY, _join(message, case.why_stopped()))
    if health is Health.SUSPENDED:
        message = _join(message, "Its desired count is 0.")
    return _Verdict(Sync.SYNCED, health, Reason.SYNCED, message)


_QUESTIONS: tuple[Callable[[_Case], _Verdict | None], ...] = (
    _no_manifest,
    _absent,
    _problem,
    _running,
    _quarantined,
    _missing,
    _waiting,
    _on_hold,
    _to_do,
    _settled,
)
"""Asked in this order; the first that has an answer is the one reason a person is told."""


def _held(case: _Case, hold: Hold) -> _Verdict:
    is_in_sync = all(not action.changes for action in case.actions) and hold.reason in (
        Reason.OBSERVE,
        Reason.MANUAL,
    )
    sync = Sync.SYNCED if is_in_sync and not case.is_missing else Sync.OUT_OF_SYNC
    return _Verdict(sync, case.health, hold.reason, hold.message)


def _runs(case: _Case, attempt: Attempt) -> bool:
    if case.live.service is None:
        return False
    return ecs_service.running_task_definition(case.live.service) == attempt.task_definition_arn


def _tasks(case: _Case) -> str:
    if case.live.service is None:
        return ""
    running, desired = ecs_service.counts(case.live.service)
    return f": {running} of {desired} tasks are running"


def _what_runs(case: _Case) -> str:
    if case.live.service is None or case.is_missing or case.desired is None:
        return "Nothing runs."
    arn = ecs_service.running_task_definition(case.live.service)
    stated = target(case.desired, case.record)
    commit = f"commit {_short(stated.commit)}" if stated else "no commit of Git"
    revision = f" as {revision_name(arn)}" if arn else ""
    return f"ECS runs {commit}{revision}{_tasks(case)}."


def _next_step(desired: Desired) -> str:
    return f"Push a fix, or run `ecs-gitops retry {desired.key}` to try the same again."


def _short(commit: str) -> str:
    return commit[:7]


def _sentence(text: str) -> str:
    return text if not text or text.rstrip().endswith((".", "!", "?", ")")) else f"{text.rstrip()}."


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
