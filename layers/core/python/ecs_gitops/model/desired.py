"""What Git states of one service, and what is to be known of how it came about. Pure.

A `Document` is plain JSON-like data in AWS's own spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Mode, Reason

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RolloutPolicy:
    """The manifest's `rollout` section. `deadline` is in seconds."""

    wait_for: tuple[ServiceKey, ...] = ()
    deadline: int = 30 * 60


@dataclass(frozen=True, slots=True)
class ReconcilePolicy:
    """The manifest's `reconcile` section."""

    mode: Mode = Mode.AUTO
    adopt: bool = False
    prune: bool = False
    self_heal: bool = True


@dataclass(frozen=True, slots=True)
class Stated:
    """What one manifest states at one commit, references resolved, nothing filled in.

    task_definition: a RegisterTaskDefinition request, or None (then the live one is kept).
    service: a CreateService request less cluster, serviceName and taskDefinition, or None (then the
        service must exist and only its revisions are ours).
    digest: `d1:` + SHA-256 of the resolved manifest as stated (`compare.statement`).
    revision: `r1:`, the same over its revision part: the task definition, and what starts a deployment.
    in_place: `p1:`, the same over what changes in place.
    since: the commit that brought this revision part; later ones changed in-place fields alone.
    """

    digest: str
    commit: str
    task_definition: Document | None
    service: Document | None
    revision: str = ""
    in_place: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why Git's newest word on a service could not be taken; the last good one stays desired."""

    reason: Reason
    message: str
    commit: str


@dataclass(frozen=True, slots=True)
class Desired:
    """Git's word on one service: the desired record.

    stated: the newest valid statement, or None while there has never been one.
    present: False once a wholly read head holds no file at the service's path any more.
    in_scope: False when the cluster matches none of the install's `Clusters` globs.
    sequence: order of our reads of the source; a record is only written by a later read.
    cause: why this statement became desired: `Push` or `ReferenceChanged`.
    unread: those of the services it waits for whose files could not be read at its commit.
    renamed: `d1:` → `r1:` of a statement of an older release whose place this one took.
    """

    key: ServiceKey
    path: str
    commit: str
    sequence: int
    stated: Stated | None
    rollout: RolloutPolicy = RolloutPolicy()
    policy: ReconcilePolicy = ReconcilePolicy()
    present: bool = True
    in_scope: bool = True
    prune_allowed: bool = False
    cause: str = "Push"
    problem: Problem | None = None
    unread: tuple[ServiceKey, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
