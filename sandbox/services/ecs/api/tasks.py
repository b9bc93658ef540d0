"""Tasks of the ECS API: list, describe, stop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult

from sandbox.services.ecs import happenings
from sandbox.services.ecs.api.base import Base
from sandbox.services.ecs.identities import task_arn
from sandbox.services.ecs.state import Service, Task, TaskStatus
from sandbox.services.ecs.tags import as_documents, as_pairs, tagged
from sandbox.services.ecs.task_answers import task_document
from sandbox.services.ecs.turn import FORGET_STOPPED_AFTER

AT_ONCE = 100


class Tasks(Base):
    """The tasks of services; stopped ones are shown for an hour."""

    def list_tasks(self) -> ActionResult:
        chosen = [
            task_arn(service.arn, task.id)
            for service, task in self._in_cluster()
            if self._asked(service, task)
        ]
        page, more = self.page(chosen, limit=AT_ONCE)
        return ActionResult({"taskArns": page, **more})

    def _in_cluster(self) -> Iterator[tuple[Service, Task]]:
        cluster = self.cluster(self._get_param("cluster"))
        for service in self.ecs.services.values():
            for task in service.tasks if service.cluster == cluster.name else ():
                if (task.stopped_at or self.ecs.now) >= self.ecs.now - FORGET_STOPPED_AFTER:
                    yield service, task

    def _asked(self, service: Service, task: Task) -> bool:
        """The filters of ListTasks; tasks that shall not run are only listed when asked for."""
        revision = service.revision(task.revision)
        ending = task.stopping or task.status is TaskStatus.STOPPED
        wanted = {
            "serviceName": service.name,
            "family": revision.definition["family"],
            "startedBy": revision.id,
            "launchType": revision.fields.get("launchType"),
            "containerInstance": task.instance.arn.rsplit("/", 1)[-1] if task.instance else None,
        }
        matches = all(self._last(name) in (None, value) for name, value in wanted.items())
        return matches and (self._get_param("desiredStatus") or "RUNNING") == (
            "STOPPED" if ending else "RUNNING"
        )

    def _last(self, name: str) -> str | None:
        value = self._get_param(name)
        return value if value is None or name == "startedBy" else value.rsplit("/", 1)[-1]

    def describe_tasks(self) -> ActionResult:
        named = {item.rsplit("/", 1)[-1]: item for item in self.at_most("tasks", AT_ONCE)}
        found = [
            self._shown(service, task)
            for service, task in self._in_cluster()
            if named.pop(task.id, None) is not None
        ]
        prefix, cluster = self.prefix(), self.cluster(self._get_param("cluster")).name
        missing = [{"arn": f"{prefix}:task/{cluster}/{task_id}", "reason": "MISSING"} for task_id in named]
        return ActionResult({"tasks": found, "failures": missing})

    def _shown(self, service: Service, task: Task) -> dict[str, Any]:
        document = task_document(service, task)
        if "TAGS" not in (self._get_param("include") or ()):
            return document
        return {**document, "tags": as_documents(self._tags(service, task))}

    def _tags(self, service: Service, task: Task) -> tuple[tuple[str, str], ...]:
        """Propagated from the service or the task definition; ECS's own where managed tags are on."""
        source = service.fields.get("propagateTags")
        definition = self.ecs.definitions.get(service.revision(task.revision).task_definition)
        own = service.tags if source == "SERVICE" else ()
        if source == "TASK_DEFINITION" and definition is not None:
            own = definition.tags
        if not service.fields.get("enableECSManagedTags"):
            return own
        names = {"aws:ecs:clusterName": service.cluster, "aws:ecs:serviceName": service.name}
        return tagged(own, as_pairs([{"key": key, "value": value} for key, value in names.items()]))

    def stop_task(self) -> ActionResult:
        task_id = self._get_param("task").rsplit("/", 1)[-1]
        service = next((service for service, task in self._in_cluster() if task.id == task_id), None)
        if service is None:
            raise self.refused("ecs-task-known")
        reason = self._get_param("reason") or ""
        self.ecs.happen(service.arn, happenings.StopTaskRequested(task_id, reason))
        live = self.ecs.services[service.arn]
        task = live.find_task(task_id)
        return ActionResult({"task": task_document(live, task) if task else {}})
