"""ECS in our words: what runs, register a revision, create, update and delete a service.

A task definition revision never changes, so each is described once in the life of a process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from ecs_gitops.aws.errors import translate
from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.model.live import Live, ServiceDeployment
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import Attempt
from ecs_gitops.resources import service as ecs_service
from ecs_gitops.resources.service_events import worth_keeping
from ecs_gitops.resources.tags import ATTEMPT_TAG, OUR_PREFIX, OWNER_TAG, revision_tags, tags_of

_SERVICES_A_CALL = 10
_DEPLOYMENTS_READ = 20
_REVISIONS_LOOKED_THROUGH = 10
_REMEMBERED_REVISIONS = 2_000

Described = Callable[[], Mapping[ServiceKey, Document]]


class Ecs:
    """The services of one account and Region."""

    def __init__(self, client: Any, install: Install) -> None:
        self._client = client
        self._install = install
        self._task_definitions: dict[str, Document] = {}
        self._revisions: dict[str, str] = {}

    # --- observe -------------------------------------------------------------------------------

    def live(
        self,
        key: ServiceKey,
        *,
        deployments: bool,
        known: Document | None = None,
        described: Described | None = None,
        created: Document | None = None,
    ) -> Live:
        """ECS's word on one service; `known` spares a call when it is the revision that runs.

        deployments: read its service deployments too (three more calls).
        described: the answer of `describe`, if that was asked for before.
        created: what CreateService answered just now. Of what is not shown yet no deployments are read.
        """
        shown = (described() if described else self.describe([key])).get(key)
        service = ecs_service.existing(shown, created)
        if service is None:
            return Live()
        return Live(
            service=service,
            task_definition=self.running(service, known),
            deployments=self.deployments(key) if deployments and service is shown else (),
        )

    def describe(self, keys: Iterable[ServiceKey]) -> dict[ServiceKey, Document]:
        """The services that ECS shows, INACTIVE ones too, with their tags; ten of one cluster a call."""
        found: dict[ServiceKey, Document] = {}
        for cluster, names in _by_cluster(keys):
            with translate(f"cannot look at services of cluster {cluster}"):
                answer = self._client.describe_services(cluster=cluster, services=names, include=["TAGS"])
            for service in answer["services"]:
                found[ServiceKey(cluster, service["serviceName"])] = _plain_service(service)
        return found

    def running(self, service: Document, known: Document | None = None) -> Document | None:
        """The task definition that a live service runs."""
        arn = ecs_service.running_task_definition(service)
        if arn is None or (known is not None and known.get("taskDefinitionArn") == arn):
            return known if arn else None
        return self.task_definition(arn)

    def task_definition(self, arn: str, *, anew: bool = False) -> Document:
        """A revision's document, `tags` put in. anew: ask even if it is known, since it may be INACTIVE."""
        if anew or arn not in self._task_definitions:
            with translate(f"cannot look at task definition {arn}"):
                answer = self._client.describe_task_definition(taskDefinition=arn, include=["TAGS"])
            self._remember({**answer["taskDefinition"], "tags": answer.get("tags", [])})
        return self._task_definitions[arn]

    def deployments(self, key: ServiceKey) -> tuple[ServiceDeployment, ...]:
        """The newest service deployments, newest first, each with the task definition it brings."""
        with translate(f"cannot look at deployments of {key}"):
            listed = self._client.list_service_deployments(
                cluster=key.cluster, service=key.name, maxResults=_DEPLOYMENTS_READ
            )
            arns = [each["serviceDeploymentArn"] for each in listed["serviceDeployments"]]
            if not arns:
                return ()
            answer = self._client.describe_service_deployments(serviceDeploymentArns=arns)
        described = answer["serviceDeployments"]
        brought = self._task_definitions_of(key, [_revision(each) for each in described])
        found = [_deployment(each, brought.get(_revision(each), "")) for each in described]
        return tuple(sorted(found, key=lambda each: each.created_at, reverse=True))

    def find_registered(self, stated: Stated, attempt: Attempt) -> Document | None:
        """The revision that an attempt registered, or None when it did not get that far."""
        family = (stated.task_definition or {}).get("family", "")
        with translate(f"cannot list revisions of {family}"):
            answer = self._client.list_task_definitions(
                familyPrefix=family, sort="DESC", maxResults=_REVISIONS_LOOKED_THROUGH
            )
        for arn in answer["taskDefinitionArns"]:
            revision = self.task_definition(arn)
            if attempt_of(revision) == attempt.id:
                return revision
        return None

    # --- apply ---------------------------------------------------------------------------------

    def register(self, key: ServiceKey, stated: Stated, attempt: Attempt) -> Document:
        """Register what a manifest states as a new revision, tagged as ours; returns its document."""
        request = dict(stated.task_definition or {})
        ours = revision_tags(self._install, key, stated, attempt)
        stated_tags = [tag for tag in request.get("tags", []) if not tag["key"].startswith(OUR_PREFIX)]
        request["tags"] = [*stated_tags, *_tag_list(ours)]
        with translate(f"cannot register task definition {request.get('family')}"):
            answer = self._client.register_task_definition(**request)
        arn = answer["taskDefinition"]["taskDefinitionArn"]
        self._remember({**answer["taskDefinition"], "tags": answer.get("tags", request["tags"])})
        return self._task_definitions[arn]

    def deregister(self, arn: str) -> None:
        """Take a revision out of use: what runs it goes on, nothing new can be started from it."""
        with translate(f"cannot deregister {arn}"):
            self._client.deregister_task_definition(taskDefinition=arn)
        self._task_definitions.pop(arn, None)

    def create_service(
        self, key: ServiceKey, stated: Stated, task_definition_arn: str, token: str
    ) -> Document:
        """Create a service, tagged as ours. `token` (at most 36 characters) makes repeating it harmless."""
        request = ecs_service.create_request(stated.service or {})
        request["tags"] = [*request.get("tags", []), *_tag_list({OWNER_TAG: self._install.id})]
        with translate(f"cannot create service {key}"):
            answer = self._client.create_service(
                cluster=key.cluster,
                serviceName=key.name,
                taskDefinition=task_definition_arn,
                clientToken=token,
                **request,
            )
        return _plain_service(answer["service"])

    def update_service(
        self, key: ServiceKey, fields: Mapping[str, Any], task_definition_arn: str | None = None
    ) -> Document:
        """Change only the given fields, and the revision when one is given."""
        revision = {"taskDefinition": task_definition_arn} if task_definition_arn else {}
        with translate(f"cannot update service {key}"):
            answer = self._client.update_service(
                cluster=key.cluster, service=key.name, **revision, **fields
            )
        return _plain_service(answer["service"])

    def tag(self, service: Document, tags: Mapping[str, str], untag: Iterable[str]) -> None:
        """Set and remove tags of a live service; other tags stay."""
        arn, gone = service["serviceArn"], list(untag)
        with translate(f"cannot tag service {service['serviceName']}"):
            if tags:
                self._client.tag_resource(resourceArn=arn, tags=_tag_list(tags))
            if gone:
                self._client.untag_resource(resourceArn=arn, tagKeys=gone)

    def delete_step(self, key: ServiceKey, service: Document) -> bool:
        """One step towards a service's end: no tasks, then the service itself; True when it is deleted.

        A DAEMON service has no count to set, and goes at once.
        """
        is_daemon = service.get("schedulingStrategy") == "DAEMON"
        running, desired = ecs_service.counts(service)
        if desired > 0 and not is_daemon:
            self.update_service(key, {"desiredCount": 0})
        elif running == 0 or is_daemon:
            self._delete(key, force=is_daemon)
            return True
        return False

    # --- ECS's answers → plain values ----------------------------------------------------------

    def _delete(self, key: ServiceKey, *, force: bool = False) -> None:
        with translate(f"cannot delete service {key}"):
            self._client.delete_service(cluster=key.cluster, service=key.name, force=force)

    def _remember(self, revision: Document) -> None:
        if len(self._task_definitions) >= _REMEMBERED_REVISIONS:
            self._task_definitions.clear()
        self._task_definitions[revision["taskDefinitionArn"]] = _plain(revision)

    def _task_definitions_of(self, key: ServiceKey, revisions: list[str]) -> dict[str, str]:
        """Service revision ARN → task definition ARN; a revision never changes."""
        unknown = list({arn for arn in revisions if arn and arn not in self._revisions})
        if unknown:
            with translate(f"cannot look at service revisions of {key}"):
                answer = self._client.describe_service_revisions(serviceRevisionArns=unknown)
            if len(self._revisions) >= _REMEMBERED_REVISIONS:
                self._revisions.clear()
            for each in answer["serviceRevisions"]:
                self._revisions[each["serviceRevisionArn"]] = each.get("taskDefinition", "")
        return {arn: self._revisions.get(arn, "") for arn in revisions}


