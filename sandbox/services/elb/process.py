"""The balancer's process as the world sees it: started, told, heard, ended."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sandbox.ground.processes import spawn
from sandbox.services.elb.routing import target_key
from sandbox.services.elb.targets import Target

GUARD = 60.0  # seconds of the wall: nothing waits for ever


class BalancerProcess:
    """Tells the balancer its table, and knows where it listens and which draining targets are idle.

    post: hands an action to the world from another thread; it runs under the world's lock, soon.
    `tell` and `let_go` are called under that lock.
    """

    def __init__(self, post: Callable[[Callable[[], None]], object]) -> None:
        self._post = post
        self._process = spawn("sandbox.services.elb.balancer")
        self._told: dict[str, Any] | None = None
        self._ports: dict[str, int] = {}
        self._heard = threading.Condition()
        self._ended = False
        self._serial = 0
        self._draining: dict[str, int] = {}  # target key → serial of the table it began to drain with
        self._idle: set[str] = set()
        self._waiting: dict[str, Callable[[], None]] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, table: dict[str, Any]) -> None:
        """Give it a new table (`sandbox.services.elb.routing.routing`); the same one again is not told."""
        if table == self._told:
            return
        self._told = table
        self._serial += 1
        self._draining = {key: self._draining.get(key, self._serial) for key in _draining(table)}
        self._idle &= set(self._draining)
        line = {"serial": self._serial, **table}
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return  # it has ended; whoever sends a request will see

    def let_go(self, target: Target, done: Callable[[], None]) -> None:
        """Call `done` once no request is on its way to a draining target (`Targets.let_go`)."""
        key = target_key(target)
        if key in self._idle or key not in self._draining or self._process.poll() is not None:
            done()
        else:
            self._waiting[key] = done

    def url(self, listener_arn: str) -> str:
        """Where a listener really listens. Raises LookupError when the balancer does not say."""
        with self._heard:
            self._heard.wait_for(lambda: listener_arn in self._ports or self._ended, GUARD)
            if listener_arn not in self._ports:
                why = "it has ended" if self._ended else f"it has not said for {GUARD:g} s"
                raise LookupError(f"cannot find where the balancer listens for {listener_arn}: {why}")
            return f"http://127.0.0.1:{self._ports[listener_arn]}"

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # a line that it did not live to read
            self._process.stdin.close()

    def _listen(self) -> None:
        """The thread that hears what the balancer says."""
        assert self._process.stdout is not None
        with self._process.stdout as said:
            for line in said:
                self._hear(json.loads(line))
        with self._heard:
            self._ended = True
            self._heard.notify_all()
        self._post(self._gone)

    def _hear(self, fact: dict[str, Any]) -> None:
        if "listening" in fact:
            arn, port = fact["listening"]
            with self._heard:
                self._ports[arn] = port
                self._heard.notify_all()
        elif "idle" in fact:
            self._post(lambda: self._is_idle(*fact["idle"]))

    def _is_idle(self, key: str, serial: int) -> None:
        if serial < self._draining.get(key, serial + 1):
            return  # registered anew since it said so
        self._idle.add(key)
        if done := self._waiting.pop(key, None):
            done()

    def _gone(self) -> None:
        """A balancer that has ended forwards nothing: nobody has to wait for it."""
        waiting, self._waiting = list(self._waiting.values()), {}
        for done in waiting:
            done()


def _draining(table: dict[str, Any]) -> set[str]:
    groups = table.get("groups", {}).values()
    return {backend["key"] for backends in groups for backend in backends if backend["state"] == "draining"}
