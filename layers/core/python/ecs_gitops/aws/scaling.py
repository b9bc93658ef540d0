"""Application Auto Scaling: which services have a scalable target, whoever made it."""

from __future__ import annotations

from typing import Any

from ecs_gitops.aws.errors import translate
from ecs_gitops.model import ServiceKey

_DIMENSION = "ecs:service:DesiredCount"


class Scaling:
    """Scalable targets of ECS services."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def is_scalable(self, key: ServiceKey) -> bool:
        """Whether something may change the service's desired count."""
        return key in self._targets(ResourceIds=[f"service/{key}"])

    def scalable(self) -> frozenset[ServiceKey]:
        """Every service with a scalable target; fifty a call, whether or not they are ours."""
        return self._targets()

    def _targets(self, **filters: Any) -> frozenset[ServiceKey]:
        found: set[ServiceKey] = set()
        page: dict[str, Any] = {}
        while True:
            with translate("cannot look at scalable targets"):
                answer = self._client.describe_scalable_targets(
                    ServiceNamespace="ecs", ScalableDimension=_DIMENSION, **filters, **page
                )
            for target in answer["ScalableTargets"]:
                found.add(ServiceKey.parse(target["ResourceId"].removeprefix("service/")))
            if not answer.get("NextToken"):
                return frozenset(found)
            page = {"NextToken": answer["NextToken"]}
