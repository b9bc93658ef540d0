"""Observe → plan → apply → record: makes one service what Git says, one step further each time.

Nothing is waited for: what must be looked at later has a due time. The status is settled once, at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ecs_gitops.aws.ecs import Described
from ecs_gitops.events.triggers import SqsRecord, delivery, wake
from ecs_gitops.model.actions import Action, Prune, RollOut
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.errors import RetryableError, TerminalError, TooLargeError
from ecs_gitops.model.live import StoppedTask
from ecs_gitops.model.messages import Delivery, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health, Mode, Outcome, Reason, Sync
from ecs_gitops.plan import pauses
from ecs_gitops.plan.due import SOON, look_again_at
from ecs_gitops.reconcile import creation, lasting_faults
from ecs_gitops.reconcile.apply import apply
from ecs_gitops.reconcile.notify import notify
from ecs_gitops.reconcile.observe import (
    observe,
    open_attempt,
    stopped_of,
)
from ecs_gitops.reconcile.old_digests import name_old_digests
from ecs_gitops.reconcile.planning import hear_retry, settle_and_plan
from ecs_gitops.reconcile.retire import retire
from ecs_gitops.reconcile.spending import LOST, reserve, set_timer, take_tokens, told
from ecs_gitops.reconcile.turn import Result, Turn
from ecs_gitops.reconcile.unfinished import is_foreseen, set_aside, tell_fault
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.rollout import outcomes
from ecs_gitops.rollout.target import target
from ecs_gitops.rollout.told import taken_over
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.runtime.messages import readable
from ecs_gitops.status.assess import assess
from ecs_gitops.status.notices import decide
from ecs_gitops.store import bounds

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


def look_at_service(
    controller: Controller, logger: Logger, messages: list[SqsRecord]
) -> Sequence[SqsRecord]:
    """One turn for all waiting messages of a service, told in one line of log; what is none of them."""
    wakes, strange = readable(messages, wake, logger)
    if not wakes:
        return strange
    try:
        result = reconcile(wakes, controller, controller.clock(), delivery(messages))
    except Exception as error:
        if not is_foreseen(error):
            tell_fault(wakes[0].key, error, controller, controller.clock())
        raise
    logger.info(result.status.message if result.status else "Git does not name it", extra=result.told())
    return strange


def reconcile(
    wakes: Sequence[Wake], controller: Controller, now: float, handed_out: Delivery | None = None
) -> Result:
    """One turn for the service that all `wakes` are about. `now` in seconds.

    Raises RetryableError when AWS may answer in a moment; a later turn then finishes what this one began.
    What does not pass (`handed_out`: how often it was tried) is told in the status instead, and tried again
    when it is due.
    """
    key = wakes[0].key
    described, reserved = _describe(key, controller), reserve(wakes, controller, now)
    pair = set_aside(controller.table.get(key), wakes, controller, now)
    if pair is None:
        return Result(key)
    desired, record = pair
    turn = Turn(controller, now, wakes, as_allowed(desired, controller), record, described)
    turn.reserved, turn.delivery = reserved, handed_out or Delivery()
    try:
        status, has_succeeded = _to_its_end(turn, record)
    except (TerminalError, RetryableError) as error:
        if isinstance(error, TooLargeError) or not lasting_faults.lasts(error, turn):
            raise
        return Result(key, tuple(turn.applied), lasting_faults.tell(error, turn))
    if has_succeeded and not controller.settings.observe:
        retire(turn)
    return Result(key, tuple(turn.applied), status)


def _to_its_end(turn: Turn, before: Record) -> tuple[Status, bool]:
    """Look, decide, apply, settle what is told; and whether an attempt was found to have succeeded."""
    name_old_digests(turn)
    _hear(turn)
    observe(turn)
    turn.planned = actions = [] if turn.unseen else settle_and_plan(turn)
    ready = [each for each in actions if each.held is None]
    take_tokens(ready, turn)
    for action in ready:
        if not turn.refusal and not turn.short:
            apply(action, turn)
    _take_note_of_haste(actions, turn)
    _take_note_of_sync(actions, turn)
    has_succeeded = turn.ended is not None and turn.ended.outcome is Outcome.SUCCEEDED
    left = [action for action in actions if not _is_done(action, turn)]
    return _conclude(before, left, turn), has_succeeded


def _describe(key: ServiceKey, controller: Controller) -> Described | None:
    """Look at the service beside the reading of its record; never at a cluster out of scope."""
    if not controller.settings.follows(key.cluster):
        return None
    ecs = controller.ecs
    return controller.beside.start(lambda: ecs.describe([key]))


def as_allowed(desired: Desired, controller: Controller) -> Desired:
    """Git's word, within what the install may do as it is set now, whatever it was when Git was read.

    A cluster out of scope is left alone; an install that observes applies nothing.
    """
    desired = replace(desired, in_scope=controller.settings.follows(desired.key.cluster))
    if not controller.settings.observe:
        return desired
    return replace(desired, policy=replace(desired.policy, mode=Mode.OBSERVE))


def _hear(turn: Turn) -> None:
    """Take note of what people ask for, and of a file that came back."""
    turn.record = replace(turn.record, pruning=turn.record.pruning and not turn.desired.present)
    turn.history += outcomes.told(turn.desired, turn.wakes, turn.now)
    turn.history += outcomes.passed_over(turn.desired, turn.record, turn.wakes, turn.now)
    turn.record = outcomes.confirm(turn.record, turn.wakes)
    turn.record = outcomes.note_outside(turn.record, turn.wakes, turn.now)
    turn.record = pauses.hear(turn.record, turn.wakes, turn.now)
    hear_retry(turn)


def _take_note_of_haste(actions: Sequence[Action], turn: Turn) -> None:
    """History names what waits for its turn, once: a newer commit may yet take its place."""
    known = turn.record.status.desired_commit if turn.record.status else ""
    for action in actions:
        if not isinstance(action, RollOut) or action.held is None or action.stated != turn.desired.stated:
            continue
        if action.held.reason in (Reason.PENDING, Reason.PAUSED) and action.stated.commit != known:
            turn.note(outcomes.POSTPONED, action.stated, action.held.message, action.changes)


def _take_note_of_sync(actions: Sequence[Action], turn: Turn) -> None:
    """ECS is what Git states, in whatever words: those words are what was applied last."""
    wanted, applied = target(turn.desired, turn.record), turn.record.applied
    left = [action for action in actions if not _is_done(action, turn)]
    if left or turn.unseen or wanted is None or applied is None or open_attempt(turn.record):
        return
    if turn.live.service is not None and turn.desired.present and applied != wanted.stated:
        words = taken_over(wanted.stated, applied, revision=not wanted.leaves_revision)
        turn.record = replace(turn.record, applied=words)


def _conclude(before: Record, left: list[Action], turn: Turn) -> Status:
    """Settle the status and the due time, and store everything at once, if anything is new."""
    status = assess(turn.desired, turn.live, turn.record, left, now=turn.now, stopped=_stopped(turn))
    status = bounds.status(told(status, turn))
    creation.keep(turn)
    if not turn.short:  # what was booked is used, or not needed
        turn.record = replace(turn.record, booked=())
        lasting_faults.passed(turn)
    if turn.refusal:
        status = _refused(status, turn.refusal)
    if turn.unseen:
        unknown = replace(status, sync=Sync.UNKNOWN, health=Health.UNKNOWN)
        status = replace(unknown, reason=Reason.REFUSED, message=turn.unseen)
    if _is_pruned(turn):
        turn.record = Record(turn.key, version=turn.record.version)
        turn.controller.table.forget(turn.key, turn.now)
        if turn.desired.stated is not None:
            turn.note("Pruned", turn.desired.stated, status.message)
    if turn.controller.topic is not None:
        digest = turn.desired.stated.revision if turn.desired.stated else ""
        turn.record = decide(turn.record, status, digest, turn.controller.settings.install)
    running, due_at = turn.live.task_definition or turn.record.running, _due_at(left, status, turn)
    until_told = turn.now + SOON if turn.record.untold else due_at
    turn.record = replace(turn.record, status=status, running=running, due_at=until_told)
    if turn.history or turn.ended or _differ(before, turn.record):
        turn.save()
    set_timer(before, turn)
    notify(turn, due_at)
    return status


def _refused(status: Status, refusal: str) -> Status:
    """What AWS would not do is told beside a version that failed, never instead of it."""
    if status.reason in (Reason.ROLLED_BACK, Reason.FAILED, Reason.QUARANTINED):
        return replace(status, message=f"{status.message} {refusal}")
    return replace(status, sync=Sync.OUT_OF_SYNC, reason=Reason.REFUSED, message=refusal)


def _due_at(left: Sequence[Action], status: Status, turn: Turn) -> float | None:
    at = look_again_at(turn.desired, turn.live, turn.record, left, status, now=turn.now)
    turn_comes = turn.now + turn.short + LOST if turn.short else None
    return min((each for each in (at, turn_comes) if each is not None), default=None)


def _is_pruned(turn: Turn) -> bool:
    is_ours = turn.record.pruning or turn.record.applied is not None
    return is_ours and not turn.unseen and not turn.desired.present and turn.live.service is None


def _stopped(turn: Turn) -> list[StoppedTask]:
    """What is known of stopped tasks, where it may explain how the service stands."""
    service = turn.live.service
    if service is None or turn.applied:
        return []
    attempt = turn.record.attempt
    if attempt is not None and attempt.outcome is not Outcome.SUCCEEDED:
        return stopped_of(attempt, turn)
    running, desired = ecs_service.counts(service)
    arn = ecs_service.running_task_definition(service)
    return turn.controller.table.stopped(turn.key, arn) if arn and running < desired else []


def _is_done(action: Action, turn: Turn) -> bool:
    """Deleting a service takes several turns; every other step is done when it was applied."""
    return action in turn.applied and not isinstance(action, Prune)


def _differ(before: Record, after: Record) -> bool:
    """Whether a record says something new; that it was looked at again is nothing new."""
    if before.status is None or after.status is None:
        return True
    return replace(after, status=replace(after.status, at=before.status.at)) != before
