"""The floors of the house, ground floor first: a module imports from its own room and from lower floors."""

from __future__ import annotations

from typing import NamedTuple


class Room(NamedTuple):
    """A folder. pure: values in, values out; nothing in it knows a clock, a network or an environment."""

    name: str
    pure: bool = False


CORE_FLOORS = (
    Room("model", pure=True),
    Room("store", pure=True),
    Room("events", pure=True),
    Room("resources", pure=True),
    Room("compare", pure=True),
    Room("rollout", pure=True),
    Room("plan", pure=True),
    Room("status", pure=True),
    Room("manifest"),
    Room("ecspresso"),
    Room("aws"),
    Room("git"),
    Room("runtime"),
    Room("ingest"),
    Room("reconcile"),
    Room("sweep"),
    Room("cli"),
)

SANDBOX_FLOORS = (
    Room("ground"),
    Room("front"),
    Room("services"),
    Room("tasks"),
    Room("wires"),
    Room("fast"),
    Room("stack"),
    Room("world"),
    Room("stories"),
    Room("proofs"),
    Room("bench"),
)
