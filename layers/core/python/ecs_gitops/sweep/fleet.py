"""Many services at once: seen and planned in as few requests as AWS allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecs_gitops.model.actions import Action
from ecs_gitops.model.desired import Desired, Document
from ecs_gitops.model.errors import AccessDeniedError, RetryableError
from ecs_gitops.model.live import Live
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record
from ecs_gitops.model.settings import Settings
from ecs_gitops.plan.decide import plan
from ecs_gitops.resources.service import existing, is_scaling_asked, just_created
from ecs_gitops.rollout.target import target
from ecs_gitops.rollout.upgrade import upgraded
from ecs_gitops.runtime.bootstrap import Controller

if TYPE_CHECKING:  # who sweeps reads no manifest
    from ecs_gitops.manifest.statement import Loaded


@dataclass(frozen=True, slots=True)
class Planned:
    """One service as it was seen, and what there is to do; no actions means in sync.

    failed: why it could not be planned, "" when it could; the others were.
    """

    desired: Desired
    record: Record
    live: Live
    actions: list[Action]
    failed: str = ""


def as_pushed(manifest: Loaded, settings: Settings) -> Desired:
    """What a manifest says once it is pushed."""
    return Desired(
        key=manifest.key,
        path=manifest.path,
        commit=manifest.stated.commit,
        sequence=0,
        stated=manifest.stated,
        rollout=manifest.rollout,
        policy=manifest.policy,
        in_scope=settings.follows(manifest.key.cluster),
    )


def with_record(desired: Desired, record: Record) -> tuple[Desired, Record]:
    """A service as it is pushed, and what is remembered of it, in this release's digests."""
    return desired, upgraded(desired, record)[1]


def plan_all(controller: Controller, pairs: Sequence[tuple[Desired, Record]], now: float) -> list[Planned]:
    """The plan of every service, in the order given. `now` in seconds.

    Ten services of one cluster are one request. Whether something scales a service is asked only where
    the answer matters, fifty a request.
    """
    services = controller.ecs.describe(desired.key for desired, _ in pairs if desired.in_scope)
    found = [_planned(controller, pair, services, now) for pair in pairs]
    scaled = [other for each in found if (other := _if_scaled(controller, each, now))]
    if not scaled:
        return found
    scalable = controller.scaling.scalable(each.desired.key for each in scaled)
    instead = {each.desired.key: each for each in scaled if each.desired.key in scalable}
    return [instead.get(each.desired.key, each) for each in found]


def _planned(
    controller: Controller,
    pair: tuple[Desired, Record],
    services: Mapping[ServiceKey, Document],
    now: float,
) -> Planned:
    desired, record = pair
    try:
        created = just_created(record.created, now)
        live = _live(controller, record, existing(services.get(desired.key), created))
        return Planned(desired, record, live, _plan(controller, desired, live, record, now))
    except (AccessDeniedError, RetryableError):
        raise  # not about this service alone
    except Exception as error:
        return Planned(desired, record, Live(), [], failed=f"{type(error).__name__}: {error}"[:500])


def _live(controller: Controller, record: Record, service: Document | None) -> Live:
    """ECS's word; its deployments only while an attempt is open, since no other plan rests on them."""
    if service is None:
        return Live()
    is_open = record.attempt is not None and record.attempt.outcome is None
    is_shown = service is not record.created
    return Live(
        service=service,
        task_definition=controller.ecs.running(service, record.running),
        deployments=controller.ecs.deployments(record.key) if is_open and is_shown else (),
    )


def _if_scaled(controller: Controller, found: Planned, now: float) -> Planned | None:
    """The same service if something scaled it; None where that changes nothing."""
    wanted = target(found.desired, found.record)
    if found.failed or wanted is None or found.live.service is None or not found.actions:
        return None
    if not is_scaling_asked(wanted.stated.service or {}, found.live.service):
        return None
    live = replace(found.live, scalable=True)
    actions = _plan(controller, found.desired, live, found.record, now)
    return None if actions == found.actions else replace(found, live=live, actions=actions)


def _plan(controller: Controller, desired: Desired, live: Live, record: Record, now: float) -> list[Action]:
    return plan(desired, live, record, install=controller.settings.install, now=now)
