"""Thousands of random stories under mixed faults, each judged against what really happened."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from sandbox.proofs.sim.author import tell
from sandbox.proofs.sim.mix import Mix, Result
from sandbox.wires.parts import Replacement

AT_ONCE = 2
SHARED_MEMORY = Path("/dev/shm")
ENOUGH = 1000
"""Stories from which on it counts that one kind of fault, outcome or step came too seldom."""
SHOWN = 5
"""Failed stories that are told whole; of all others only their number."""
REPORTED = 100
"""Stories between two words on how far it is."""
Say = Callable[[str], None]


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
    say(f"digest: {mix.digest}")
    say(f"{mix.runs - len(mix.failed)} of {count} ({_since(began)})")
    return not mix.failed and not lacking


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"


def one(seed: int, swaps: Sequence[Replacement] = ()) -> Result:
    """Play and judge one seed in this process."""
    from sandbox.proofs.sim.ends import digest
    from sandbox.proofs.sim.judge import judge
    from sandbox.proofs.sim.play import play

    began = time.process_time()
    played = play(seed, swaps)
    judgement = judge(played)
    cpu = time.process_time() - began
    return Result(
        seed,
        judgement.wrong,
        frozenset(played.faults),
        judgement.outcomes,
        cpu,
        played.story.kinds,
        digest(played),
    )


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
