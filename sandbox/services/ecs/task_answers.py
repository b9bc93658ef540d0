"""A task as DescribeTasks shows it and as its state change events carry it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.services.ecs import identities
from sandbox.services.ecs.documents import Document, moment, stated
from sandbox.services.ecs.messages import shares_address
from sandbox.services.ecs.state import Revision, Service, Task, TaskStatus

SIGTERM_EXIT = 143


def task_document(service: Service, task: Task) -> dict[str, Any]:
    """One task in ECS's spelling; times are datetimes. Fields that have no value are left out."""
    revision = service.revision(task.revision)
    return {
        **_identity(service, task, revision),
        **_times(task),
        **_placement(task, revision),
        "containers": list(_containers(service, task, revision)),
        "overrides": {
            "containerOverrides": [{"name": item["name"]} for item in _definitions(revision)],
            "inferenceAcceleratorOverrides": [],
        },
        **_ending(task),
    }


def _definitions(revision: Revision) -> list[Document]:
    return list(revision.definition["containerDefinitions"])


def _identity(service: Service, task: Task, revision: Revision) -> dict[str, Any]:
    definition = revision.definition
    return stated(
        taskArn=identities.task_arn(service.arn, task.id),
        taskDefinitionArn=revision.task_definition,
        clusterArn=service.cluster_arn,
        group=f"service:{service.name}",
        startedBy=revision.id,
        lastStatus=task.status.value,
        desiredStatus="STOPPED" if task.stopping or task.status is TaskStatus.STOPPED else "RUNNING",
        healthStatus=_health(task, revision),
        cpu=definition.get("cpu"),
        memory=definition.get("memory"),
        version=task.version,
        enableExecuteCommand=bool(service.fields.get("enableExecuteCommand", False)),
    )


def _health(task: Task, revision: Revision) -> str:
    if task.container_health is None or not any("healthCheck" in item for item in _definitions(revision)):
        return "UNKNOWN"
    return "HEALTHY" if task.container_health else "UNHEALTHY"


def _times(task: Task) -> dict[str, Any]:
    connected = None if task.status is TaskStatus.PROVISIONING else moment(task.created_at)
    return stated(
        createdAt=moment(task.created_at),
        startedAt=moment(task.started_at),
        stoppingAt=moment(task.stopping_at),
        stoppedAt=moment(task.stopped_at),
        executionStoppedAt=moment(task.stopped_at) if task.started_at is not None else None,
        updatedAt=moment(task.updated_at or task.created_at),
        connectivity=connected and "CONNECTED",
        connectivityAt=connected,
    )


def _placement(task: Task, revision: Revision) -> dict[str, Any]:
    fargate = revision.fields.get("platformVersion") is not None
    return stated(
        launchType=revision.fields.get("launchType") or ("FARGATE" if fargate else "EC2"),
        platformVersion="1.4.0" if fargate else None,
        platformFamily="Linux" if fargate else None,
        capacityProviderName=task.provider or None,
        containerInstanceArn=task.instance.arn if task.instance else None,
        availabilityZone=task.instance.zone if task.instance else None,
        attachments=_attachments(task, revision),
        ephemeralStorage={"sizeInGiB": 20} if fargate else None,
    )


def _attachments(task: Task, revision: Revision) -> list[dict[str, Any]]:
    """The elastic network interface of a task with an address of its own."""
    network = revision.fields.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if not network or not task.ip:
        return []
    details = {"subnetId": network["subnets"][0], "networkInterfaceId": f"eni-{task.id[:17]}"}
    details["privateIPv4Address"] = task.ip
    return [
        {
            "id": identities.dashed(f"{task.id}|eni"),
            "type": "ElasticNetworkInterface",
            "status": "DELETED" if task.status is TaskStatus.STOPPED else "ATTACHED",
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    ]


def _containers(service: Service, task: Task, revision: Revision) -> Iterator[dict[str, Any]]:
    digests = {image.container: image.digest for image in revision.images}
    definitions = _definitions(revision)
    culprit = next((item["name"] for item in definitions if item.get("essential", True)), "")
    for definition in definitions:
        name = definition["name"]
        yield stated(
            containerArn=_container_arn(service, task, name),
            taskArn=identities.task_arn(service.arn, task.id),
            name=name,
            image=definition["image"],
            imageDigest=digests.get(name),
            runtimeId=f"{task.id}-{identities.number(task.id + name)[:10]}",
            lastStatus=_container_status(task),
            exitCode=_exit_code(task, name == culprit),
            reason=(task.container_reason or None) if name == culprit else None,
            healthStatus=_health(task, revision) if "healthCheck" in definition else "UNKNOWN",
            cpu=str(definition.get("cpu", 0)),
            memory=_text(definition.get("memory")),
            networkBindings=_bindings(task, name),
            networkInterfaces=_interfaces(task, revision),
        )


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _container_arn(service: Service, task: Task, name: str) -> str:
    arn = identities.task_arn(service.arn, task.id).replace(":task/", ":container/", 1)
    return f"{arn}/{identities.dashed(task.id + name)}"


def _container_status(task: Task) -> str:
    alive = task.status in (TaskStatus.RUNNING, TaskStatus.DEACTIVATING, TaskStatus.STOPPING)
    return "RUNNING" if alive and task.started_at is not None else _before_or_after(task)


def _before_or_after(task: Task) -> str:
    return "STOPPED" if task.status is TaskStatus.STOPPED else "PENDING"


def _exit_code(task: Task, culprit: bool) -> int | None:
    """The container that ended the task has its code; its neighbours were told to end by SIGTERM."""
    if task.exit_code is None or culprit:
        return task.exit_code
    return SIGTERM_EXIT


def _bindings(task: Task, container: str) -> list[dict[str, Any]]:
    if not shares_address(task):
        return []
    ports = {port.container_port: port.host_port for port in task.ports if port.container == container}
    return [
        {"bindIP": "0.0.0.0", "containerPort": inner, "hostPort": outer, "protocol": "tcp"}
        for inner, outer in ports.items()
    ]


def _interfaces(task: Task, revision: Revision) -> list[dict[str, Any]]:
    attachments = _attachments(task, revision)
    return [{"attachmentId": item["id"], "privateIpv4Address": task.ip} for item in attachments]


def _ending(task: Task) -> dict[str, Any]:
    return stated(stopCode=task.stop_code or None, stoppedReason=task.stopped_reason or None)
