"""A service, its deployments and its revisions as ECS's Describe and List calls show them. Pure.

Times are datetimes; fields without a value are left out, as ECS does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.services.ecs import alarms
from sandbox.services.ecs.documents import Document, moment, stated
from sandbox.services.ecs.identities import sibling_arn
from sandbox.services.ecs.state import Deployment, DeploymentStatus, Revision, Service, Task, TaskStatus
from sandbox.services.ecs.tags import as_documents

SLR = "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
ELSEWHERE = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")
"""Revision fields that ECS shows in deployments[] and revisions, never on the service."""
REVISION_ONLY = ("gatewayConnectors", "monitoring")
BY_TASK_SET = ("CODE_DEPLOY", "EXTERNAL")


def service_document(service: Service, *, tags: bool = False) -> dict[str, Any]:
    """One service as DescribeServices shows it."""
    revision = service.revision(service.primary)
    shown = {
        key: value for key, value in revision.fields.items() if key not in (*ELSEWHERE, *REVISION_ONLY)
    }
    open_deployment = service.open_deployment()
    return {
        **service.fields,
        **shown,
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster_arn,
        "status": service.status,
        "desiredCount": service.desired,
        **_counts(service.present()),
        "taskDefinition": revision.task_definition,
        "deployments": [] if service.status == "INACTIVE" else deployments(service),
        "events": [
            {"id": line.id, "createdAt": moment(line.at), "message": line.message}
            for line in service.events
        ],
        "createdAt": moment(service.created_at),
        "createdBy": service.created_by,
        "resourceManagementType": "CUSTOMER",
        **stated(
            currentServiceDeployment=_deployment_arn(service, open_deployment) if open_deployment else None,
            currentServiceRevisions=[_summary(service, item) for item in current(service)],
            tags=as_documents(service.tags) if tags else None,
        ),
        **_role(service),
    }


def _role(service: Service) -> dict[str, str]:
    _, partition, _, _, account, _ = service.arn.split(":", 5)
    return {"roleArn": f"arn:{partition}:iam::{account}:{SLR}"}


def _counts(tasks: Sequence[Task]) -> dict[str, int]:
    pending = sum(task.status in (TaskStatus.PROVISIONING, TaskStatus.PENDING) for task in tasks)
    return {"runningCount": len(tasks) - pending, "pendingCount": pending}


def current(service: Service) -> tuple[Revision, ...]:
    """The primary revision first, then those that still have tasks, newest first."""
    inhabited = {task.revision for task in service.present()} | {service.primary}
    chosen = [revision for revision in service.revisions if revision.number in inhabited]
    return tuple(sorted(chosen, key=lambda revision: revision.number != service.primary))


def deployments(service: Service) -> list[dict[str, Any]]:
    """`deployments[]` of a service: one entry for each revision that is primary or has tasks."""
    return [_deployment_entry(service, revision) for revision in current(service)]


def _deployment_entry(service: Service, revision: Revision) -> dict[str, Any]:
    primary = revision.number == service.primary
    tasks = [task for task in service.present() if task.revision == revision.number]
    fields = {
        key: value for key, value in revision.fields.items() if key in (*ELSEWHERE, "networkConfiguration")
    }
    return {
        **fields,
        **_capacity(revision),
        "id": revision.id,
        "status": "PRIMARY" if primary else "ACTIVE",
        "taskDefinition": revision.task_definition,
        "desiredCount": service.desired if primary else sum(not task.stopping for task in tasks),
        **_counts(tasks),
        "failedTasks": revision.failed_tasks,
        "createdAt": moment(revision.created_at),
        "updatedAt": moment(revision.updated_at),
        "rolloutState": revision.rollout.value,
        "rolloutStateReason": revision.reason,
    }


def _capacity(revision: Revision) -> dict[str, Any]:
    fargate = revision.fields.get("platformVersion") is not None
    return stated(
        launchType=revision.fields.get("launchType"),
        capacityProviderStrategy=revision.fields.get("capacityProviderStrategy"),
        platformVersion="1.4.0" if fargate else None,
        platformFamily="Linux" if fargate else None,
    )


def revision_arn(service: Service, number: str) -> str:
    """The ARN of a service revision."""
    return sibling_arn(service.arn, "service-revision", number)


def _deployment_arn(service: Service, deployment: Deployment) -> str:
    return sibling_arn(service.arn, "service-deployment", deployment.id)


def _summary(service: Service, revision: Revision) -> dict[str, Any]:
    tasks = [task for task in service.present() if task.revision == revision.number]
    counts = _counts(tasks)
    primary = revision.number == service.primary
    return {
        "arn": revision_arn(service, revision.number),
        "requestedTaskCount": service.desired if primary else sum(not task.stopping for task in tasks),
        "runningTaskCount": counts["runningCount"],
        "pendingTaskCount": counts["pendingCount"],
    }


def deployment_brief(service: Service, deployment: Deployment) -> dict[str, Any]:
    """One service deployment as ListServiceDeployments shows it."""
    return stated(
        serviceDeploymentArn=_deployment_arn(service, deployment),
        serviceArn=service.arn,
        clusterArn=service.cluster_arn,
        createdAt=moment(deployment.created_at),
        startedAt=moment(deployment.started_at),
        finishedAt=moment(deployment.finished_at),
        targetServiceRevisionArn=revision_arn(service, deployment.target),
        status=deployment.status.value,
        statusReason=deployment.reason or None,
    )


def deployment_document(service: Service, deployment: Deployment) -> dict[str, Any]:
    """One service deployment as DescribeServiceDeployments shows it."""
    brief = deployment_brief(service, deployment)
    target = brief.pop("targetServiceRevisionArn")
    return {
        **brief,
        **stated(
            stoppedAt=moment(deployment.stopped_at),
            updatedAt=moment(deployment.updated_at),
            lifecycleStage=_stage(deployment),
            rollback=_rollback(service, deployment),
        ),
        "sourceServiceRevisions": [
            _summary(service, service.revision(item)) for item in deployment.sources
        ],
        "targetServiceRevision": {**_summary(service, service.revision(deployment.target)), "arn": target},
        "deploymentConfiguration": deployment.configuration,
        "deploymentCircuitBreaker": {
            "status": deployment.breaker,
            "failureCount": deployment.failures,
            "threshold": deployment.threshold,
        },
        "alarms": _alarms(deployment),
    }


def _stage(deployment: Deployment) -> str | None:
    if deployment.status is not DeploymentStatus.IN_PROGRESS:
        return None
    return "SCALE_UP" if deployment.bakes_until is None else "BAKE_TIME"


def _alarms(deployment: Deployment) -> dict[str, Any]:
    names = list(alarms.names(deployment.configuration))
    return stated(
        status=deployment.alarms,
        alarmNames=names or None,
        triggeredAlarmNames=list(deployment.triggered) or None,
    )


def _rollback(service: Service, deployment: Deployment) -> dict[str, Any] | None:
    if deployment.rollback is None:
        return None
    back = deployment.rollback
    revision = revision_arn(service, back.revision)
    return {"reason": back.reason, "startedAt": moment(back.started_at), "serviceRevisionArn": revision}


def revision_document(service: Service, revision: Revision) -> dict[str, Any]:
    """One service revision as DescribeServiceRevisions shows it, with the digests it pinned."""
    images = [
        stated(containerName=item.container, image=item.image, imageDigest=item.digest)
        for item in revision.images
    ]
    balancers = revision.fields.get("loadBalancers", [])
    return {
        **revision.fields,
        **_capacity(revision),
        "serviceRevisionArn": revision_arn(service, revision.number),
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "taskDefinition": revision.task_definition,
        "containerImages": images,
        "guardDutyEnabled": False,
        "createdAt": moment(revision.created_at),
        "resolvedConfiguration": {"loadBalancers": [_resolved(item) for item in balancers]},
    }


def _resolved(balancer: Document) -> dict[str, Any]:
    return stated(targetGroupArn=balancer.get("targetGroupArn"))
