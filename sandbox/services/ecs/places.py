"""Where the tasks of a cluster's services are, and where one more of them may go. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from sandbox.services.ecs import messages, placement
from sandbox.services.ecs.capacity import FARGATE
from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.placement import Need, NoPlace, Wishes
from sandbox.services.ecs.state import Instance, Revision, Service, Task


def find(
    service: Service, task: Task, instances: Sequence[Instance], others: Iterable[Service]
) -> Instance | NoPlace:
    """An instance for a task; `others` are all services of the cluster, its own among them."""
    revision = service.revision(task.revision)
    if task.provider:
        instances = [item for item in instances if item.provider == task.provider]
    own = tuple(item.instance for item in service.alive() if item.instance)
    wishes = Wishes(
        constraints(service, revision),
        tuple(service.fields.get("placementStrategy") or ()),
        own,
        apart=service.daemon,
    )
    return placement.place(placement.need(revision.definition), instances, list(_used(others)), wishes)


def on_fargate(task: Task, exhausted: Collection[str]) -> NoPlace | None:
    """Fargate has always room, but for the capacity that a world says is exhausted."""
    name = task.provider if task.provider in FARGATE else "FARGATE"
    return NoPlace("RESOURCE:FARGATE", messages.NO_FARGATE) if name in exhausted else None


def constraints(service: Service, revision: Revision) -> tuple[Document, ...]:
    """The service's placement constraints and those of its task definition."""
    own = service.fields.get("placementConstraints") or ()
    return (*own, *(revision.definition.get("placementConstraints") or ()))


def daemon_count(service: Service, instances: Sequence[Instance]) -> int:
    """On how many instances a DAEMON service runs."""
    revision = service.revision(service.primary)
    return len(placement.eligible(instances, constraints(service, revision)))


def _used(services: Iterable[Service]) -> Iterator[tuple[str, Need]]:
    for service in services:
        for task in service.present():
            if task.instance is not None:
                definition = service.revision(task.revision).definition
                yield task.instance.arn, placement.need(definition)
