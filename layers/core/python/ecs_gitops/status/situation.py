"""One service at one moment, in the words of its status. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ecs_gitops.model.actions import Action, Hold
from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.live import Live, StoppedTask
from ecs_gitops.model.record import Attempt, Record
from ecs_gitops.model.vocabulary import Health, Why
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.service_events import complaints
from ecs_gitops.resources.task_definition import revision_name
from ecs_gitops.rollout.target import target
from ecs_gitops.status.stopped_tasks import advise, explain

_RECENT: Final = 10 * 60.0
"""Seconds for which a stopped task says something of the present."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of one service when its status is settled."""

    desired: Desired | None
    live: Live
    record: Record
    actions: tuple[Action, ...]
    now: float
    stopped: tuple[StoppedTask, ...]

    @property
    def stated(self) -> Stated | None:
        """Git's newest valid word."""
        return self.desired.stated if self.desired else None

    @property
    def held(self) -> list[Hold]:
        """Why actions wait, in the plan's order."""
        return [action.held for action in self.actions if action.held is not None]

    @property
    def is_missing(self) -> bool:
        """True when ECS has no such service."""
        return ecs_service.is_gone(self.live.service)

    @property
    def health(self) -> Health:
        """Health as the live service alone shows it."""
        if self.live.service is None or self.is_missing:
            return Health.MISSING
        running, desired = ecs_service.counts(self.live.service)
        if running < desired:
            return Health.DEGRADED if self._recently_stopped or self._said(None) else Health.PROGRESSING
        if running > desired or ecs_service.is_rolling(self.live.service):
            return Health.PROGRESSING
        return Health.SUSPENDED if desired == 0 else Health.HEALTHY

    @property
    def _recently_stopped(self) -> list[StoppedTask]:
        return [task for task in self.stopped if self.now - task.stopped_at < _RECENT]

    def why_stopped(self, attempt: Attempt | None = None) -> str:
        """Why tasks do not run: those of an attempt since it began, or else those of late, with advice."""
        tasks, said = self._recently_stopped, self._said(attempt)
        if attempt is not None:
            arn, since = attempt.task_definition_arn, attempt.started_at
            tasks = [
                each
                for each in self.stopped
                if each.task_definition_arn == arn and each.stopped_at >= since
            ]
        reason = join(explain(tasks), said)
        return join(reason, advise(reason))

    def _said(self, attempt: Attempt | None) -> str:
        """What ECS's events complain of; of an attempt that has ended, what they did by then."""
        if attempt is not None and attempt.outcome is not None:
            return attempt.said
        since = self.now - _RECENT if attempt is None else attempt.started_at
        return complaints(self.live.service, since, self.now) if self.live.service else ""

    def runs(self, attempt: Attempt) -> bool:
        """True when the live service is set to the attempt's task definition."""
        service = self.live.service
        return service is not None and (
            ecs_service.running_task_definition(service) == attempt.task_definition_arn
        )

    @property
    def tasks(self) -> str:
        """`: 1 of 2 tasks are running`, or "" when there is no service."""
        if self.live.service is None:
            return ""
        running, desired = ecs_service.counts(self.live.service)
        return f": {running} of {desired} tasks are running"

    @property
    def rewritten(self) -> str:
        """One sentence where the branch was rewritten to what is desired now, or ""."""
        if self.desired is None or self.desired.cause != Why.REWRITTEN:
            return ""
        return f"The branch was rewritten to commit {short(self.desired.commit)}."

    @property
    def what_runs(self) -> str:
        """One sentence: what ECS is set to, and which commit that is where nothing differs."""
        if self.live.service is None or self.is_missing or self.desired is None:
            return "Nothing runs."
        revision = revision_name(ecs_service.running_task_definition(self.live.service) or "something")
        wanted = None if self.actions else target(self.desired, self.record)
        commit = ""
        if wanted is not None and not wanted.leaves_revision:
            commit = wanted.stated.commit if wanted.is_newest else wanted.stated.since
        named = f"commit {short(commit)} as {revision}" if commit else revision
        return f"ECS runs {named}{self.tasks}."


def short(commit: str) -> str:
    """A commit as people call it."""
    return commit[:7]


def sentence(text: str) -> str:
    """Text that ends as a sentence does."""
    return text if not text or text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def join(*sentences: str) -> str:
    """Sentences in a row, less those that say nothing."""
    return " ".join(sentence for sentence in sentences if sentence)
