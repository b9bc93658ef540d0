"""Requests that do not depend on one another, under way at the same time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")


class Beside:
    """Starts calls beside the one that goes on; `at_once` bounds how many are under way."""

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once

    def start(self, call: Callable[[], T]) -> Callable[[], T]:
        """Begin a call. What is given back waits for its end, and raises what it raised.

        With one at once nothing runs beside: the call is made when its answer is first asked for.
        """
        if self._at_once < 2:
            return cache(call)
        return self._pool.submit(call).result

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(self._at_once, "beside")
