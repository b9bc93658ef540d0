"""Which call fails, and when a process dies: set by whoever runs a world; nothing fails by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, Request

Instead = Callable[[Principal, str, Request], Answer | None]
Then = Callable[[Principal, str, Request], None]


def none(_principal: Principal, _action: str, _request: Request) -> Answer | None:
    """No call ever fails by chance."""
    return None


def nothing(_principal: Principal, _action: str, _request: Request) -> None:
    """Nothing happens after a call."""


@dataclass(slots=True)
class Faults:
    """What goes wrong in one world; may be changed at any time.

    instead: an answer in place of the real one, given before anything is done.
    then: called when a request was done, before its sender hears of it; may kill the sender.
    """

    instead: Instead = none
    then: Then = nothing

    def before(self, principal: Principal, action: str, request: Request) -> Answer | None:
        """The door's question before a request passes."""
        return self.instead(principal, action, request)

    def after(self, principal: Principal, action: str, request: Request) -> None:
        """The door's word that a request was done."""
        self.then(principal, action, request)
