"""Compares what the controller says and did in a story with what really happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.proofs.sim import rest
from sandbox.proofs.sim.course import Course
from sandbox.proofs.sim.play import Played, Told
from sandbox.proofs.sim.story import Statement
from sandbox.proofs.sim.truth import BY_HAND, Rollout, calls, errors, reads, rollouts
from sandbox.world.world import START

PUT_BACK = "DriftPutBack"
"""History's word for drift that was put back."""
DRIFT = ("DriftDetected", "DriftFight")
EPSILON = 0.001


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with a story's end, and how its attempts really ended."""

    wrong: tuple[str, ...]
    outcomes: Counter[str]


def judge(played: Played) -> Judgement:
    """Nothing is wrong when every outcome is the true one and ECS is what Git says."""
    wrong = list(errors(played.journal))
    outcomes: Counter[str] = Counter()
    courses = _courses(played)
    for name, told in played.told.items():
        case = _Case(courses[name], told, courses.get(courses[name].service.waits))
        other = played.told.get(courses[name].service.waits)
        end = rest.End(courses[name], told, case.ours, case.other, other)
        wrong += [f"{name}: {sentence}" for sentence in (*case.wrong(), *end.wrong())]
        outcomes += Counter(each.outcome.value for each in told.attempts if each.outcome)
    head, taken_in = played.heads
    if head != taken_in:
        wrong.append(f"the head {head} was never taken in: the controller knows {taken_in}")
    return Judgement(tuple(wrong), outcomes)


def _courses(played: Played) -> Mapping[str, Course]:
    began, called, looked = rollouts(played.journal), calls(played.journal), reads(played.journal)
    return {
        service.name: Course(
            service,
            played.story,
            [each for each in began if each.service == service.name],
            [each for each in called if each.service == service.name],
            played.images,
            looked,
            START,
        )
        for service in played.story.services
    }


class _Case:
    """One service: what was done for it, step by step."""

    def __init__(self, course: Course, told: Told, other: Course | None) -> None:
        self.course = course
        self.told = told
        self.other = other
        self.attempts = sorted(told.attempts, key=lambda each: each.started_at)
        self.brought: dict[str, list[Rollout]] = {}
        self.unclaimed: list[Rollout] = []
        self._match()

    @property
    def ours(self) -> list[Rollout]:
        """What the controller began, and what answers for what it was about to begin."""
        claimed = [each.id for found in self.brought.values() for each in found]
        return [each for each in self.course.rollouts if each.by != BY_HAND or each.id in claimed]

    def wrong(self) -> Iterator[str]:
        yield from self._outcomes()
        yield from self._repeated()
        yield from self._drift()
        yield from self._order()

    def _match(self) -> None:
        """A deployment is that of the newest attempt at its beginning, which names its revision.

        A person may roll out a revision that was registered and no more, while its attempt stands open.
        An attempt is known by its revision, whoever brings it about: how that ends is how it ends.
        """
        for rollout in self.course.rollouts:
            begun = [each for each in self.attempts if each.started_at <= rollout.began_at + EPSILON]
            owner = begun[-1] if begun else None
            is_its_own = owner is not None and owner.task_definition_arn == rollout.revision
            if owner is None or not is_its_own:
                if rollout.by != BY_HAND:
                    self.unclaimed.append(rollout)
                continue
            is_open = owner.ended_at is None or rollout.began_at < owner.ended_at
            if rollout.by != BY_HAND or (is_open and owner.id not in self.brought):
                self.brought.setdefault(owner.id, []).append(rollout)

    def _outcomes(self) -> Iterator[str]:
        """Each attempt ended as its deployment did; each deployment of ours has its attempt."""
        for attempt in self.attempts:
            said = attempt.outcome.value if attempt.outcome else ""
            found = self.brought.get(attempt.id, [])
            if len(found) > 1:
                yield f"attempt {attempt.id} began {len(found)} deployments"
            true = found[-1].outcomes() if found else frozenset({"Superseded"})
            if said not in true:
                yield f"attempt {attempt.id} is said to be {said or 'open'} and is {_one_of(true)}"
        for each in self.unclaimed:
            yield f"deployment {each.id} of {each.revision} has no attempt on record"

    def _repeated(self) -> Iterator[str]:
        """What failed is not rolled out again, by whatever commit it comes, before somebody asks for it."""
        failed: dict[str, Rollout] = {}
        for each in self.ours:
            content = self.course.content(each)
            known = failed.get(content)
            if known is not None and known.ended_at < each.began_at and not self._may_try(known, each):
                yield f"{content} failed, and was rolled out again at {each.began_at - START:.1f}"
            if each.failed:
                failed[content] = each

    def _may_try(self, failed: Rollout, again: Rollout) -> bool:
        until = again.began_at
        return self.course.is_lifted(failed, until) or self.course.may_be_lifted(failed, until)

    def _drift(self) -> Iterator[str]:
        """Nothing is called drift that nobody else changed before."""
        called = [
            (entry.at, change.path, f"{entry.event} at {entry.at - START:.1f}")
            for entry in self.told.history
            if entry.event == PUT_BACK
            for change in entry.changes
        ]
        called += [
            (float("inf"), change.path, f"a step held for {action.held.reason.value}")
            for action in self.told.actions
            if action.held is not None and action.held.reason.value in DRIFT
            for change in getattr(action, "changes", ())
        ]
        for at, path, where in called:
            field = _field(path)
            if not any(call.at < at and field in call.params for call in self.course.by_hand):
                yield f"{where}: {path} is called drift, and nobody else changed it"
        for attempt in self.told.attempts:
            if attempt.cause == "Drift" and not self.course.by_hand:
                yield f"attempt {attempt.id} is said to heal drift, and nobody else changed anything"
        status = self.told.record.status
        if status is not None and status.reason.value in DRIFT and not self.course.by_hand:
            yield f"status is {status.reason.value}, and nobody else changed anything"

    def _order(self) -> Iterator[str]:
        """Nothing is rolled out before what it waits for, where one commit changed both."""
        if self.other is None:
            return
        for said in self.course.said:
            first = said.step.files.get(self.other.service.name)
            if not isinstance(said.word, Statement) or first is None:
                continue
            image = said.word.image
            began = [
                each.began_at
                for each in self.ours
                if self.course.content(each) == image and each.began_at > said.at
            ]
            if not began or any(said.at < each.at < began[0] for each in self.other.said):
                continue
            well = [
                each
                for each in self.other.rollouts
                if isinstance(first, Statement)
                and self.other.content(each) == first.image
                and each.outcomes() == {"Succeeded"}
                and each.ended_at <= began[0]
            ]
            if not well:
                yield f"{image} was rolled out at {began[0] - START:.1f}, before what it waits for"


def _field(path: str) -> str:
    """`service.desiredCount` → `desiredCount`; all of a task definition is `taskDefinition`."""
    section, _, rest = path.partition(".")
    return rest.partition(".")[0].partition("[")[0] if section == "service" else section


def _one_of(outcomes: frozenset[str]) -> str:
    return " or ".join(sorted(each or "open" for each in outcomes))
