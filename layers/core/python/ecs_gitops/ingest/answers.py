"""What references stand for, asked for once a read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial

from ecs_gitops.manifest.load import Lookup
from ecs_gitops.model.settings import Settings
from ecs_gitops.runtime.side_by_side import Beside


class Answers:
    """What references stand for: `${aws:…}` by the install itself, all else asked for once a read."""

    def __init__(self, lookup: Lookup, settings: Settings, beside: Beside) -> None:
        self._lookup = lookup
        self._beside = beside
        known = {"account": settings.install.account, "region": settings.install.region}
        self._answers: dict[tuple[str, str], Callable[[], str]] = {
            ("aws", key): partial(str, value) for key, value in known.items()
        }

    def __call__(self, namespace: str, key: str) -> str:
        """Raises what the look-up raises."""
        pair = namespace, key
        if pair not in self._answers:
            self._answers[pair] = cache(partial(self._lookup, *pair))
        return self._answers[pair]()

    @property
    def were_asked(self) -> bool:
        """Whether anything but the install itself was asked."""
        return any(namespace != "aws" for namespace, _ in self._answers)

    def expect(self, references: Iterable[tuple[str, str]]) -> None:
        """Begin to ask for all of them; one output of a stack is enough to have all of its outputs."""
        asked = {_subject(*pair): pair for pair in sorted(references) if pair not in self._answers}
        for pair in asked.values():
            self._answers[pair] = self._beside.start(partial(self._lookup, *pair))


def _subject(namespace: str, key: str) -> tuple[str, str]:
    return (namespace, key.partition(".")[0]) if namespace == "cfn" else (namespace, key)
