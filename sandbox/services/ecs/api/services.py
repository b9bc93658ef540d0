"""Services of the ECS API: create, update, delete, describe, list."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import Cluster

from sandbox.services.ecs import happenings, service_fields, tags
from sandbox.services.ecs.answers import service_document
from sandbox.services.ecs.api.definitions import Definitions
from sandbox.services.ecs.definitions import TaskDefinition
from sandbox.services.ecs.refusals.refusal import CREATE, DELETE, UPDATE, Asked
from sandbox.services.ecs.state import Image, Service

DESCRIBED_AT_ONCE = 10
LISTED_AT_ONCE = 10


class Services(Definitions):
    """A service's life, as requests see it."""

    def create_service(self) -> ActionResult:
        request = self.request()
        cluster = self.cluster(request.get("cluster"))
        arn = f"{self.prefix()}:service/{cluster.name}/{request['serviceName']}"
        asked = {name: value for name, value in request.items() if name != "clientToken"}
        if self._made_before(arn, asked):
            return self._answer(arn)
        definition = self._definition(request["taskDefinition"])
        self.check(CREATE, self._looked_up(request, definition, cluster))
        strategy = cluster.default_capacity_provider_strategy
        fields, revision = service_fields.created(request, strategy)
        self.ecs.services[arn] = Service(
            arn=arn,
            cluster_arn=cluster.arn,
            created_at=self.ecs.now,
            desired=int(request.get("desiredCount") or 0),
            fields=fields,
            created_by=self.caller(),
            tags=tags.as_pairs(request.get("tags")),
            drains=self.ecs.world.drains,
        )
        self.ecs.tokens[arn] = (request.get("clientToken", ""), asked)
        self.ecs.happen(arn, happenings.Begun(definition.document, self._images(definition), revision))
        if self.ecs.services[arn].daemon:
            self.ecs.instances_changed()
        return self._answer(arn)

    def _made_before(self, arn: str, asked: dict[str, Any]) -> bool:
        """True when the same request made this service already; refused when another one did."""
        service = self.ecs.services.get(arn)
        if service is None or service.status == "INACTIVE":
            return False
        if service.status == "DRAINING":
            raise self.refused("ecs-service-draining")
        if self.ecs.tokens[arn][1] != asked:
            raise self.refused("ecs-service-idempotent")
        return True

    def _looked_up(
        self,
        request: dict[str, Any],
        definition: TaskDefinition,
        cluster: Cluster,
        service: Service | None = None,
    ) -> Asked:
        """The request with all that the rules look up."""
        return Asked(
            request,
            definition.document,
            service,
            target_group=self.ecs.world.target_group,
            providers=frozenset(name.rsplit("/", 1)[-1] for name in cluster.capacity_providers or ()),
            default_strategy=tuple(cluster.default_capacity_provider_strategy or ()),
        )

    def _definition(self, named: str) -> TaskDefinition:
        found = self.find_definition(named)
        if found is None:
            raise self.refused("ecs-service-definition")
        return found

    def _images(self, definition: TaskDefinition) -> tuple[Image, ...]:
        """Tags resolved to digests now, for this deployment, unless a container opted out."""
        return tuple(
            Image(
                item["name"],
                item["image"],
                None
                if item.get("versionConsistency") == "disabled"
                else self.ecs.world.digest(item["image"]),
            )
            for item in definition.document["containerDefinitions"]
        )

    def _answer(self, arn: str) -> ActionResult:
        return ActionResult({"service": service_document(self.ecs.services[arn], tags=True)})

    def update_service(self) -> ActionResult:
        request = self.request()
        service = self.get_service(request["service"])
        running = service.revision(service.primary)
        definition = self._definition(request.get("taskDefinition") or running.task_definition)
        cluster = self.cluster(service.cluster)
        self.check(UPDATE, self._looked_up(request, definition, cluster, service))
        update = service_fields.updated(service, request, definition.arn)
        changed = happenings.Changed(update.desired, update.fields, update.in_place or None)
        self.ecs.happen(service.arn, changed)
        if update.revision is not None:
            images = self._images(definition)
            self.ecs.happen(service.arn, happenings.Begun(definition.document, images, update.revision))
        return self._answer(service.arn)

    def delete_service(self) -> ActionResult:
        service = self.get_service(self._get_param("service"))
        self.check(DELETE, Asked(self.request(), service=service))
        if service.status == "ACTIVE":
            self.ecs.happen(service.arn, happenings.Deleted())
        return self._answer(service.arn)

    def describe_services(self) -> ActionResult:
        named = self.at_most("services", DESCRIBED_AT_ONCE)
        with_tags = "TAGS" in (self._get_param("include") or ())
        cluster = self.cluster(self._get_param("cluster"))
        found, missing = [], []
        for name in named:
            service = self.find_service(name)
            if service is None or service.cluster != cluster.name:
                arn = f"{self.prefix()}:service/{cluster.name}/{name.rsplit('/', 1)[-1]}"
                missing.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(service_document(service, tags=with_tags))
        return ActionResult({"services": found, "failures": missing})

    def list_services(self) -> ActionResult:
        cluster = self.cluster(self._get_param("cluster"))
        arns = [
            service.arn for service in self.ecs.services.values() if self._listed(service, cluster.name)
        ]
        page, more = self.page(arns, limit=LISTED_AT_ONCE)
        return ActionResult({"serviceArns": page, **more})

    def _listed(self, service: Service, cluster: str) -> bool:
        strategy = self._get_param("schedulingStrategy")
        launch = self._get_param("launchType")
        running = service.revision(service.primary).fields
        return (
            service.cluster == cluster
            and service.status != "INACTIVE"
            and strategy in (None, service.fields["schedulingStrategy"])
            and launch in (None, running.get("launchType"))
            and self._get_param("resourceManagementType") in (None, "CUSTOMER")
        )
