"""By which capacity provider of a strategy the next task is launched: base first, then weights. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sandbox.services.ecs.documents import Document

FARGATE = frozenset({"FARGATE", "FARGATE_SPOT"})


def providers(strategy: Sequence[Document], held: Iterable[str], count: int) -> list[str]:
    """The providers of so many more tasks; `held`: of the tasks there are. Empty without a strategy."""
    if not strategy:
        return [""] * count
    taken, chosen = Counter(held), []
    for _ in range(count):
        chosen.append(_next(strategy, taken))
        taken[chosen[-1]] += 1
    return chosen


def _next(strategy: Sequence[Document], taken: Mapping[str, int]) -> str:
    for item in strategy:
        if taken.get(item["capacityProvider"], 0) < item.get("base", 0):
            return str(item["capacityProvider"])
    weighted = [item for item in strategy if item.get("weight")] or list(strategy)

    def share(item: Document) -> float:
        beyond = taken.get(item["capacityProvider"], 0) - item.get("base", 0)
        return (beyond + 1) / (item.get("weight") or 1)

    return str(min(weighted, key=share)["capacityProvider"])
