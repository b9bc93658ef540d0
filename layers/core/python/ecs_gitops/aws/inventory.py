"""What a person's own rights show of a cluster: the services that are there to be imported."""

from __future__ import annotations

from typing import Any

from ecs_gitops.aws.ecs import Ecs
from ecs_gitops.aws.errors import translate
from ecs_gitops.model.names import Install, ServiceKey


class Inventory:
    """The services of one account and Region, read only."""

    def __init__(self, session: Any) -> None:
        region = session.get_config_variable("region")
        client = session.create_client("ecs", region_name=region)
        self.ecs = Ecs(client, Install("", "", region))
        self._listing = client.get_paginator("list_services")

    def services(self, cluster: str) -> list[ServiceKey]:
        """Every service of a cluster but those that ECS itself manages, in order of name."""
        with translate(f"cannot list the services of cluster {cluster}"):
            pages = self._listing.paginate(
                cluster=cluster, resourceManagementType="CUSTOMER", PaginationConfig={"PageSize": 100}
            )
            arns = [arn for page in pages for arn in page["serviceArns"]]
        return sorted(ServiceKey(cluster, arn.rpartition("/")[2]) for arn in arns)
