"""Compares what the controller says and did in a story with what really happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.proofs.sim.play import Played, Told
from sandbox.proofs.sim.story import Step
from sandbox.proofs.sim.truth import Rollout, errors, rollouts

ATTEMPT, DIGEST = "ecs-gitops:attempt", "ecs-gitops:digest"
"""Tags of the revisions that the controller registers."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with a story's end, and how its attempts really ended."""

    wrong: tuple[str, ...]
    outcomes: Counter[str]


def judge(played: Played) -> Judgement:
    """Nothing is wrong when every outcome is the true one and ECS is what Git says."""
    all_rollouts = rollouts(played.journal)
    wrong = list(errors(played.journal))
    outcomes: Counter[str] = Counter()
    for name, told in played.told.items():
        case = _Case(name, played, told, [each for each in all_rollouts if each.service == name])
        wrong += [f"{name}: {sentence}" for sentence in case.wrong()]
        outcomes += Counter(each.outcome.value for each in told.attempts if each.outcome)
    head, taken_in = played.heads
    if head != taken_in:
        wrong.append(f"the head {head} was never taken in: the controller knows {taken_in}")
    return Judgement(tuple(wrong), outcomes)


@dataclass(frozen=True, slots=True)
class _Case:
    """One service."""

    name: str
    played: Played
    told: Told
    rollouts: list[Rollout]

    def wrong(self) -> Iterator[str]:
        yield from self._outcomes()
        yield from self._repeated()
        yield from self._state()

    @property
    def ours(self) -> list[Rollout]:
        """What the controller began, and what answers for what it was about to begin."""
        return [each for each in self.rollouts if each.by != "admin" or self._answers(each)]

    def _answers(self, rollout: Rollout) -> bool:
        """A person rolled out a revision that was registered and no more, while its attempt stood open.

        An attempt is known by its revision, whoever brings it about: how that ends is how it ends.
        """
        attempt = self._tag(rollout, ATTEMPT)
        if any(each.by != "admin" and self._tag(each, ATTEMPT) == attempt for each in self.rollouts):
            return False
        open_until = {
            each.task_definition_arn: each.ended_at or float("inf") for each in self.told.attempts
        }
        return rollout.began_at < open_until.get(rollout.revision, 0.0)

    def _tag(self, rollout: Rollout, tag: str) -> str:
        return self.played.tags[rollout.revision].get(tag, "")

    def _outcomes(self) -> Iterator[str]:
        """Each attempt ended as its deployment did; each deployment of ours has its attempt."""
        brought: dict[str, list[Rollout]] = {}
        for each in self.ours:
            brought.setdefault(self._tag(each, ATTEMPT), []).append(each)
        for attempt in self.told.attempts:
            said = attempt.outcome.value if attempt.outcome else ""
            found = brought.pop(attempt.id, [])
            if len(found) > 1:
                yield f"attempt {attempt.id} began {len(found)} deployments"
            true = found[-1].outcomes() if found else frozenset({"Superseded"})
            if said not in true:
                yield f"attempt {attempt.id} is said to be {said or 'open'} and is {_one_of(true)}"
        for attempt_id, found in brought.items():
            yield f"deployment {found[0].id} of attempt {attempt_id!r} has no attempt on record"

    def _repeated(self) -> Iterator[str]:
        """What failed is not rolled out again, by whatever commit it comes."""
        failed: dict[str, float] = {}
        for each in self.ours:
            digest = self._tag(each, DIGEST)
            if failed.get(digest, each.began_at) < each.began_at:
                yield f"{digest[:12]} failed, and was rolled out again at {each.began_at:.1f}"
            if each.failed:
                failed[digest] = each.ended_at

    def _state(self) -> Iterator[str]:
        """ECS is what Git says, or what last succeeded; nothing is left to do."""
        if any(action.held is None for action in self.told.actions):
            yield f"there is still something to do: {self.told.actions}"
        wanted = self._wanted()
        if wanted is None:
            return
        if self.told.actions:
            yield f"something is held back: {self.told.actions}"
        live = self.told.live
        if not live:
            yield "there is no service"
            return
        shown = self.played.images[live["taskDefinition"]], live["desiredCount"]
        if shown != wanted:
            yield f"ECS is set to {shown}, and Git says {wanted}"
        if live["runningCount"] != live["desiredCount"] or len(live["deployments"]) != 1:
            yield f"ECS does not rest: {live['runningCount']} of {live['desiredCount']} tasks run"

    def _wanted(self) -> tuple[str, int] | None:
        """Image and count that Git states; of a failed one the last that succeeded; None: no claim.

        What a person stopped is left as it stands until Git says something else, and what never
        succeeded has nothing to go back to; nor has what went back and failed there, too: rolling out
        again what has failed helps nobody, and nobody asked for anything older. Behind a manifest that
        nobody can read stands whichever one was read last.
        """
        if _newest(self.played.story.steps, self.name).do == "broken":
            return None
        stated = _stated(self.played.story.steps, self.name)
        bad = {self._content(each) for each in self.ours if each.failed}
        if stated[0] not in bad:
            last = self.ours[-1] if self.ours else None
            held = last is not None and last.stopped_at is not None and self._content(last) == stated[0]
            return None if held else stated
        good = [self._content(each) for each in self.ours if each.outcomes() == {"Succeeded"}]
        return (good[-1], self._count_of(good[-1])) if good and good[-1] not in bad else None

    def _content(self, rollout: Rollout) -> str:
        return self.played.images[rollout.revision]

    def _count_of(self, image: str) -> int:
        counts = [
            step.count
            for step in self.played.story.steps
            if step.do == "push" and (step.service, step.image) == (self.name, image)
        ]
        return counts[-1]


def _newest(steps: tuple[Step, ...], name: str) -> Step:
    return [step for step in steps if step.do in ("push", "broken") and step.service == name][-1]


def _stated(steps: tuple[Step, ...], name: str) -> tuple[str, int]:
    return [(step.image, step.count) for step in steps if step.do == "push" and step.service == name][-1]


def _one_of(outcomes: frozenset[str]) -> str:
    return " or ".join(sorted(each or "open" for each in outcomes))
