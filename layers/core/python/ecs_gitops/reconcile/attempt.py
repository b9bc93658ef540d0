"""An attempt begins: it is stored before the call that starts it, and registers the revision it brings.

The revision carries the attempt's id as a tag; it is registered while the attempt is being stored, for a
revision alone changes nothing. Thus whatever is cut off in between, the next turn finds the revision and
finishes, with one deployment in all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from ecs_gitops.model.actions import CreateService, Reconfigure, RollOut
from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.model.record import Attempt
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.rollout.attempts import is_open, is_under_way
from ecs_gitops.rollout.outcomes import is_refused, supersede
from ecs_gitops.rollout.told import in_doubt


def begin(action: CreateService | RollOut, turn: Turn) -> Attempt:
    """Store the attempt before the call that starts it; one that was cut off is taken up again.

    Not so one whose service was deleted meanwhile: ECS knows its client token already.
    """
    stated, before, registers = action.stated, turn.record.attempt, _registers(action)
    if before is not None and is_open(before, stated.revision) and not _lost_its_service(before, turn):
        return before
    running = ecs_service.running_task_definition(turn.live.service or {})
    heals = isinstance(action, CreateService) and bool(action.heals)
    heals = heals or (isinstance(action, RollOut) and action.is_heal)
    started = Attempt(
        id=attempt_id(turn, stated),
        digest=stated.revision,
        commit=stated.since,
        cause="Drift" if heals else turn.request.value if turn.request else turn.desired.cause,
        started_at=turn.now,
        deadline_at=turn.now + turn.desired.rollout.deadline,
        task_definition_arn=None if registers else action.revision_arn or running,
        before_arn=running,
    )
    if before is not None and is_refused(before, stated, turn.record):
        revision = before.task_definition_arn if registers else started.task_definition_arn
        started = replace(started, id=before.id, task_definition_arn=revision)
    elif before is not None and before.outcome is None:
        started = _take_the_place_of(before, started, stated, turn)
    if registers and started.task_definition_arn is None:
        turn.registered = _register(stated, started, turn)
    doubt = doubtful(action, turn)
    more = {} if doubt is None else {"applied": doubt}
    turn.save(attempt=started, applying=stated, waiting_for=(), **more)
    return started


def doubtful(action: CreateService | RollOut | Reconfigure, turn: Turn) -> Stated | None:
    """What we told ECS, less what this step is about to tell; None where that leaves it as it is.

    What is put back was told before, and is told the same again.
    """
    applied = turn.record.applied
    if applied is None or isinstance(action, CreateService):
        return None
    names = {name for name in action.fields if f"service.{name}" not in action.heals}
    tags = [] if isinstance(action, RollOut) else [*action.tags, *action.untag]
    if "service.tags" in action.heals:
        tags = []
    brings = isinstance(action, RollOut) and not action.is_heal and _brings(action)
    if not names and not tags and not brings:
        return None
    return in_doubt(applied, names, tags, task_definition=brings)


def _brings(action: RollOut) -> bool:
    return action.register or action.revision_arn is not None


def _registers(action: CreateService | RollOut) -> bool:
    """Whether its revision is a new one."""
    return action.register if isinstance(action, RollOut) else action.revision_arn is None


def _lost_its_service(attempt: Attempt, turn: Turn) -> bool:
    return attempt.deployment_arn is not None and ecs_service.is_gone(turn.live.service)


def _take_the_place_of(before: Attempt, started: Attempt, stated: Stated, turn: Turn) -> Attempt:
    """What ECS works on may yet succeed or fail until it hears of this one: its end is told then."""
    is_told = is_under_way(before, turn.live) and not _lost_its_service(before, turn)
    if is_told and turn.record.replaced is None:
        turn.record = replace(turn.record, replaced=before, replaced_stated=turn.record.applied)
        return replace(started, replaces=before.id)
    turn.ended = supersede(before, stated, turn.now)
    old = replace(stated, digest=before.digest, commit=before.commit)
    turn.note(Outcome.SUPERSEDED.value, old, turn.ended.message)
    return started


def _register(stated: Stated, attempt: Attempt, turn: Turn) -> Callable[[], Document]:
    """Register a revision beside what goes on: by itself it starts nothing."""
    ecs = turn.controller.ecs
    return turn.controller.beside.start(lambda: ecs.register(turn.key, stated, attempt))


def revision_of(action: CreateService | RollOut, attempt: Attempt, turn: Turn) -> Document:
    """The attempt's revision: one gone back to, the one it registered before it was cut off, or a new one.

    One gone back to that somebody deregistered meanwhile is registered again.
    """
    ecs, stated = turn.controller.ecs, action.stated
    if attempt.task_definition_arn is not None:
        found = ecs.task_definition(attempt.task_definition_arn, anew=action.revision_arn is not None)
        if found.get("status") != "INACTIVE" or stated.task_definition is None:
            return found
    revision = (turn.registered or _register(stated, attempt, turn))()
    registered = replace(attempt, task_definition_arn=revision["taskDefinitionArn"])
    turn.record = replace(turn.record, attempt=registered)
    return revision


def client_token(attempt: Attempt, stated: Stated) -> str:
    """The same for the same creation alone: ECS refuses a token that comes with other fields."""
    return hashlib.sha256(f"{attempt.id}\n{stated.digest}".encode()).hexdigest()[:32]


def attempt_id(turn: Turn, stated: Stated) -> str:
    """Names the attempt in tags: 32 characters, the same for the same beginning."""
    text = f"{turn.key}\n{stated.digest}\n{turn.record.version}\n{turn.now:.6f}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
