"""How true the sandbox's ECS is, as lines for people: what holds, what does not, what is left out."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.proofs.fidelity.ground import Ground
from sandbox.proofs.fidelity.left_out import LEFT_OUT
from sandbox.proofs.fidelity.rows import canonical_rows
from sandbox.proofs.fidelity.shown import Tally, refusals
from sandbox.services.ecs.refusals.every import REFUSALS
from sandbox.world.world import World


def run(say: Callable[[str], None]) -> int:
    """Show everything in a world of its own; how many things did not hold."""
    with World.inline() as world:
        return show(Ground(world), say)


def show(ground: Ground, say: Callable[[str], None]) -> int:
    """The same in a world that is there."""
    tallies = {"refusals": refusals(ground), "canonical": canonical_rows(ground)}
    for name, tally in tallies.items():
        for line in lines(name, tally):
            say(line)
    unconfirmed = sum(not rule.confirmed for rule in REFUSALS)
    say(f"the words of {unconfirmed} refusals are ours (the refusal is documented), of the others AWS's")
    say(f"left out: {len(LEFT_OUT)}")
    for item in LEFT_OUT:
        say(f"  {item.about}: {item.rule} ({item.why})")
    return sum(len(tally.misses) for tally in tallies.values())


def lines(name: str, tally: Tally) -> list[str]:
    """The count of one table, and a line for each miss."""
    return [f"{name}: {tally.held} of {tally.total}", *(f"  not so: {miss}" for miss in tally.misses)]
