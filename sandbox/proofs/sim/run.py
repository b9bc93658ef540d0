"""Thousands of random stories under mixed faults, each judged against what really happened."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.proofs.sim.story import tell
from sandbox.wires.parts import Replacement
from sandbox.world.faults import KINDS

AT_ONCE = 2
SHARED_MEMORY = Path("/dev/shm")
WORDS = ("Succeeded", "RolledBack", "Failed", "Superseded", "StoppedByHand")
"""The outcomes that a story can bring about; ECS always tells in the end, so none is Unknown."""
LEAST_RUNS, LEAST_SHARE = 0.1, 0.1
ENOUGH = 1000
"""Stories from which on it counts that one kind of fault or outcome came too seldom."""
SHOWN = 5
"""Failed stories that are told whole; of all others only their number."""
REPORTED = 100
"""Stories between two words on how far it is."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """One seed: what is wrong at its end, which faults came to pass, how its attempts ended."""

    seed: int
    wrong: tuple[str, ...]
    faults: frozenset[str]
    outcomes: Counter[str]
    cpu: float


@dataclass(slots=True)
class Mix:
    """What many seeds were made of."""

    runs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    failed: list[Result] = field(default_factory=list)
    cpu: float = 0.0

    def take(self, result: Result) -> None:
        """Count one seed in."""
        self.runs += 1
        self.faults.update(result.faults)
        self.outcomes += result.outcomes
        self.cpu += result.cpu
        if result.wrong:
            self.failed.append(result)

    def lacking(self) -> list[str]:
        """What these seeds did not try often enough to prove anything."""
        all_attempts = self.outcomes.total() or 1
        rare = [kind for kind in KINDS if self.faults[kind] < LEAST_RUNS * self.runs]
        few = [word for word in WORDS if self.outcomes[word] < LEAST_SHARE * all_attempts]
        return [f"{name} came too seldom" for name in (*rare, *few)]

    def lines(self) -> list[str]:
        """For people: each kind of fault with the runs it came in, each outcome with its share."""
        attempts = self.outcomes.total()
        runs = [f"{kind} {self.faults[kind]}" for kind in KINDS]
        shares = [
            f"{word} {self.outcomes[word]} ({self.outcomes[word] / (attempts or 1):.0%})" for word in WORDS
        ]
        others = sorted(set(self.outcomes) - set(WORDS))
        return [
            f"faults, by runs: {', '.join(runs)}",
            f"outcomes of {attempts} attempts: {', '.join([*shares, *others])}",
            f"{self.cpu / (self.runs or 1):.2f} s CPU a story",
        ]


def run(first: int, count: int, say: Say) -> bool:
    """Play and judge `count` seeds from `first` on in two processes; True when nothing is wrong."""
    mix, began = Mix(), time.monotonic()
    with contextlib.closing(_results(first, count)) as results:
        for result in results:
            mix.take(result)
            if result.wrong and len(mix.failed) <= SHOWN:
                _show(result, say)
            if mix.runs % REPORTED == 0 and mix.runs < count:
                say(f"{mix.runs} of {count} played, {len(mix.failed)} failed ({_since(began)})")
    lacking = mix.lacking() if count >= ENOUGH else []
    for line in (*mix.lines(), *lacking):
        say(line)
    say(f"{mix.runs - len(mix.failed)} of {count} ({_since(began)})")
    return not mix.failed and not lacking


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"


def one(seed: int, swaps: Sequence[Replacement] = ()) -> Result:
    """Play and judge one seed in this process."""
    from sandbox.proofs.sim.judge import judge
    from sandbox.proofs.sim.play import play

    began = time.process_time()
    played = play(seed, swaps)
    judgement = judge(played)
    cpu = time.process_time() - began
    return Result(seed, judgement.wrong, frozenset(played.faults), judgement.outcomes, cpu)


def _results(first: int, count: int) -> Generator[Result]:
    seeds = range(first, first + count)
    if count == 1:
        yield one(first)
        return
    with multiprocessing.get_context("spawn").Pool(AT_ONCE, _prepare) as pool:
        yield from pool.imap_unordered(one, seeds, chunksize=4)


def _prepare() -> None:
    """A process that plays many stories: its folders in memory, and little looking for garbage."""
    if SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK):
        tempfile.tempdir = str(SHARED_MEMORY)
    one(0)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _show(result: Result, say: Say) -> None:
    say(f"seed {result.seed} failed; alone: make sim FIRST={result.seed} SEEDS=1")
    for line in tell(result.seed, 0.0).told():
        say(f"    {line}")
    for sentence in result.wrong:
        say(f"  ! {sentence}")
