"""Service deployments and service revisions of the ECS API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult

from sandbox.services.ecs import answers, happenings
from sandbox.services.ecs.api.base import Base
from sandbox.services.ecs.rollouts import WAITING
from sandbox.services.ecs.state import Deployment, DeploymentStatus, Service

AT_ONCE = 20
STOPPABLE = (DeploymentStatus.PENDING, DeploymentStatus.IN_PROGRESS)


class Deployments(Base):
    """How the rollouts of a service went and go."""

    def list_service_deployments(self) -> ActionResult:
        service = self.get_service(self._get_param("service"))
        wanted = self._get_param("status") or ()
        between = self._get_param("createdAt") or {}
        chosen = [
            answers.deployment_brief(service, deployment)
            for deployment in service.deployments
            if (not wanted or deployment.status.value in wanted) and _created_within(deployment, between)
        ]
        page, more = self.page(chosen, limit=AT_ONCE)
        return ActionResult({"serviceDeployments": page, **more})

    def describe_service_deployments(self) -> ActionResult:
        found: list[dict[str, Any]] = []
        missing: list[dict[str, str]] = []
        for arn in self.at_most("serviceDeploymentArns", AT_ONCE):
            service, deployment = self._deployment(arn)
            if service is None or deployment is None:
                missing.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(answers.deployment_document(service, deployment))
        return ActionResult({"serviceDeployments": found, "failures": missing})

    def describe_service_revisions(self) -> ActionResult:
        found: list[dict[str, Any]] = []
        missing: list[dict[str, str]] = []
        for arn in self.at_most("serviceRevisionArns", AT_ONCE):
            service = self._owner(arn)
            number = arn.rsplit("/", 1)[-1]
            revisions = [item for item in service.revisions if item.number == number] if service else []
            if service is None or not revisions:
                missing.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(answers.revision_document(service, revisions[0]))
        return ActionResult({"serviceRevisions": found, "failures": missing})

    def stop_service_deployment(self) -> ActionResult:
        arn = self._get_param("serviceDeploymentArn")
        service, deployment = self._deployment(arn)
        if service is None or deployment is None:
            raise self.refused("ecs-deployment-known")
        if deployment.status not in STOPPABLE:
            doing = "is already stopping" if deployment.status in WAITING else "cannot be stopped"
            raise self.refused("ecs-deployment-stoppable", doing=doing, status=deployment.status.value)
        stop_type = self._get_param("stopType") or "ROLLBACK"
        self.ecs.happen(service.arn, happenings.StopRequested(deployment.id, stop_type))
        return ActionResult({"serviceDeploymentArn": arn})

    def _owner(self, arn: str) -> Service | None:
        """The service of a service-deployment or service-revision ARN."""
        prefix, _, path = arn.rpartition(":")
        kind, _, rest = path.partition("/")
        if kind not in ("service-deployment", "service-revision"):
            raise self.refused("ecs-identifier", arn=arn)
        return self.ecs.services.get(f"{prefix}:service/{rest.rpartition('/')[0]}")

    def _deployment(self, arn: str) -> tuple[Service | None, Deployment | None]:
        service = self._owner(arn)
        named = arn.rsplit("/", 1)[-1]
        deployments = service.deployments if service else ()
        return service, next((item for item in deployments if item.id == named), None)


def _created_within(deployment: Deployment, between: Mapping[str, datetime | float]) -> bool:
    created = deployment.created_at
    after, before = (_seconds(between.get(name)) for name in ("after", "before"))
    return (after is None or created >= after) and (before is None or created <= before)


def _seconds(value: datetime | float | None) -> float | None:
    return value.timestamp() if isinstance(value, datetime) else value
