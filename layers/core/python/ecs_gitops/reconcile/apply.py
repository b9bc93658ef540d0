"""Actions → calls to ECS, in an order of which every prefix is safe.

Before a rollout starts, its attempt is stored. The revision it registers carries the attempt's id as a tag;
it is registered while the attempt is being stored, for a revision alone changes nothing. Thus
whatever is cut off in between, the next turn finds the revision and finishes, with one deployment in all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from ecs_gitops.aws.ecs import primary_deployment
from ecs_gitops.model.actions import Action, Adopt, CreateService, Prune, Reconfigure, Replace, RollOut
from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.record import Attempt, Heal
from ecs_gitops.model.vocabulary import Outcome, Why
from ecs_gitops.plan.decide import to_applied
from ecs_gitops.plan.drift import fields_of, is_heal, seen_call
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.rollout.attempts import is_under_way
from ecs_gitops.rollout.outcomes import REFUSED, is_refused, supersede

_HEALS_KEPT = 10


def apply(action: Action, turn: Turn) -> None:
    """Do one step and note in `turn.record` what it did; the caller stores it.

    Raises RetryableError when it may work in a moment. What AWS refuses ends in `turn.refusal`.
    """
    try:
        _apply(action, turn)
    except TerminalError as error:
        _refused(action, turn, str(error))
    else:
        turn.applied.append(action)


def _apply(action: Action, turn: Turn) -> None:
    match action:
        case Adopt():
            _adopt(action, turn)
        case CreateService():
            _create(action, turn)
        case RollOut():
            _roll_out(action, turn)
        case Reconfigure():
            _reconfigure(action, turn)
        case Prune():
            _prune(turn)
        case Replace():
            raise AssertionError("a replacement is always held")
        case _:
            assert_never(action)


def _adopt(action: Adopt, turn: Turn) -> None:
    service = turn.live.service or {}
    is_settled = not ecs_service.is_rolling(service)
    turn.record = replace(
        turn.record,
        applied=to_applied(action.stated, turn.record),
        applied_at=turn.now,
        task_definition_arn=ecs_service.running_task_definition(service),
        succeeded=action.stated if is_settled else turn.record.succeeded,
    )
    turn.note("Adopted", action.stated, "The service is followed from now on; nothing was changed in ECS.")


def _create(action: CreateService, turn: Turn) -> None:
    heals = is_heal(action.stated, turn.record)
    attempt = _begin(action.stated, turn, heals=heals)
    revision = _revision(action.stated, attempt, turn)
    arn = revision["taskDefinitionArn"]
    service = turn.controller.ecs.create_service(turn.key, action.stated, arn, attempt.id)
    _started(action.stated, replace(attempt, task_definition_arn=arn), service, revision, turn)
    _healed(action, turn, heals=heals)
    why = _why(turn, heals=heals)
    turn.note("Created", action.stated, f"The service was created.{why}", action.changes)


def _roll_out(action: RollOut, turn: Turn) -> None:
    heals = is_heal(action.stated, turn.record)
    attempt = _begin(action.stated, turn, heals=heals, registers=action.register)
    revision = _revision(action.stated, attempt, turn) if action.register else turn.live.task_definition
    arn = revision["taskDefinitionArn"] if revision else attempt.task_definition_arn
    service = turn.controller.ecs.update_service(turn.key, action.fields, arn if action.register else None)
    _started(action.stated, replace(attempt, task_definition_arn=arn), service, revision, turn)
    _healed(action, turn, heals=heals)
    event = "DriftPutBack" if heals else "RolloutStarted"
    turn.note(event, action.stated, f"A rollout was started.{_why(turn, heals=heals)}", action.changes)


def _reconfigure(action: Reconfigure, turn: Turn) -> None:
    heals = is_heal(action.stated, turn.record)
    if action.fields:
        service = turn.controller.ecs.update_service(turn.key, action.fields)
        turn.live = replace(turn.live, service={**(turn.live.service or {}), **service})
    if action.tags or action.untag:
        turn.controller.ecs.tag(turn.live.service or {}, action.tags, action.untag)
    turn.record = replace(
        turn.record,
        applied=to_applied(action.stated, turn.record),
        applied_at=turn.now,
        succeeded=_reworded(action.stated, turn),
    )
    _healed(action, turn, heals=heals)
    event = "DriftPutBack" if heals else "Reconfigured"
    turn.note(event, action.stated, f"Changed in place.{_why(turn, heals=heals)}", action.changes)


def _prune(turn: Turn) -> None:
    """One step: to zero tasks, then the service. The next turn takes the next step."""
    if not turn.record.pruning:
        turn.save(pruning=True)
        if turn.desired.stated:
            turn.note("PruneStarted", turn.desired.stated, f"{turn.desired.path} is gone from Git.")
    turn.controller.ecs.delete_step(turn.key, turn.live.service or {})


def _begin(stated: Stated, turn: Turn, *, heals: bool = False, registers: bool = True) -> Attempt:
    """Store the attempt before the call that starts it; one that was cut off is taken up again.

    Not so one whose service was deleted meanwhile: ECS knows its client token already.
    """
    before = turn.record.attempt
    is_open = before is not None and before.digest == stated.digest and before.outcome is None
    if before is not None and is_open and not _lost_its_service(before, turn):
        return before
    running = ecs_service.running_task_definition(turn.live.service or {})
    started = Attempt(
        id=_attempt_id(turn, stated),
        digest=stated.digest,
        commit=stated.commit,
        cause="Drift" if heals else turn.request.value if turn.request else turn.desired.cause,
        started_at=turn.now,
        deadline_at=turn.now + turn.desired.rollout.deadline,
        task_definition_arn=None if registers else running,
        before_arn=running,
    )
    if before is not None and is_refused(before, stated, turn.record):
        revision = before.task_definition_arn if registers else running
        started = replace(started, id=before.id, task_definition_arn=revision)
    elif before is not None and before.outcome is None:
        started = _take_the_place_of(before, started, stated, turn)
    if registers and started.task_definition_arn is None:
        turn.registered = _register(stated, started, turn)
    turn.save(attempt=started, applying=stated, waiting_for=())
    return started


def _lost_its_service(attempt: Attempt, turn: Turn) -> bool:
    return attempt.deployment_arn is not None and ecs_service.is_gone(turn.live.service)


def _take_the_place_of(before: Attempt, started: Attempt, stated: Stated, turn: Turn) -> Attempt:
    """What ECS works on may yet succeed or fail until it hears of this one: its end is told then."""
    is_told = is_under_way(before, turn.live) and not _lost_its_service(before, turn)
    if is_told and turn.record.replaced is None:
        turn.record = replace(turn.record, replaced=before)
        return replace(started, replaces=before.id)
    turn.ended = supersede(before, stated, turn.now)
    old = replace(stated, digest=before.digest, commit=before.commit)
    turn.note(Outcome.SUPERSEDED.value, old, turn.ended.message)
    return started


def _register(stated: Stated, attempt: Attempt, turn: Turn) -> Callable[[], Document]:
    """Register a revision beside what goes on: by itself it starts nothing."""
    ecs = turn.controller.ecs
    return turn.controller.beside.start(lambda: ecs.register(turn.key, stated, attempt))


def _revision(stated: Stated, attempt: Attempt, turn: Turn) -> Document:
    """The attempt's revision: the one it registered before it was cut off, or a new one."""
    if attempt.task_definition_arn is not None:
        return turn.controller.ecs.task_definition(attempt.task_definition_arn)
    revision = (turn.registered or _register(stated, attempt, turn))()
    registered = replace(attempt, task_definition_arn=revision["taskDefinitionArn"])
    turn.record = replace(turn.record, attempt=registered)
    return revision


