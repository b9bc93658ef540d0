"""What ECS describes → what a manifest may state of it, and what it had better not be asked to. Pure."""

from __future__ import annotations

from typing import Any

from ecs_gitops.model.desired import Document
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.tags import OUR_PREFIX

_NOT_OURS = ("aws:", OUR_PREFIX)
"""Prefixes of tags that no manifest states."""


def controlled_by_other(service: Document) -> str:
    """Who brings a service's versions, when it is not ECS itself; "" when it is."""
    controller = (service.get("deploymentController") or {}).get("type", "ECS")
    return "" if controller == "ECS" else str(controller)


def service_request(service: Document) -> dict[str, Any]:
    """A DescribeServices document with everything that can be stated, its own tags alone."""
    return _with_own_tags(ecs_service.observed(service))


def task_definition_request(task_definition: Document) -> dict[str, Any]:
    """A DescribeTaskDefinition document, `tags` put in, with its own tags alone."""
    return _with_own_tags(task_definition)


def _with_own_tags(document: Document) -> dict[str, Any]:
    tags = [tag for tag in document.get("tags") or () if not tag["key"].startswith(_NOT_OURS)]
    rest = {name: value for name, value in document.items() if name != "tags"}
    return {**rest, "tags": tags} if tags else rest
