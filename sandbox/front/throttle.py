"""Token buckets as AWS's API families have them. Pure; the door asks none until a world is given some."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many calls at once, refilled at a steady rate."""

    size: float
    per_second: float
    tokens: float
    at: float

    @classmethod
    def full(cls, size: float, per_second: float, now: float) -> Bucket:
        """A bucket nobody has taken from."""
        return cls(size, per_second, size, now)

    def take(self, now: float) -> tuple[Bucket, bool]:
        """The bucket after one call at `now` (epoch seconds), and whether that call may pass."""
        tokens = min(self.size, self.tokens + max(0.0, now - self.at) * self.per_second)
        passes = tokens >= 1.0
        return replace(self, tokens=tokens - 1.0 if passes else tokens, at=now), passes


@dataclass(frozen=True, slots=True)
class Family:
    """Operations of ECS that share one bucket of an account and Region."""

    size: float
    per_second: float
    operations: tuple[str, ...]


FAMILIES = (
    Family(20, 1, ("RegisterTaskDefinition", "DeregisterTaskDefinition")),
    Family(50, 20, ("DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies")),
    Family(5, 1, ("DeleteTaskDefinitions",)),
    Family(50, 5, ("CreateService", "UpdateService", "DeleteService")),
    Family(100, 20, ("DescribeServices", "ListServices")),
    Family(50, 20, ("ListServiceDeployments", "DescribeServiceDeployments")),
    Family(50, 20, ("DescribeServiceRevisions",)),
    Family(20, 10, ("TagResource", "UntagResource")),
    Family(50, 20, ("ListTagsForResource",)),
    Family(100, 40, ("RunTask", "StopTask", "ExecuteCommand")),
    Family(100, 20, ("DescribeTasks", "ListTasks")),
    Family(20, 1, ("CreateCluster", "UpdateCluster", "DeleteCluster")),
    Family(50, 20, ("DescribeClusters", "ListClusters")),
)
"""ECS's own table of request throttling (developer guide, "Request throttling for the Amazon ECS API")."""

_BY_OPERATION = {f"ecs:{name}": family for family in FAMILIES for name in family.operations}


@dataclass(slots=True)
class Buckets:
    """The buckets of one account and Region; each is full when it is first asked."""

    _filled: dict[Family, Bucket] = field(default_factory=dict)

    def take(self, action: str, now: float) -> bool:
        """Whether a call (`ecs:UpdateService`) may pass at `now` (epoch seconds); it then counts."""
        family = _BY_OPERATION.get(action)
        if family is None:
            return True
        bucket = self._filled.get(family) or Bucket.full(family.size, family.per_second, now)
        self._filled[family], passes = bucket.take(now)
        return passes
