"""Task definitions and tags of the ECS API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from sandbox.services.ecs import definitions, tags
from sandbox.services.ecs.api.base import Base
from sandbox.services.ecs.definitions import TaskDefinition
from sandbox.services.ecs.documents import moment
from sandbox.services.ecs.refusals.refusal import REGISTER, Asked


class Definitions(Base):
    """Registering never answers an existing revision: every call makes a new one."""

    def register_task_definition(self) -> ActionResult:
        request = self.request()
        request |= {name: definitions.units(request[name]) for name in ("cpu", "memory") if name in request}
        self.check(REGISTER, Asked(request))
        family = request["family"]
        used = (item.revision for item in self.ecs.definitions.values() if item.family == family)
        document = definitions.described(
            request,
            prefix=self.prefix(),
            revision=max(used, default=0) + 1,
            now=self.ecs.now,
            by=self.caller(),
        )
        made = TaskDefinition(document, tags.as_pairs(request.get("tags")))
        self.ecs.definitions[made.arn] = made
        shown = {"tags": tags.as_documents(made.tags)} if made.tags else {}
        return ActionResult({"taskDefinition": document, **shown})

    def find_definition(self, named: str) -> TaskDefinition | None:
        """By ARN, `family:revision`, or family alone: then the latest active revision."""
        path = named.rsplit("/", 1)[-1]
        if ":" in path:
            return self.ecs.definitions.get(f"{self.prefix()}:task-definition/{path}")
        family = (item for item in self.ecs.definitions.values() if item.family == path and item.active)
        return max(family, key=lambda item: item.revision, default=None)

    def describe_task_definition(self) -> ActionResult:
        found = self.find_definition(self._get_param("taskDefinition"))
        if found is None:
            raise self.refused("ecs-definition-described")
        with_tags = "TAGS" in (self._get_param("include") or ())
        more = {"tags": tags.as_documents(found.tags)} if with_tags else {}
        return ActionResult({"taskDefinition": found.document, **more})

    def deregister_task_definition(self) -> ActionResult:
        named = self._get_param("taskDefinition")
        if ":" not in named.rsplit("/", 1)[-1]:
            raise self.refused("ecs-revision-stated")
        found = self.find_definition(named)
        if found is None:
            raise self.refused("ecs-definition-known")
        gone = {"status": "INACTIVE", "deregisteredAt": moment(self.ecs.now)}
        self.ecs.definitions[found.arn] = replace(found, document={**found.document, **gone})
        return ActionResult({"taskDefinition": self.ecs.definitions[found.arn].document})

    def list_task_definitions(self) -> ActionResult:
        arns = definitions.listed(
            self.ecs.definitions.values(),
            prefix=self._get_param("familyPrefix"),
            status=self._get_param("status") or "ACTIVE",
            descending=self._get_param("sort") == "DESC",
        )
        page, more = self.page(arns, limit=100)
        return ActionResult({"taskDefinitionArns": page, **more})

    def list_task_definition_families(self) -> ActionResult:
        prefix = self._get_param("familyPrefix") or ""
        status = self._get_param("status") or "ALL"
        chosen = (
            item for item in self.ecs.definitions.values() if status in ("ALL", item.document["status"])
        )
        families = sorted({item.family for item in chosen if item.family.startswith(prefix)})
        page, more = self.page(families, limit=100)
        return ActionResult({"families": page, **more})

    # Tags: ours for services and task definitions, moto's for clusters and the rest

    def _tagged(self, arn: str) -> tuple[dict[str, Any], str] | None:
        for kind, store in (("service", self.ecs.services), ("task-definition", self.ecs.definitions)):
            if f":{kind}/" in arn:
                if arn not in store:
                    raise self.refused("ecs-tagged-known")
                return store, arn
        return None

    def list_tags_for_resource(self) -> ActionResult:
        held = self._tagged(self._get_param("resourceArn"))
        if held is None:
            return super().list_tags_for_resource()
        store, arn = held
        return ActionResult({"tags": tags.as_documents(store[arn].tags)})

    def tag_resource(self) -> ActionResult:
        held = self._tagged(self._get_param("resourceArn"))
        if held is None:
            return super().tag_resource()
        store, arn = held
        self.check("TagResource", Asked(self.request(), tags=store[arn].tags))
        added = tags.as_pairs(self._get_param("tags"))
        store[arn] = replace(store[arn], tags=tags.tagged(store[arn].tags, added))
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        held = self._tagged(self._get_param("resourceArn"))
        if held is None:
            return super().untag_resource()
        store, arn = held
        store[arn] = replace(store[arn], tags=tags.untagged(store[arn].tags, self._get_param("tagKeys")))
        return EmptyResult()
