"""Application Auto Scaling: which services have a scalable target, whoever made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ecs_gitops.aws.errors import translate
from ecs_gitops.model.names import ServiceKey

_DIMENSION = "ecs:service:DesiredCount"
_TARGETS_A_CALL = 50


class Scaling:
    """Scalable targets of ECS services."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def is_scalable(self, key: ServiceKey) -> bool:
        """Whether something may change the service's desired count."""
        return key in self.scalable([key])

    def scalable(self, keys: Iterable[ServiceKey]) -> frozenset[ServiceKey]:
        """Those of these services that have a scalable target; as many a call as an answer holds."""
        found: set[ServiceKey] = set()
        wanted = [f"service/{key}" for key in keys]
        for start in range(0, len(wanted), _TARGETS_A_CALL):
            found |= self._targets(wanted[start : start + _TARGETS_A_CALL])
        return frozenset(found)

    def _targets(self, resources: Sequence[str]) -> set[ServiceKey]:
        found: set[ServiceKey] = set()
        page: dict[str, Any] = {}
        while True:
            with translate("cannot look at scalable targets"):
                answer = self._client.describe_scalable_targets(
                    ServiceNamespace="ecs", ScalableDimension=_DIMENSION, ResourceIds=resources, **page
                )
            for target in answer["ScalableTargets"]:
                found.add(ServiceKey.parse(target["ResourceId"].removeprefix("service/")))
            if not answer.get("NextToken"):
                return found
            page = {"NextToken": answer["NextToken"]}
