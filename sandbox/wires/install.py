"""Puts the wires of one world together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.wires.bus import Bus
from sandbox.wires.invoke import Invoker, Runner
from sandbox.wires.mappings import Mappings
from sandbox.wires.parts import Parts, Replacement
from sandbox.wires.queues import Queues


class Wires:
    """A world's queues, bus, mappings and invoker, and what they replace in moto."""

    def __init__(self, parts: Parts, runner: Callable[[Parts], Runner]) -> None:
        self.parts = parts
        self.queues = Queues(parts)
        self.runner: Any = runner(parts)
        self.invoker = Invoker(parts, self.queues, self.runner)
        self.mappings = Mappings(parts, self.queues, self.invoker)
        self.bus = Bus(parts, self.queues, self.invoker)

    def replacements(self) -> tuple[Replacement, ...]:
        """Queues and rules; functions come with `sandbox.stack.install`."""
        return (*self.queues.replacements(), *self.bus.replacements())

    def close(self) -> None:
        """End every process and forget every loaded function."""
        close = getattr(self.runner, "close", None)
        if close:
            close()
