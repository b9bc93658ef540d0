"""What Git said of one service and what ECS did with it; nothing that the controller says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.proofs.sim.story import Service, Statement, Step, Story
from sandbox.proofs.sim.truth import Call, Rollout


@dataclass(frozen=True, slots=True)
class Said:
    """Git's word on a service from `at` on (seconds of the world): a statement, broken text, or None."""

    at: float
    word: Statement | str | None
    step: Step


@dataclass(frozen=True)
class Course:
    """One service.

    rollouts: every deployment of it, oldest first; images: revision ARN → what it runs; calls: what
    changed it; reads: when Git was looked at; start: when the story began.
    """

    service: Service
    story: Story
    rollouts: Sequence[Rollout]
    calls: Sequence[Call]
    images: Mapping[str, str]
    reads: Sequence[float]
    start: float

    @cached_property
    def said(self) -> list[Said]:
        """Git's words on it, oldest first."""
        name = self.service.name
        steps = [step for step in self.story.steps if name in step.files]
        return [Said(self.start + step.at, step.files[name], step) for step in steps]

    @property
    def statements(self) -> list[Statement]:
        """All valid ones, oldest first."""
        return [each.word for each in self.said if isinstance(each.word, Statement)]

    @property
    def newest(self) -> Statement:
        """The last valid one."""
        return self.statements[-1]

    @property
    def is_broken(self) -> bool:
        """Nobody can read its manifest as it stands."""
        return isinstance(self.said[-1].word, str)

    @cached_property
    def since(self) -> Said:
        """The commit that brought the newest revision part."""
        found = self.said[0]
        last = None
        for each in self.said:
            if isinstance(each.word, Statement):
                revision = each.word.image, each.word.role
                if revision != last:
                    found, last = each, revision
        return found

    @cached_property
    def ever_stated(self) -> Mapping[str, Any]:
        """Every field that any statement named."""
        return {name: value for stated in self.statements for name, value in stated.fields.items()}

    @property
    def retries(self) -> list[float]:
        """When somebody asked for what failed to be tried again."""
        steps = [step for step in self.story.steps if step.service == self.service.name]
        return [self.start + step.at for step in steps if step.do == "retry"]

    @property
    def by_hand(self) -> list[Call]:
        """What others than the controller changed."""
        return [call for call in self.calls if call.by_hand]

    @property
    def deleted(self) -> list[float]:
        """When the controller deleted it."""
        return [call.at for call in self.calls if call.action == "DeleteService" and not call.by_hand]

    @property
    def is_scaled(self) -> bool:
        """Something scales it."""
        return any(step.do == "scalable" and step.service == self.service.name for step in self.story.steps)

    def content(self, rollout: Rollout) -> str:
        """What a deployment runs."""
        return self.images[rollout.revision]

    def is_lifted(self, failed: Rollout, until: float = float("inf")) -> bool:
        """Somebody asked to try again what had failed."""
        return any(failed.ended_at <= at <= until for at in self.retries)

    def may_be_lifted(self, failed: Rollout, until: float = float("inf")) -> bool:
        """What failed may be forgotten, or not: it was deleted since, or a retry came just before."""
        gone = any(failed.ended_at <= at <= until for at in self.deleted)
        return gone or any(failed.began_at <= at <= failed.ended_at for at in self.retries)
