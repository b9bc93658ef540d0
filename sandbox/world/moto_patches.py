"""What a world changes in moto while it lives, and puts back at its end."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from inspect import getattr_static
from typing import Any


@dataclass(frozen=True)
class MotoPatches:
    """Replaces parts of moto until `resources` is closed."""

    resources: ExitStack

    def swap(self, target: Any, name: str, value: Any) -> None:
        """Replace an attribute of moto's. Raises AttributeError if it has none."""
        # Static: a class's function or staticmethod must go back as it was, not as it looks from outside.
        self.resources.callback(setattr, target, name, getattr_static(target, name))
        setattr(target, name, value)

    def route(self, urls: Any, pattern: str, response: Any) -> None:
        """Answer a service's path by our own response class."""
        self.resources.callback(urls.url_paths.__setitem__, pattern, urls.url_paths[pattern])
        urls.url_paths[pattern] = response.dispatch
