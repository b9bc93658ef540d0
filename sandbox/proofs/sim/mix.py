"""What many stories were made of, and how they ended: no proof is wider than its stories."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from sandbox.proofs.sim.author import kinds
from sandbox.world.faults import KINDS

WORDS = ("Succeeded", "RolledBack", "Failed", "Superseded", "StoppedByHand")
"""The outcomes that a story can bring about; ECS always tells in the end, so none is Unknown."""
LEAST_RUNS, LEAST_SHARE, LEAST_STORIES = 0.1, 0.1, 0.05


@dataclass(frozen=True, slots=True)
class Result:
    """One seed: what is wrong at its end, which faults came to pass, how its attempts ended.

    steps: the kinds of step that it was made of. end: all that was done and told, as a digest.
    """

    seed: int
    wrong: tuple[str, ...]
    faults: frozenset[str]
    outcomes: Counter[str]
    cpu: float
    steps: frozenset[str] = frozenset()
    end: str = ""


@dataclass(slots=True)
class Mix:
    """What many seeds were made of."""

    runs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    failed: list[Result] = field(default_factory=list)
    ends: dict[int, str] = field(default_factory=dict)
    cpu: float = 0.0

    def take(self, result: Result) -> None:
        """Count one seed in."""
        self.runs += 1
        self.faults.update(result.faults)
        self.steps.update(result.steps)
        self.outcomes += result.outcomes
        self.ends[result.seed] = result.end
        self.cpu += result.cpu
        if result.wrong:
            self.failed.append(result)

    def lacking(self) -> list[str]:
        """What these seeds did not try often enough to prove anything."""
        all_attempts = self.outcomes.total() or 1
        rare = [kind for kind in KINDS if self.faults[kind] < LEAST_RUNS * self.runs]
        few = [word for word in WORDS if self.outcomes[word] < LEAST_SHARE * all_attempts]
        thin = [kind for kind in kinds() if self.steps[kind] < LEAST_STORIES * self.runs]
        return [f"{name} came too seldom" for name in (*rare, *few, *thin)]

    @property
    def digest(self) -> str:
        """The same for two builds that did and told the same in all of these seeds."""
        lines = [f"{seed} {end}\n" for seed, end in sorted(self.ends.items())]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def lines(self) -> list[str]:
        """For people: faults by the runs they came in, outcomes with their shares, steps by stories."""
        attempts = self.outcomes.total()
        runs = [f"{kind} {self.faults[kind]}" for kind in KINDS]
        shares = [
            f"{word} {self.outcomes[word]} ({self.outcomes[word] / (attempts or 1):.0%})" for word in WORDS
        ]
        others = sorted(set(self.outcomes) - set(WORDS))
        return [
            f"faults, by runs: {', '.join(runs)}",
            f"outcomes of {attempts} attempts: {', '.join([*shares, *others])}",
            "steps, by the share of stories that have them:",
            *(f"  {self.steps[kind] / (self.runs or 1):5.1%}  {kind}" for kind in kinds()),
            f"{self.cpu / (self.runs or 1):.2f} s CPU a story",
        ]
