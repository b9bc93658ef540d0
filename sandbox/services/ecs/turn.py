"""One step of a service in the making: its next state, and the effects gathered on the way. Pure.

A turn is mutable so that the rules read as sentences; it never leaves `engine.step`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.services.ecs import identities, messages
from sandbox.services.ecs.documents import moment
from sandbox.services.ecs.happenings import After, Effect, Emit, EmitTask, Happening
from sandbox.services.ecs.state import Deployment, Revision, Service, ServiceEvent, Task
from sandbox.services.ecs.values import altered

KEPT_EVENTS = 100
VISIBLE = ("status", "stopping", "container_health")
"""Fields of a task whose change ECS sends an event about."""
FORGET_STOPPED_AFTER = 3600.0
"""Seconds for which ECS still describes a stopped task."""


class Turn:
    """The service as it is becoming, the time, and what shall be done about it."""

    def __init__(self, service: Service, now: float) -> None:
        self.service = service
        self.now = now
        self.effects: list[Effect] = []

    def draw(self, form: Callable[[str], str]) -> str:
        """A fresh identifier in one of the forms of `identities`."""
        serial = self.service.serial + 1
        self.service = altered(self.service, serial=serial)
        return form(f"{self.service.arn}|{self.service.created_at}|{serial}")

    def change(self, **changes: Any) -> None:
        """Change fields of the service."""
        self.service = altered(self.service, **changes)

    def say(self, text: str) -> None:
        """Add a line to the service's events."""
        line = ServiceEvent(self.draw(identities.dashed), self.now, f"(service {self.service.name}) {text}")
        self.change(events=(line, *self.service.events)[:KEPT_EVENTS])

    def act(self, effect: Effect) -> None:
        """Have something done."""
        self.effects.append(effect)

    def after(self, seconds: float, happening: Happening) -> None:
        """Set a timer."""
        self.act(After(max(0.0, seconds), happening))

    def announce(self, name: str, kind: str = "INFO", **more: Any) -> None:
        """Send an `ECS Service Action` event."""
        detail = messages.action_detail(self.service, name, kind, moment(self.now), **more)
        self.act(Emit("ECS Service Action", detail, (self.service.arn,)))

    def announce_deployment(self, revision: str, name: str, reason: str) -> None:
        """Send an `ECS Deployment State Change` event."""
        detail = messages.deployment_detail(revision, name, reason, moment(self.now))
        self.act(Emit("ECS Deployment State Change", detail, (self.service.arn,)))

    def add_tasks(self, tasks: Sequence[Task]) -> None:
        """New tasks, each announced."""
        self.change(tasks=(*self.service.tasks, *tasks), steady=False)
        for task in tasks:
            self._announce_task(task)

    def change_task(self, task: Task, **changes: Any) -> Task:
        """Change fields of a task; what DescribeTasks would show differently is announced."""
        seen = any(name in changes and changes[name] != getattr(task, name) for name in VISIBLE)
        if seen:
            changes |= {"version": task.version + 1, "updated_at": self.now}
        changed = altered(task, **changes)
        self.change(tasks=tuple([changed if item.id == task.id else item for item in self.service.tasks]))
        if seen:
            self._announce_task(changed)
        return changed

    def change_revision(self, number: str, **changes: Any) -> None:
        """Change fields of a revision."""
        self.change(
            revisions=tuple(_changed(item, number, self.now, changes) for item in self.service.revisions)
        )

    def change_deployment(self, deployment: Deployment, **changes: Any) -> Deployment:
        """Change fields of a service deployment."""
        changed = altered(deployment, updated_at=self.now, **changes)
        deployments = (changed if item.id == changed.id else item for item in self.service.deployments)
        self.change(deployments=tuple(deployments))
        return changed

    def forget(self) -> None:
        """Drop what ECS no longer describes: tasks stopped more than an hour ago."""
        limit = self.now - FORGET_STOPPED_AFTER
        if any((task.stopped_at or self.now) < limit for task in self.service.tasks):
            kept = tuple(task for task in self.service.tasks if (task.stopped_at or self.now) >= limit)
            self.change(tasks=kept)

    def _announce_task(self, task: Task) -> None:
        self.act(EmitTask(self.service, task))


def _changed(revision: Revision, number: str, now: float, changes: dict[str, Any]) -> Revision:
    return altered(revision, updated_at=now, **changes) if revision.number == number else revision
