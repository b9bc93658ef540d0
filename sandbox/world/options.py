"""What sort of world one is: chosen when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.world.faults import NOTHING_FAILS, FaultPlan


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of world it is.

    tasks: simulated, or process. built: functions come from a build. site: the port of this machine
    for listeners on port 80, 0 for any. drains: False stops tasks before their targets, to see it fail.
    faults: what goes wrong by chance (those of tasks with simulated ones only).
    variants: id → answer, where AWS's is not known (`sandbox.ground.variants`).
    """

    tasks: str = "simulated"
    built: bool = False
    site: int = 0
    drains: bool = True
    faults: FaultPlan = NOTHING_FAILS
    variants: Mapping[str, str] = field(default_factory=dict)
