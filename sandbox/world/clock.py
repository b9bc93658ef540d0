"""Whose turn it is in a world: its one lock, its time, and who moves that time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import time_machine

from sandbox.ground.timeline import Timeline

Predicate = Callable[[], Any]
MIN_WALL_SECONDS = 60.0
"""No wait of a served world ends sooner than this by itself: a slow machine is no failure."""


class ByHand:
    """An inline world's: one thread, and time stands until somebody moves it."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.lock = threading.RLock()
        self._travel = time_machine.travel(timeline.now, tick=False)

    def __enter__(self) -> ByHand:
        self._clock = self._travel.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._travel.stop()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The world to oneself."""
        with self.lock:
            yield

    def run(self, action: Callable[[], None]) -> None:
        """Do something to the world: at once, there is nobody else."""
        action()

    def spawn(self, job: Callable[[], None]) -> None:
        """Do something beside the world: at once, for there is no beside."""
        job()

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass, and all that is due in them happen."""
        end = self.timeline.now + seconds
        while (due := self.timeline.next_due()) is not None and due <= end:
            self._step(due)
        self._stand(end)

    def until(self, predicate: Predicate, limit: float) -> bool:
        """Let things happen until the predicate is true; False when `limit` seconds were not enough."""
        end = self.timeline.now + limit
        while not predicate():
            due = self.timeline.next_due()
            if due is None or due > end:
                return False
            self._step(due)
        return True

    def _step(self, due: float) -> None:
        self._stand(due)
        self.timeline.run_next()

    def _stand(self, moment: float) -> None:
        self.timeline.reach(moment)
        self._clock.move_to(self.timeline.now)


class Driven:
    """A served world's: one thread moves the timeline at `speed` times the real clock."""

    def __init__(self, timeline: Timeline, speed: float) -> None:
        self.timeline = timeline
        self.lock = threading.RLock()
        self._speed = speed
        self._zero = timeline.now, time.monotonic()
        self._due = threading.Condition(self.lock)
        self._happened = threading.Condition(self.lock)
        self._count = 0
        self._depth = 0
        self._closing = False
        self._crash: BaseException | None = None
        self._thread = threading.Thread(target=self._drive, name="sandbox-timeline", daemon=True)
        self._pool = ThreadPoolExecutor(64, "sandbox-job")

    def __enter__(self) -> Driven:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self._closing = True
            self._due.notify_all()
            self._happened.notify_all()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The world to oneself, at its own time; whoever drives it looks anew at what is due."""
        with self.lock:
            self.timeline.reach(self._real())
            with self._moment():
                yield
            self._due.notify_all()

    def run(self, action: Callable[[], None]) -> None:
        """Do something to the world, and tell whoever waits for it."""
        with self.turn():
            action()
            self._tell()

    def spawn(self, job: Callable[[], None]) -> None:
        """Do something beside the world, in a thread of its own."""
        self._pool.submit(self._guarded, job)

    def advance(self, seconds: float) -> None:
        """Wait until so many of the world's seconds have passed."""
        with self.lock:
            end = self._real() + seconds
            while not self._closing and self._real() < end:
                self._happened.wait((end - self._real()) / self._speed)

    def until(self, predicate: Predicate, limit: float) -> bool:
        """Wait for the predicate, asked again after each event of the world; at least a minute."""
        stop = time.monotonic() + max(MIN_WALL_SECONDS, limit / self._speed)
        while True:
            with self.lock:
                self._raise_crash()
                seen = self._count
            # Asked outside the lock: it may send requests, which take turns of their own.
            if predicate():
                return True
            with self.lock:
                while self._count == seen and not self._crash:
                    rest = stop - time.monotonic()
                    if rest <= 0 or self._closing:
                        return False
                    self._happened.wait(rest)

    def _real(self) -> float:
        world, clock = self._zero
        return world + (time.monotonic() - clock) * self._speed

    @contextmanager
    def _moment(self) -> Iterator[None]:
        """Every clock of this process shows the world's time: moto reads them."""
        with time_machine.travel(self.timeline.now, tick=False):
            yield

    def _drive(self) -> None:
        with self.lock:
            while not self._closing:
                self.timeline.reach(self._real())
                due = self.timeline.next_due()
                rest = None if due is None else due - self._real()
                if rest is None or rest > 0:
                    self._due.wait(None if rest is None else rest / self._speed)
                else:
                    self._guarded(self._step)

    def _step(self) -> None:
        self.timeline.reach(self.timeline.next_due() or 0.0)
        with self._moment():
            self.timeline.run_next()
        self._tell()

    def _tell(self) -> None:
        self._count += 1
        self._happened.notify_all()

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # a bug of the sandbox: whoever waits for the world must hear of it
            with self.lock:
                self._crash = self._crash or error
                self._happened.notify_all()

    def _raise_crash(self) -> None:
        if self._crash is not None:
            raise RuntimeError("cannot wait for the world: a part of it failed") from self._crash


Turn = Callable[[], AbstractContextManager[None]]
