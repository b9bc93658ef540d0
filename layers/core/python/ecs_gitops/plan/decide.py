"""Desired × live × record → actions; an empty list is the definition of "in sync". Pure.

Start reading here. Preview, drift report and apply all read the same list; a held action is shown and
never applied. Nothing is decided by comparing digests alone: two spellings of one state are one state.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from ecs_gitops.model.actions import Action, Adopt, CreateService, Hold, Prune
from ecs_gitops.model.desired import Desired, Document, Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.names import Install
from ecs_gitops.model.record import Change, Record
from ecs_gitops.model.vocabulary import Mode, Outcome, Reason, Why
from ecs_gitops.plan import drift, pauses, succession
from ecs_gitops.plan.changeset import ChangeSet, find_changes
from ecs_gitops.plan.steps import Terms, to_actions
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.rollout.attempts import is_open, is_settled_well, is_under_way
from ecs_gitops.rollout.target import Target, for_creation, target
from ecs_gitops.rollout.told import tells_revision


def plan(
    desired: Desired | None,
    live: Live,
    record: Record,
    *,
    install: Install,
    now: float,
    consent: Set[Reason] = frozenset(),
    waits: Hold | None = None,
) -> list[Action]:
    """What to do for one service, in order. `now` in seconds; `consent` lifts holds of those reasons.

    waits: why no rollout of it may begin before others (`rollout.waitFor`); what changes in place goes on.
    An empty list for a service that is ours means that ECS is what `target` states: whoever applies
    then records `target` as applied, so that a new spelling of the same state is remembered.
    """
    if desired is None or desired.stated is None or not desired.in_scope:
        return []
    actions = _Case(desired, live, record, install, now, consent, waits).actions(desired.stated)
    paused = pauses.hold(record, now)
    return [_held(action, paused) for action in actions]


@dataclass(frozen=True, slots=True)
class _Case:
    """One service as it stands, and the questions that a plan asks of it."""

    desired: Desired
    live: Live
    record: Record
    install: Install
    now: float
    consent: Set[Reason]
    waits: Hold | None

    def actions(self, newest: Stated) -> list[Action]:
        """Everything to do, what waits for somebody included."""
        if not self.desired.present:
            return self.prune(newest)
        wanted, service = target(self.desired, self.record), self.live.service
        if wanted is None:
            return []
        if ecs_service.is_gone(service) or ecs_service.is_draining(service or {}):
            return self.create(newest, wanted)
        return self.update(newest, wanted)

    def prune(self, stated: Stated) -> list[Action]:
        service = self.live.service
        if service is None or ecs_service.is_gone(service) or ecs_service.is_draining(service):
            return []
        if stated.service is None or self.record.applied is None or self._owner_is_other(service):
            return []
        held = None if self.record.pruning else self._hold_prune()
        return self._hold_by_mode([Prune(self.desired.key, held=held)])

    def create(self, newest: Stated, wanted: Target) -> list[Action]:
        stated = wanted.stated
        if wanted.fallback is not None:
            stated = for_creation(newest, wanted, self.record.applied)
        if wanted.leaves_revision or stated.service is None or stated.task_definition is None:
            return []
        is_told = tells_revision(self.record.applied, stated)
        is_heal = is_told and is_settled_well(self.record.attempt, stated.revision)
        held = self._hold_rollout(stated) or (self._brake(("service",)) if is_heal else None)
        if ecs_service.is_draining(self.live.service or {}):
            held = Hold(Reason.PENDING, "The deleted service still drains; it is created again after that.")
        arn = wanted.fallback.task_definition_arn or None if wanted.fallback else None
        heals = ("service",) if is_heal else ()
        created = CreateService(self.desired.key, stated, held=held, revision_arn=arn, heals=heals)
        return self._hold_by_mode([created])

    def update(self, newest: Stated, wanted: Target) -> list[Action]:
        stated, service = wanted.stated, ecs_service.observed(self.live.service or {})
        found = find_changes(stated, self.live, self.record)
        if self._owner_is_other(service):
            return [self._owned_by_other(stated, service, found)]
        is_marked = ecs_service.owner_tag(service) == self.install.id
        if self.record.applied is None and not is_marked:
            return self._adopt(newest, wanted, found)
        if self.record.applied is None and not found.every:
            return [Adopt(self.desired.key, stated)]
        return self._act(newest, wanted, found)

    def _adopt(self, newest: Stated, wanted: Target, found: ChangeSet) -> list[Action]:
        adopt = Adopt(self.desired.key, wanted.stated, found.every)
        if not found.every:
            return self._hold_by_mode([adopt])
        if self.desired.policy.adopt or Reason.AWAITING_ADOPTION in self.consent:
            actions = self._act(newest, wanted, found)
            if any(action.held is None for action in actions):
                return actions
            return [*self._hold_by_mode([Adopt(self.desired.key, wanted.stated)]), *actions]
        message = (
            f"The service exists and differs from Git in {_count(found.every)}. "
            "Set reconcile.adopt: true to let Git change it, or state in Git what runs."
        )
        return [replace(adopt, held=Hold(Reason.AWAITING_ADOPTION, message))]

    def _act(self, newest: Stated, wanted: Target, found: ChangeSet) -> list[Action]:
        stated, attempt = wanted.stated, self.record.attempt
        is_rolling = (
            attempt is not None and is_open(attempt, stated.revision) and is_under_way(attempt, self.live)
        )
        terms = Terms(
            brake=self._brake,
            later=lambda names: _goes_out_with(names, newest),
            rollout=self._hold_rollout(stated),
            is_rolling=is_rolling,
            lacks=frozenset() if wanted.is_newest else self._lacks(newest),
            revision_arn=(wanted.fallback.task_definition_arn or None) if wanted.fallback else None,
        )
        return self._hold_by_mode(to_actions(self.desired.key, stated, found, terms))

    def _lacks(self, newest: Stated) -> frozenset[str]:
        """What the revision in force has not of Git's newest one."""
        return find_changes(newest, self.live, self.record).lacks

    def _owner_is_other(self, service: Document) -> bool:
        return ecs_service.owner_tag(service) not in (None, self.install.id)

    def _owned_by_other(self, stated: Stated, service: Document, found: ChangeSet) -> Action:
        owner = ecs_service.owner_tag(service)
        here = f"; this install is {self.install.id}" if self.install.id else ""
        message = (
            f"The service belongs to the install {owner}{here}. Take its manifest away here; or there, "
            "without reconcile.prune, and then the tag ecs-gitops:install."
        )
        return Adopt(self.desired.key, stated, found.every, Hold(Reason.OWNED_BY_OTHER, message))

    def _hold_prune(self) -> Hold | None:
        if not self.desired.policy.prune and Reason.REQUIRES_PRUNE not in self.consent:
            return Hold(
                Reason.REQUIRES_PRUNE,
                f"{self.desired.path} is gone from Git, and its last version did not set "
                "reconcile.prune: true. Delete the service by hand, or bring the file back.",
            )
        is_guarded = self.record.rebuilt or not self.desired.prune_allowed
        if is_guarded and Reason.PRUNE_GUARD not in self.consent:
            why = "Too many services vanished from Git at once"
            if self.record.rebuilt:
                why = "What was known of it was lost, and rebuilt"
            if self.desired.cause == Why.REWRITTEN:
                why = "The branch was rewritten"
            how = f"Check the last commit, then confirm with `ecs-gitops sync {self.desired.key}`."
            return Hold(Reason.PRUNE_GUARD, f"{why}. {how}")
        return None

    def _brake(self, fields: tuple[str, ...]) -> Hold | None:
        """Why drift of these fields is not put back now, or None."""
        hold = drift.hold_heal(self.desired, self.live, self.record, fields, self.now)
        return self._unless_consented(hold)

    def _hold_rollout(self, stated: Stated) -> Hold | None:
        """Why no rollout may begin now: of this revision part, or before those of others."""
        hold = self._hold_by_outcome(stated) or self.waits
        if hold is None and not self.consent:  # a person who asks is not made to wait
            hold = succession.hold(stated, self.live, self.record, self.now)
        return hold

    def _hold_by_outcome(self, stated: Stated) -> Hold | None:
        attempt = self.record.attempt
        if attempt is None or attempt.digest != stated.revision:
            return None
        again = f"Run `ecs-gitops retry {self.desired.key}` to roll it out again."
        if attempt.outcome is Outcome.STOPPED_BY_HAND:
            return self._unless_consented(Hold(Reason.STOPPED_BY_HAND, f"{attempt.message} {again}"))
        if attempt.outcome is Outcome.UNKNOWN:
            return self._unless_consented(Hold(Reason.OUTCOME_UNKNOWN, f"{attempt.message} {again}"))
        return None

    def _hold_by_mode(self, actions: Sequence[Action]) -> list[Action]:
        hold = None
        match self.desired.policy.mode:
            case Mode.OBSERVE:
                who = "the install (stack parameter Mode) or the manifest (reconcile.mode)"
                hold = Hold(Reason.OBSERVE, f"Nothing is applied: {who} only observes.")
            case Mode.MANUAL:
                how = f"apply it with `ecs-gitops sync {self.desired.key}`."
                hold = Hold(Reason.MANUAL, f"reconcile.mode is manual: {how}")
            case Mode.AUTO:
                pass
        hold = self._unless_consented(hold)
        return [_held(action, hold) for action in actions]

    def _unless_consented(self, hold: Hold | None) -> Hold | None:
        return None if hold is not None and hold.reason in self.consent else hold


def _held(action: Action, hold: Hold | None) -> Action:
    return replace(action, held=hold) if hold is not None and action.held is None else action


def _count(changes: Sequence[Change]) -> str:
    return "one field" if len(changes) == 1 else f"{len(changes)} fields"


def _goes_out_with(names: Sequence[str], newest: Stated) -> Hold:
    go = "goes" if len(names) == 1 else "go"
    rests = "rests" if len(names) == 1 else "rest"
    which = f"commit {newest.since[:7]}" if newest.since.isalnum() else "the newest version"
    message = f"{' and '.join(names)} {go} out with {which}: {rests} on what its revision brings."
    return Hold(Reason.QUARANTINED, message)