def attempt_of(revision: Document) -> str | None:
    """The id of the attempt that registered a revision, or None when none of ours did."""
    return tags_of(revision).get(ATTEMPT_TAG)


def primary_deployment(service: Document) -> str | None:
    """The id of what a service deploys now; it changes exactly when a new deployment starts."""
    ids = [each["id"] for each in service.get("deployments", ()) if each.get("status") == "PRIMARY"]
    return ids[0] if ids else None


def _by_cluster(keys: Iterable[ServiceKey]) -> Iterator[tuple[str, list[str]]]:
    for cluster, members in groupby(sorted(keys), key=lambda key: key.cluster):
        names = [key.name for key in members]
        for start in range(0, len(names), _SERVICES_A_CALL):
            yield cluster, names[start : start + _SERVICES_A_CALL]


def _revision(deployment: Document) -> str:
    return str(deployment.get("targetServiceRevision", {}).get("arn", ""))


def _deployment(data: Document, task_definition_arn: str) -> ServiceDeployment:
    ended = data.get("finishedAt") or data.get("stoppedAt")
    return ServiceDeployment(
        arn=data["serviceDeploymentArn"],
        status=data["status"],
        task_definition_arn=task_definition_arn,
        created_at=data["createdAt"].timestamp(),
        reason=data.get("statusReason", ""),
        breaker=_watcher(data),
        ended_at=ended.timestamp() if ended else None,
    )


def _watcher(deployment: Document) -> str | None:
    """The status of what watches over a deployment: the breaker's, or `TRIGGERED` by an alarm."""
    if deployment.get("alarms", {}).get("status") == "TRIGGERED":
        return "TRIGGERED"
    status: str | None = deployment.get("deploymentCircuitBreaker", {}).get("status")
    return status


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _plain_service(service: Document) -> Document:
    """With no more of its log of events than what complains: it is long, and says little of the state."""
    return _plain({**service, "events": worth_keeping(service.get("events") or ())})


def _plain(document: Document) -> Document:
    """Plain data: times as seconds since the epoch."""
    plain: Document = _value(document)
    return plain


def _value(value: Any) -> Any:
    if isinstance(value, str | int):  # most
        return value
    if isinstance(value, dict):
        return {name: _value(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value
