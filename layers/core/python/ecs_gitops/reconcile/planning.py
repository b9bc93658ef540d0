"""The middle of a turn: how the open attempt ended, and what is to be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecs_gitops.model.actions import Action, CreateService, Hold, RollOut
from ecs_gitops.model.live import Live
from ecs_gitops.model.vocabulary import Verb
from ecs_gitops.plan.decide import plan
from ecs_gitops.plan.order import Awaited, hold, plan_waits, still_waits
from ecs_gitops.reconcile import creation
from ecs_gitops.reconcile.observe import close, look_again, open_attempt, settle_attempt
from ecs_gitops.reconcile.turn import Turn
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.rollout import outcomes
from ecs_gitops.rollout.attempts import is_under_way
from ecs_gitops.rollout.completed import note_completed
from ecs_gitops.rollout.target import target


def settle_and_plan(turn: Turn) -> list[Action]:
    """Past first: what ended decides what comes next."""
    settle_attempt(turn)
    hear_retry(turn)  # what failed before it was asked for may only now be seen to have failed
    look_again(turn)
    turn.record = note_completed(turn.desired, turn.record, turn.live)
    actions = _plan(turn)
    _drop_unstarted(actions, turn)
    return _wait(actions, turn)


def hear_retry(turn: Turn) -> None:
    """What somebody asks to try again is out of quarantine."""
    if turn.desired.stated and any(each.request is Verb.RETRY for each in turn.wakes):
        turn.record = outcomes.retry(turn.record, turn.desired.stated)


def _plan(turn: Turn) -> list[Action]:
    """The plan; whether something scales the service is asked only where the answer matters."""
    actions = _planned(turn)
    if turn.live.service is None or not actions:
        return actions
    scaled = replace(turn.live, scalable=True)
    if_scaled = _planned(turn, scaled)
    if if_scaled == actions or not turn.controller.scaling.is_scalable(turn.key):
        return actions
    turn.live = scaled
    return if_scaled


def _planned(turn: Turn, live: Live | None = None, waits: Hold | None = None) -> list[Action]:
    return plan(
        turn.desired,
        live or turn.live,
        turn.record,
        install=turn.controller.settings.install,
        now=turn.now,
        consent=outcomes.consent(turn.wakes),
        waits=waits,
    )


def _drop_unstarted(actions: Sequence[Action], turn: Turn) -> None:
    """An attempt that was cut off before ECS heard of it, and that no step takes up again, is over."""
    attempt, wanted = open_attempt(turn.record), target(turn.desired, turn.record)
    if attempt is None or wanted is None or is_under_way(attempt, turn.live):
        return
    stated = wanted.stated
    running = ecs_service.running_task_definition(turn.live.service or {})
    is_taken_up = stated.revision == attempt.digest and any(
        action.held is None and _starts_rollout(action) for action in actions
    )
    if is_taken_up or creation.may_show_yet(attempt, turn):
        return
    if running is None or running != attempt.task_definition_arn:
        close(outcomes.supersede(attempt, stated, turn.now), turn)


def _wait(actions: list[Action], turn: Turn) -> list[Action]:
    """The plan; no rollout begins while others go first (`rollout.waitFor`). The record says which."""
    newest = target(turn.desired, turn.record)
    wanted = turn.desired.rollout.wait_for if newest is not None and newest.is_newest else ()
    awaited: tuple[Awaited, ...] = ()
    if wanted and any(action.held is None and _starts_rollout(action) for action in actions):
        others = turn.controller.table.get_many(wanted)
        awaited = plan_waits(turn.desired, others, still_waits(turn.desired, turn.record))
    waits, blocked = [each.key for each in awaited], [each.key for each in awaited if each.stuck]
    stated = turn.desired.stated
    turn.record = replace(
        turn.record,
        waiting_for=tuple(waits),
        waiting_since=stated.since if waits and stated is not None else "",
        blocked_by=tuple(blocked),
    )
    return _planned(turn, waits=hold(awaited)) if awaited else actions


def _starts_rollout(action: Action) -> bool:
    return isinstance(action, CreateService | RollOut)
