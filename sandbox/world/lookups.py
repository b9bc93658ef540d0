"""What one part of a world asks another: answered from moto's stores, for one account and Region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.services.ecr.registry import find_image
from sandbox.services.ecs.instances import container_instances, spare_instances
from sandbox.services.ecs.state import Instance
from sandbox.services.elb.api import backend_of


@dataclass(frozen=True, slots=True)
class Lookups:
    """Questions between rooms that do not know each other."""

    account: str
    region: str

    def instances(self, cluster: str) -> tuple[Instance, ...]:
        """A cluster's instances; one that was given none has some all the same, to run tasks on."""
        joined = container_instances(self.account, self.region, cluster)
        return joined or spare_instances(self.account, self.region, cluster)

    def digest(self, reference: str) -> str | None:
        """The digest ECR holds under an image reference."""
        kept = find_image(reference)
        return str(kept.image_digest) if kept else None

    def target_group(self, arn: str) -> Mapping[str, Any] | None:
        """A target group as ECS must know it; None when there is none."""
        group = backend_of(arn).target_groups.get(arn)
        if group is None:
            return None
        return {"TargetType": group.target_type, "LoadBalancerArns": group.load_balancer_arns}
