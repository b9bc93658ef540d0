"""The first half of a turn: what ECS shows, and how the attempt that was open ended."""

from __future__ import annotations

from dataclasses import replace

from ecs_gitops.aws.ecs import attempt_of
from ecs_gitops.model.desired import Document
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.live import StoppedTask
from ecs_gitops.model.record import Attempt, Record
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.reconcile.creation import known
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.resources.service import running_task_definition
from ecs_gitops.resources.tags import is_ours
from ecs_gitops.rollout import outcomes
from ecs_gitops.rollout.attempts import is_under_way, settle
from ecs_gitops.rollout.rebuild import rebuild
from ecs_gitops.rollout.told import taken_over, with_revision
from ecs_gitops.status.stopped_tasks import explain

_REBUILT = "Nothing was remembered; the record was rebuilt from ECS. Nothing is deleted until `sync`."


def observe(turn: Turn) -> None:
    """Read ECS; the deployments only while an attempt's outcome is open.

    A cluster out of scope is not even looked at: our role may not.
    """
    if not turn.desired.in_scope:
        return
    attempt = open_attempt(turn.record)
    try:
        turn.live = turn.controller.ecs.live(
            turn.key,
            deployments=attempt is not None or turn.record.replaced is not None,
            known=turn.record.running,
            described=turn.described,
            created=known(turn),
        )
    except TerminalError as error:
        turn.unseen = str(error)
        return
    turn.seen = True
    if turn.record.version == 0 and turn.live.service is not None:
        _rebuild(turn)
    if attempt is not None and attempt.task_definition_arn is None:
        _find_revision(attempt, turn)


def _rebuild(turn: Turn) -> None:
    """Nothing is remembered of a service that exists: was it ours, and how did its rollouts end?"""
    service, running = turn.live.service or {}, turn.live.task_definition or {}
    install = turn.controller.settings.install
    if not is_ours(service, install) and not is_ours(running, install):
        return
    ecs = turn.controller.ecs
    live = replace(turn.live, deployments=ecs.deployments(turn.key))
    arns = {each.task_definition_arn for each in live.deployments if each.task_definition_arn}
    revisions = {arn: ecs.task_definition(arn) for arn in sorted(arns)}
    record = rebuild(turn.desired, live, revisions, install, turn.now)
    if record is None:
        return
    turn.live = live
    turn.record = replace(record, running=live.task_definition, paused=turn.record.paused)
    if turn.desired.stated is not None:
        turn.note("Rebuilt", turn.desired.stated, _REBUILT)


def _find_revision(attempt: Attempt, turn: Turn) -> None:
    """An attempt was cut off after it was stored: did it get as far as its revision?"""
    found = turn.live.task_definition
    if found is None or attempt_of(found) != attempt.id:
        stated = turn.record.applying
        found = turn.controller.ecs.find_registered(stated, attempt) if stated else None
    if found is not None:
        attempt = replace(attempt, task_definition_arn=found["taskDefinitionArn"])
        turn.record = replace(turn.record, attempt=attempt)


def settle_attempt(turn: Turn) -> None:
    """How did the open attempt end, if it did; what it applied counts as applied."""
    _settle_replaced(turn)
    attempt = open_attempt(turn.record)
    if attempt is None:
        return
    settled = settle(attempt, turn.live, now=turn.now)
    stated = turn.record.applying
    was_taken = is_under_way(attempt, turn.live) or settled.outcome is Outcome.SUCCEEDED
    if stated is not None and was_taken:
        told = turn.record.applied
        is_new = told is None or attempt.before_arn is None
        turn.record = replace(
            turn.record,
            applying=None,
            applied=taken_over(stated, told) if is_new else with_revision(told, stated),
            applied_at=attempt.started_at,
            task_definition_arn=attempt.task_definition_arn,
        )
    if settled.outcome is not None:
        close(settled, turn)


def _settle_replaced(turn: Turn) -> None:
    """The attempt before, whose place was taken: did it end before ECS heard of that, and how?"""
    record = turn.record
    if record.replaced is None or record.attempt is None:
        return
    settled = settle(record.replaced, turn.live, now=turn.now)
    if settled.outcome is None:
        return
    if settled.outcome is Outcome.SUPERSEDED:
        settled = replace(settled, message=outcomes.in_its_place(record.attempt.commit))
    close(settled, turn)
    later = {"attempt": record.attempt, "applying": record.applying}
    turn.save(**later, replaced=None, replaced_stated=None)


def look_again(turn: Turn) -> None:
    """A rollout that just failed cannot be what runs: the service was read before its deployments were."""
    ended, service = turn.ended, turn.live.service
    if ended is None or ended.outcome is Outcome.SUCCEEDED or service is None:
        return
    if running_task_definition(service) == ended.task_definition_arn:
        ecs, running = turn.controller.ecs, turn.record.running
        turn.live = ecs.live(turn.key, deployments=False, known=running, created=known(turn))


def close(attempt: Attempt, turn: Turn) -> None:
    """An attempt has ended: what its tasks told, what it changes, a line of history."""
    why = "" if attempt.outcome is Outcome.SUCCEEDED else _why(attempt, turn)
    described = _described(attempt, turn) if attempt.outcome is Outcome.SUCCEEDED else None
    turn.record = outcomes.close(turn.record, attempt, why, described)
    turn.record, turn.ended = replace(turn.record, applying=None), attempt
    stated = turn.record.applied or turn.desired.stated
    if attempt.outcome is not None and stated is not None:
        told = replace(stated, digest=attempt.digest, commit=attempt.commit)
        turn.note(attempt.outcome.value, told, f"{attempt.message} {why}".strip())


def _described(attempt: Attempt, turn: Turn) -> Document | None:
    """What the revision of an attempt contains, as far as that is known without asking."""
    arn = attempt.task_definition_arn
    known = (turn.live.task_definition, turn.record.running)
    return next((each for each in known if each is not None and each.get("taskDefinitionArn") == arn), None)


def _why(attempt: Attempt, turn: Turn) -> str:
    return f"{explain(stopped_of(attempt, turn))} {attempt.said}".strip()


def stopped_of(attempt: Attempt, turn: Turn) -> list[StoppedTask]:
    """What is known of the stopped tasks of an attempt's revision."""
    arn = attempt.task_definition_arn
    return turn.controller.table.stopped(turn.key, arn) if arn else []


def open_attempt(record: Record) -> Attempt | None:
    """The attempt whose outcome is not known yet, if there is one."""
    attempt = record.attempt
    return attempt if attempt is not None and attempt.outcome is None else None
