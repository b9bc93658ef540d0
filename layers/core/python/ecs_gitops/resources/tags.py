"""The tags we put on services and revisions: who made them, what they state, for which rollout. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import Attempt

_LONGEST: Final = 256
"""Characters of a tag's value that AWS takes; names of cluster and service may be longer together."""

OUR_PREFIX: Final = "ecs-gitops:"
"""Of tags that only we put on anything."""

OWNER_TAG: Final = "ecs-gitops:install"
"""On services we create and revisions we register: which install made them."""

DIGEST_TAG: Final = "ecs-gitops:digest"
COMMIT_TAG: Final = "ecs-gitops:commit"
ATTEMPT_TAG: Final = "ecs-gitops:attempt"
SERVICE_TAG: Final = "ecs-gitops:service"
"""On revisions we register: what they state, since which commit, for which rollout of which service."""


def tags_of(document: Document) -> Mapping[str, str]:
    """The tags of a described service or revision."""
    return {tag["key"]: tag.get("value", "") for tag in document.get("tags", ())}


def said_of(key: ServiceKey) -> str:
    """A service as the value of SERVICE_TAG."""
    return str(key)[:_LONGEST]


def revision_tags(install: Install, key: ServiceKey, stated: Stated, attempt: Attempt) -> Mapping[str, str]:
    """What a revision is told of itself when it is registered."""
    return {
        OWNER_TAG: install.id,
        DIGEST_TAG: stated.revision,
        COMMIT_TAG: stated.since,
        ATTEMPT_TAG: attempt.id,
        SERVICE_TAG: said_of(key),
    }


def is_ours(document: Document, install: Install) -> bool:
    """Whether this install made it."""
    return tags_of(document).get(OWNER_TAG) == install.id
