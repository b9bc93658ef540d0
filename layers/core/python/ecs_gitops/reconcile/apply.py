"""Actions → calls to ECS, in an order of which every prefix is safe; each is noted once it was made."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ecs_gitops.aws.ecs import primary_deployment
from ecs_gitops.model.actions import (
    Action,
    Adopt,
    CreateService,
    Prune,
    Reconfigure,
    Replace,
    RollOut,
    brake_fields,
)
from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.model.errors import TerminalError, TooLargeError
from ecs_gitops.model.record import Attempt, Heal
from ecs_gitops.model.vocabulary import Outcome, Why
from ecs_gitops.plan.drift import seen_call
from ecs_gitops.reconcile.attempt import attempt_id, begin, client_token, doubtful, revision_of
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.rollout.completed import note_completed
from ecs_gitops.rollout.outcomes import REFUSED
from ecs_gitops.rollout.told import (
    in_place_alone,
    taken_over,
    with_fields,
    with_no_tasks,
    with_nothing,
    with_rollout,
    with_tags,
)

_HEALS_KEPT = 10


def apply(action: Action, turn: Turn) -> None:
    """Do one step and note in `turn.record` what it did; the caller stores it.

    Raises RetryableError when it may work in a moment. What AWS refuses ends in `turn.refusal`.
    """
    try:
        _apply(action, turn)
    except TooLargeError:
        raise  # what cannot be recorded is not begun: the turn ends here
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
    """Nothing is told to ECS. What it is still rolling out is followed to its end as an attempt."""
    service = turn.live.service or {}
    is_settled = not ecs_service.is_rolling(service)
    stated, running = action.stated, ecs_service.running_task_definition(service)
    turn.record = replace(
        turn.record,
        applied=taken_over(stated, turn.record.applied) if is_settled else in_place_alone(stated),
        applied_at=turn.now,
        task_definition_arn=running,
        attempt=turn.record.attempt if is_settled else _followed(stated, service, turn),
    )
    turn.record = note_completed(turn.desired, turn.record, turn.live)
    turn.note("Adopted", stated, "The service is followed from now on; nothing was changed in ECS.")


def _followed(stated: Stated, service: Document, turn: Turn) -> Attempt:
    """A deployment that somebody else began and ECS is at work on, as an attempt without a deadline."""
    return Attempt(
        id=attempt_id(turn, stated),
        digest=stated.revision,
        commit=stated.since,
        cause="Adopted",
        started_at=ecs_service.primary_began_at(service) or turn.now,
        deadline_at=None,
        task_definition_arn=ecs_service.running_task_definition(service),
        deployment_arn=primary_deployment(service),
    )


def _create(action: CreateService, turn: Turn) -> None:
    attempt = begin(action, turn)
    revision = revision_of(action, attempt, turn)
    arn = revision["taskDefinitionArn"]
    token = client_token(attempt, action.stated)
    service = turn.controller.ecs.create_service(turn.key, action.stated, arn, token)
    told = taken_over(action.stated, None)
    _started(told, replace(attempt, task_definition_arn=arn), service, revision, turn)
    _healed(action.heals, turn)
    why = _why(turn, heals=bool(action.heals))
    turn.note("Created", _revision_of(action.stated), f"The service was created.{why}", action.changes)


def _roll_out(action: RollOut, turn: Turn) -> None:
    attempt = begin(action, turn)
    brings = action.register or action.revision_arn is not None
    revision = revision_of(action, attempt, turn) if brings else turn.live.task_definition
    arn = revision["taskDefinitionArn"] if revision else attempt.task_definition_arn
    service = turn.controller.ecs.update_service(turn.key, action.fields, arn if brings else None)
    told = with_rollout(turn.record.applied, action.stated, action.fields, task_definition=brings)
    _started(told, replace(attempt, task_definition_arn=arn), service, revision, turn)
    _tell("RolloutStarted", "A rollout was started.", action, turn)


def _reconfigure(action: Reconfigure, turn: Turn) -> None:
    """Each call is noted once it was made: what comes after may fail, or be cut off."""
    doubt = doubtful(action, turn)
    if doubt is not None:
        turn.save(applied=doubt)
    if action.fields:
        service = turn.controller.ecs.update_service(turn.key, action.fields)
        turn.live = replace(turn.live, service={**(turn.live.service or {}), **service})
        told = with_fields(turn.record.applied, action.stated, action.fields)
        turn.record = replace(turn.record, applied=told, applied_at=turn.now)
    if action.tags or action.untag:
        turn.controller.ecs.tag(turn.live.service or {}, action.tags, action.untag)
        told = with_tags(turn.record.applied, action.stated, action.tags, action.untag)
        turn.record = replace(turn.record, applied=told, applied_at=turn.now)
    _tell("Reconfigured", "Changed in place.", action, turn)


def _tell(event: str, what: str, action: RollOut | Reconfigure, turn: Turn) -> None:
    """One line of history; a second one for what was put back in the same call."""
    _healed(action.heals, turn)
    stated = _revision_of(action.stated) if isinstance(action, RollOut) else action.stated
    if action.is_heal:
        turn.note("DriftPutBack", stated, f"{what}{_why(turn, heals=True)}", action.changes)
        return
    turn.note(event, stated, f"{what}{_why(turn)}", action.changes)
    if action.heals:
        back = tuple(each for each in action.changes if set(brake_fields([each])) <= set(action.heals))
        turn.note("DriftPutBack", stated, f"Put back with it.{_seen(turn)}", back)


def _revision_of(stated: Stated) -> Stated:
    """As history names a rollout: by its revision part, and the commit that brought that."""
    return replace(stated, digest=stated.revision, commit=stated.since)


def _prune(turn: Turn) -> None:
    """One step: to zero tasks, then the service. The next turn takes the next step."""
    if not turn.record.pruning:
        before = turn.record.applied  # whoever is cut off in the call has told ECS of no task
        turn.save(pruning=True, applied=with_no_tasks(before) if before is not None else None)
        if turn.desired.stated:
            turn.note("PruneStarted", turn.desired.stated, f"{turn.desired.path} is gone from Git.")
    is_deleted = turn.controller.ecs.delete_step(turn.key, turn.live.service or {})
    applied = turn.record.applied
    if applied is not None:
        told = with_nothing(applied) if is_deleted else with_no_tasks(applied)
        turn.record = replace(turn.record, applied=told)


def _started(
    told: Stated, attempt: Attempt, service: Document, revision: Document | None, turn: Turn
) -> None:
    """ECS took it: `told` is what it was told by now."""
    before = primary_deployment(turn.live.service or {})
    after = primary_deployment(service)
    turn.record = replace(
        turn.record,
        attempt=replace(attempt, deployment_arn=after if after != before else None),
        applied=told,
        applied_at=turn.now,
        applying=None,
        task_definition_arn=attempt.task_definition_arn,
        running=revision,
    )
    turn.live = replace(turn.live, service=service, task_definition=revision)


def _healed(fields: tuple[str, ...], turn: Turn) -> None:
    """The brake counts one heal a turn, whatever the number of calls."""
    if not fields:
        return
    before = list(turn.record.heals)
    if before and before[-1].at == turn.now:
        fields = tuple(sorted({*before.pop().fields, *fields}))
    turn.record = replace(turn.record, heals=(*before, Heal(turn.now, fields))[-_HEALS_KEPT:])


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
    changed = _seen(turn) if heals else ""
    if not heals and turn.desired.cause == Why.REFERENCE_CHANGED:
        changed = " What a reference names has changed."
    elif not heals and turn.desired.cause == Why.REWRITTEN:
        changed = " The branch was rewritten."
    asked = f" {turn.sender or 'Somebody'} asked for it." if turn.request else ""
    return changed + asked


def _seen(turn: Turn) -> str:
    seen = seen_call(turn.record, turn.now)
    return f" What was changed outside Git: {seen}." if seen else ""
