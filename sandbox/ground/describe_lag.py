"""ECS as it answers where what was created or deleted a moment ago is not known everywhere yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from moto.core.responses import ActionResult

LAG: Final = 40.0
"""Seconds until ECS shows what was done; AWS names none."""
AT_ONCE, SHOWN_LATER, FOUND_LATER = "at once", "shown later", "found later"
SHOWING: Final = "DescribeServices"


@dataclass(slots=True)
class Past:
    """By service ARN: when it was created or deleted, what it was before (None: nothing), if deleted."""

    changes: dict[str, list[tuple[float, Any, bool]]] = field(default_factory=dict)

    def add(self, arn: str, at: float, before: Any, *, is_deletion: bool) -> None:
        """A service was created or deleted."""
        self.changes.setdefault(arn, []).append((at, before, is_deletion))

    def shown(self, service: Any, arn: str, now: float, *, by_name: bool) -> Any:
        """The service as it was `LAG` ago; by_name: only its creation is seen late."""
        for at, before, is_deletion in self.changes.get(arn, ()):
            if at + LAG > now and not (by_name and is_deletion):
                return before
        return service


class Late:
    """Stands before the operations of an ECS: they see services late."""

    given: Mapping[str, str]
    past: Past
    ecs: Any

    def create_service(self) -> ActionResult:
        arn, before = self._present(self._get_param("serviceName"))  # type: ignore[attr-defined]
        answer: ActionResult = super().create_service()  # type: ignore[misc]
        if before is None or before.status == "INACTIVE":
            self.past.add(arn, self.ecs.now, before, is_deletion=False)
        return answer

    def delete_service(self) -> ActionResult:
        arn, before = self._present(self._get_param("service"))  # type: ignore[attr-defined]
        answer: ActionResult = super().delete_service()  # type: ignore[misc]
        if before is not None and before.status == "ACTIVE":
            self.past.add(arn, self.ecs.now, before, is_deletion=True)
        return answer

    def find_service(self, named: str) -> Any:
        """The service, as this operation sees it."""
        arn, service = self._present(named)
        how = self.given["describe-lag"]
        is_shown = self._get_action() == SHOWING  # type: ignore[attr-defined]
        if how == AT_ONCE or (how == SHOWN_LATER and not is_shown):
            return service
        return self.past.shown(service, arn, self.ecs.now, by_name=not is_shown)

    def _present(self, named: str) -> tuple[str, Any]:
        """Its ARN, and the service as it is."""
        cluster = self.cluster(self._get_param("cluster"))  # type: ignore[attr-defined]
        arn = f"{self.prefix()}:service/{cluster.name}/{named.rsplit('/', 1)[-1]}"  # type: ignore[attr-defined]
        return arn, self.ecs.services.get(arn)
