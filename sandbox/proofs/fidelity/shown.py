"""All refusals shown in one world: which rules hold, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.proofs.fidelity.case import Case
from sandbox.proofs.fidelity.cases_capacity import CAPACITY_CASES
from sandbox.proofs.fidelity.cases_container import CONTAINER_CASES
from sandbox.proofs.fidelity.cases_features import FEATURE_CASES
from sandbox.proofs.fidelity.cases_requests import REQUEST_CASES
from sandbox.proofs.fidelity.cases_service import SERVICE_CASES
from sandbox.proofs.fidelity.cases_task import TASK_CASES
from sandbox.proofs.fidelity.cases_traffic import TRAFFIC_CASES
from sandbox.proofs.fidelity.ground import Ground
from sandbox.services.ecs.refusals.every import REFUSALS
from sandbox.services.ecs.refusals.refusal import Refusal

CASES: tuple[Case, ...] = (
    *TASK_CASES,
    *CONTAINER_CASES,
    *SERVICE_CASES,
    *CAPACITY_CASES,
    *TRAFFIC_CASES,
    *FEATURE_CASES,
    *REQUEST_CASES,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the things in a table hold, and what is wrong with the rest, a line each."""

    total: int
    misses: tuple[str, ...]

    @property
    def held(self) -> int:
        """How many hold."""
        return self.total - len(self.misses)


def refusals(ground: Ground, rules: Sequence[Refusal] = REFUSALS) -> Tally:
    """Every rule by its cases; a rule without one is a miss."""
    misses = (_wrong(ground, rule) for rule in rules)
    return Tally(len(rules), tuple(miss for miss in misses if miss))


def _wrong(ground: Ground, rule: Refusal) -> str:
    cases = [case for case in CASES if case.rule == rule.id]
    if not cases:
        return f"{rule.id}: there is no case"
    return next((wrong for case in cases if (wrong := amiss(ground, case, rule))), "")


def amiss(ground: Ground, case: Case, rule: Refusal) -> str:
    """What is wrong with one case; an empty text when ECS refuses the one and accepts the other."""
    expected = (rule.code, ground.said(case.says))
    answer = ground.ask(case, case.refused)
    if answer != expected:
        return f"{rule.id}: {case.operation} answers {_words(answer)} instead of {_words(expected)}"
    neighbour = Case(case.rule, case.operation, case.refused, "", given=case.given)
    answer = ground.ask(neighbour, case.accepted)
    return (
        "" if answer == ("", "") else f"{rule.id}: {case.operation} refuses the neighbour: {_words(answer)}"
    )


def _words(answer: tuple[str, str]) -> str:
    return ": ".join(answer) if answer[0] else "no error"
