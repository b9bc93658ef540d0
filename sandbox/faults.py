"""Which call fails. The seam of the seeded faults; for now a world has none."""

from __future__ import annotations

from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, Request


def none(_principal: Principal, _action: str, _request: Request) -> Answer | None:
    """No call ever fails by chance."""
    return None
