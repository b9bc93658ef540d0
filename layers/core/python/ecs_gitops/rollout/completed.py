"""The last deployment that ECS completed, read off DescribeServices whoever began it. Pure.

A fallback never goes behind it: what somebody rolled out by hand and ECS completed is what a later
failure goes back to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.model.desired import Desired, Document
from ecs_gitops.model.live import Live
from ecs_gitops.model.record import Record, Succeeded
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.statement_parts import revision_fields
from ecs_gitops.resources.tags import COMMIT_TAG, DIGEST_TAG, SERVICE_TAG, said_of, tags_of
from ecs_gitops.resources.task_definition import TASK_DEFINITION, register_request


def note_completed(desired: Desired, record: Record, live: Live) -> Record:
    """The record, with what ECS last completed as `succeeded` where that is something new.

    Asked while no attempt of ours is open, for those are judged by their own deployments.
    """
    if live.service is None or live.task_definition is None or record.applied is None:
        return record
    if record.replaced is not None or (record.attempt is not None and record.attempt.outcome is None):
        return record
    deployment = ecs_service.completed_deployment(live.service)
    arn = ecs_service.running_task_definition(live.service)
    known = record.succeeded
    if deployment is None or arn is None or arn != live.task_definition.get("taskDefinitionArn"):
        return record
    if known is not None and known.deployment == deployment:
        return record
    found = _read_off(desired, record, live.service, live.task_definition, arn, deployment)
    is_known_revision = known is not None and known.task_definition_arn == arn
    if known is not None and _is_same(known, found):
        found = replace(
            known, task_definition_arn=arn, deployment=deployment, service=known.service or found.service
        )
    elif is_known_revision:  # its tag tells of a statement with other fields of the service
        found = replace(found, digest="", commit="")
    return replace(record, succeeded=found)


def _read_off(
    desired: Desired, record: Record, service: Document, revision: Document, arn: str, deployment: str
) -> Succeeded:
    """What runs, of the fields that Git states; its digest where our own tags say it."""
    tags = tags_of(revision)
    is_its_own = tags.get(SERVICE_TAG) == said_of(desired.key)
    digest = tags.get(DIGEST_TAG, "") if is_its_own else ""
    return Succeeded(
        task_definition_arn=arn,
        task_definition=register_request(revision),
        service=_fields(desired, record, service),
        digest=digest if digest.startswith("r") else "",
        commit=tags.get(COMMIT_TAG, "") if is_its_own else "",
        deployment=deployment,
    )


def _fields(desired: Desired, record: Record, service: Document) -> dict[str, Any] | None:
    stated = desired.stated.service if desired.stated else None
    if stated is None:
        return None
    owned = {**((record.applied.service if record.applied else None) or {}), **stated}
    shown = ecs_service.observed(service)
    return {name: shown[name] for name in sorted(revision_fields(owned)) if shown.get(name) is not None}


def _is_same(known: Succeeded, found: Succeeded) -> bool:
    """Whether ECS completed once more what is known already, in whatever words."""
    if known.task_definition_arn and known.task_definition_arn != found.task_definition_arn:
        return False
    if known.task_definition is not None and not _alike(
        TASK_DEFINITION, known.task_definition, found.task_definition or {}
    ):
        return False
    return known.service is None or found.service is None or _alike(SERVICE, known.service, found.service)


def _alike(table: Any, one: Document, other: Document) -> bool:
    return canonical(table, one) == canonical(table, other)
