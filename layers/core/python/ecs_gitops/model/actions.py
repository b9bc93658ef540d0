"""The closed union of what a plan may hold: frozen values, each with the changes that caused it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Change
from ecs_gitops.model.vocabulary import Reason


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an action waits for somebody or something. A held action is shown and never applied."""

    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take an existing service as ours: writes to our table alone."""

    key: ServiceKey
    stated: Stated
    changes: tuple[Change, ...] = ()
    held: Hold | None = None


@dataclass(frozen=True, slots=True)
class CreateService:
    """Register the task definition and create the service.

    revision_arn: the registered revision to create it with, where a fallback has one.
    heals: what the brake counts, where somebody else deleted it.
    """

    key: ServiceKey
    stated: Stated
    changes: tuple[Change, ...] = ()
    held: Hold | None = None
    revision_arn: str | None = None
    heals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RollOut:
    """Start one new deployment: register a revision if `register`, then UpdateService with `fields`.

    fields: the UpdateService fields that differ, less cluster, service and taskDefinition; those
    that could go in place ride along, so that one push is one deployment.
    revision_arn: the registered revision to go back to, instead of a new one.
    heals: the fields among them that somebody else changed, as the brake counts them.
    """

    key: ServiceKey
    stated: Stated
    register: bool
    fields: Document
    changes: tuple[Change, ...] = ()
    held: Hold | None = None
    revision_arn: str | None = None
    heals: tuple[str, ...] = ()

    @property
    def is_heal(self) -> bool:
        """True when it does nothing but put back what somebody else changed."""
        return _all_heals(self.changes, self.heals)


@dataclass(frozen=True, slots=True)
class Reconfigure:
    """UpdateService with `fields` that start no deployment; `tags` to set, `untag` to remove.

    heals: the fields among them that somebody else changed, as the brake counts them.
    """

    key: ServiceKey
    stated: Stated
    fields: Document
    tags: Document
    untag: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    held: Hold | None = None
    heals: tuple[str, ...] = ()

    @property
    def is_heal(self) -> bool:
        """True when it does nothing but put back what somebody else changed."""
        return _all_heals(self.changes, self.heals)


@dataclass(frozen=True, slots=True)
class Replace:
    """A create-only field changed: the service would have to be deleted and made again. Always held."""

    key: ServiceKey
    stated: Stated
    changes: tuple[Change, ...]
    held: Hold


@dataclass(frozen=True, slots=True)
class Prune:
    """Delete a service whose manifest is gone, first to zero tasks, then the service."""

    key: ServiceKey
    changes: tuple[Change, ...] = ()
    held: Hold | None = None


Action = Adopt | CreateService | RollOut | Reconfigure | Replace | Prune


def brake_fields(changes: Iterable[Change]) -> tuple[str, ...]:
    """What the brake on self-heal counts by: `taskDefinition`, `service.<field>`, or `service`."""
    return tuple(sorted({_field(change.path) for change in changes})) or ("service",)


def _all_heals(changes: tuple[Change, ...], heals: tuple[str, ...]) -> bool:
    return bool(heals) and set(brake_fields(changes)) <= set(heals)


def _field(path: str) -> str:
    section, _, rest = path.partition(".")
    first = rest.partition(".")[0].partition("[")[0]
    return f"{section}.{first}" if section == "service" and first else section
