"""What all parts of the ECS API share: the world's ECS, clusters, services by name, pages, tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.ecs.exceptions import ECSException
from moto.ecs.models import Cluster
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.services.ecs.effects import Ecs
from sandbox.services.ecs.refusals.every import refuse, refused
from sandbox.services.ecs.refusals.refusal import Asked, Refused
from sandbox.services.ecs.state import Service


class Base(EC2ContainerServiceResponse):
    """A request to the sandbox's ECS."""

    ecs: Ecs

    def request(self) -> dict[str, Any]:
        """The request's parameters in ECS's spelling, those that were stated."""
        return {name: value for name, value in dict(self.params).items() if value is not None}

    def prefix(self) -> str:
        """`arn:aws:ecs:<region>:<account>` of this request."""
        return f"arn:aws:ecs:{self.region}:{self.current_account}"

    def caller(self) -> str:
        """The ARN of who asks."""
        return self.ecs.world.caller() or f"arn:aws:iam::{self.current_account}:root"

    def cluster(self, named: str | None) -> Cluster:
        """A cluster by name or ARN, `default` when none is named."""
        cluster = self.ecs_backend.clusters.get((named or "default").rsplit("/", 1)[-1])
        if cluster is None or cluster.status != "ACTIVE":
            raise self.refused("ecs-cluster-known")
        return cluster

    def find_service(self, named: str) -> Service | None:
        """A service by name or ARN in the request's cluster."""
        cluster = self.cluster(self._get_param("cluster") or _cluster_in(named))
        name = named.rsplit("/", 1)[-1]
        return self.ecs.services.get(f"{self.prefix()}:service/{cluster.name}/{name}")

    def get_service(self, named: str) -> Service:
        """The same; refused when there is none."""
        service = self.find_service(named)
        if service is None:
            raise self.refused("ecs-service-known")
        return service

    def check(self, operation: str, asked: Asked) -> None:
        """Refuse what ECS refuses, in the form that boto3 understands."""
        try:
            refuse(operation, asked, self.ecs.rules)
        except Refused as error:
            raise ECSException(error.code, error.message) from error

    def refused(self, rule: str, **words: object) -> ECSException:
        """The error of a rule that only a look-up can tell, in the same form."""
        error = refused(rule, **words)
        return ECSException(error.code, error.message)

    def page(self, items: Sequence[Any], *, limit: int) -> tuple[list[Any], dict[str, str]]:
        """A page of a list and, when there is more, where the next one starts."""
        self.check(self._get_action(), Asked(self.request()))
        size = int(self._get_param("maxResults") or limit)
        start = int(self._get_param("nextToken") or 0)
        more = {"nextToken": str(start + size)} if start + size < len(items) else {}
        return list(items[start : start + size]), more

    def at_most(self, name: str, limit: int) -> list[str]:
        """A list of the request, refused when it is empty or too long."""
        items: list[str] = self._get_param(name) or []
        if not items:
            raise self.refused("ecs-list-stated", title=name[0].upper() + name[1:])
        if len(items) > limit:
            raise self.refused("ecs-list-at-most", name=name, limit=limit)
        return items


def _cluster_in(arn: str) -> str | None:
    path = arn.rsplit(":", 1)[-1].split("/")
    return path[1] if arn.startswith("arn:") and len(path) > 2 else None