def _started(
    stated: Stated, attempt: Attempt, service: Document, revision: Document | None, turn: Turn
) -> None:
    before = primary_deployment(turn.live.service or {})
    after = primary_deployment(service)
    turn.record = replace(
        turn.record,
        attempt=replace(attempt, deployment_arn=after if after != before else None),
        applied=to_applied(stated, turn.record),
        applied_at=turn.now,
        applying=None,
        task_definition_arn=attempt.task_definition_arn,
        running=revision,
    )
    turn.live = replace(turn.live, service=service, task_definition=revision)


def _healed(action: Action, turn: Turn, *, heals: bool) -> None:
    """The brake counts one heal a turn, whatever the number of calls."""
    if not heals:
        return
    before, fields = list(turn.record.heals), fields_of([action])
    if before and before[-1].at == turn.now:
        fields = tuple(sorted({*before.pop().fields, *fields}))
    turn.record = replace(turn.record, heals=(*before, Heal(turn.now, fields))[-_HEALS_KEPT:])


def _reworded(stated: Stated, turn: Turn) -> Stated | None:
    """What quarantine falls back to follows changes in place of what already succeeded."""
    attempt = turn.record.attempt
    is_open = attempt is not None and attempt.outcome is None
    return turn.record.succeeded if is_open else stated


def _refused(action: Action, turn: Turn, message: str) -> None:
    """A person must act: noted once, and tried again at the next full sweep with the same revision."""
    turn.refusal = message
    attempt = turn.record.attempt
    if isinstance(action, CreateService | RollOut) and attempt is not None and attempt.outcome is None:
        ended = replace(attempt, outcome=Outcome.FAILED, message=message, ended_at=turn.now)
        turn.record = replace(turn.record, attempt=ended, applying=None)
    known = turn.record.status
    if isinstance(action, Prune) or (known is not None and known.message == message):
        return
    turn.note(REFUSED, action.stated, message, action.changes)


def _why(turn: Turn, *, heals: bool = False) -> str:
    seen = seen_call(turn.record, turn.now) if heals else ""
    changed = f" What was changed outside Git: {seen}." if seen else ""
    if not heals and turn.desired.cause == Why.REFERENCE_CHANGED:
        changed = " What a reference names has changed."
    elif not heals and turn.desired.cause == Why.REWRITTEN:
        changed = " The branch was rewritten."
    asked = f" {turn.sender or 'Somebody'} asked for it." if turn.request else ""
    return changed + asked


def _attempt_id(turn: Turn, stated: Stated) -> str:
    """Names the attempt in tags and as client token: 32 characters, the same for the same beginning."""
    text = f"{turn.key}\n{stated.digest}\n{turn.record.version}\n{turn.now:.6f}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
