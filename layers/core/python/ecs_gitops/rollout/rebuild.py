"""A record that was lost, read back from a service's deployments and the tags of their revisions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ecs_gitops.model.desired import Desired, Document, Stated
from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.names import Install
from ecs_gitops.model.record import Attempt, Record
from ecs_gitops.resources.tags import (
    ATTEMPT_TAG,
    COMMIT_TAG,
    DIGEST_TAG,
    SERVICE_TAG,
    is_ours,
    said_of,
    tags_of,
)
from ecs_gitops.rollout import outcomes
from ecs_gitops.rollout.attempts import settle

Revisions = Mapping[str, Document]
"""Described revisions with their tags, by ARN."""


def rebuild(
    desired: Desired, live: Live, revisions: Revisions, install: Install, now: float
) -> Record | None:
    """What is to be remembered of a service that this install rolled out; None when it never did.

    Every deployment of a revision of ours is an attempt again, with its outcome: what failed is
    quarantined, what is still rolled out is followed to its end. What a statement of the past said in
    full is not known any more; of Git's present one it is.
    """
    record: Record | None = None
    for deployment in sorted(live.deployments, key=lambda each: each.created_at):
        revision = revisions.get(deployment.task_definition_arn)
        if revision is not None and _is_for(desired, revision, install):
            record = _with(record or Record(desired.key, rebuilt=True), deployment, revision, desired)
            record = _settled(record, live, now)
    return record


def _is_for(desired: Desired, revision: Document, install: Install) -> bool:
    """Whether we registered it for this very service: anybody may run our revisions in another."""
    tags = tags_of(revision)
    is_its_own = tags.get(SERVICE_TAG) == said_of(desired.key)
    return is_its_own and is_ours(revision, install) and ATTEMPT_TAG in tags


def _with(record: Record, deployment: ServiceDeployment, revision: Document, desired: Desired) -> Record:
    tags = tags_of(revision)
    digest, commit = tags.get(DIGEST_TAG, ""), tags.get(COMMIT_TAG, "")
    attempt = Attempt(
        id=tags[ATTEMPT_TAG],
        digest=digest,
        commit=commit,
        cause="Rebuilt",
        started_at=deployment.created_at,
        deadline_at=deployment.created_at + desired.rollout.deadline,
        task_definition_arn=deployment.task_definition_arn,
        deployment_arn=deployment.arn,
    )
    stated = desired.stated
    if stated is None or digest not in (stated.revision, stated.digest):
        stated = Stated("", commit, None, None, revision=digest, since=commit)
    else:
        attempt = replace(attempt, digest=stated.revision)
    return replace(
        record,
        attempt=attempt,
        applied=stated,
        applied_at=deployment.created_at,
        task_definition_arn=deployment.task_definition_arn,
    )


def _settled(record: Record, live: Live, now: float) -> Record:
    if record.attempt is None:
        return record
    settled = settle(record.attempt, live, now=now)
    return outcomes.close(record, settled) if settled.outcome is not None else record
