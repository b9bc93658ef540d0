"""What is known of the fields of a task definition, as a table, and functions that name them. Pure.

Source of the defaults: what DescribeTaskDefinition answers for requests that leave them out. A flag
that AWS leaves out of its answer has its documented meaning as default, so that both spellings agree.
"""

from __future__ import annotations

import re
from typing import Any

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.field import ABSENT, ITSELF, Field, Table, below

_READ_ONLY = (
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
    "tags",  # compared by nobody: a revision's tags are ours, and a new revision for a tag is a rollout
)

_AS_SENT = ("family", "ephemeralStorage", "trustedExecutionConfiguration")
"""Fields that AWS answers as it got them. They have rows so that one without a row is seen to be new."""

_CONTAINER_AS_SENT = (
    "name",
    "image",
    "repositoryCredentials",
    "memory",
    "memoryReservation",
    "links",
    "entryPoint",
    "command",
    "environmentFiles",  # the first file that sets a variable wins, so their order means something
    "startTimeout",
    "stopTimeout",
    "hostname",
    "user",
    "workingDirectory",
    "dnsServers",  # asked in order
    "dnsSearchDomains",
    "dockerSecurityOptions",
    "dockerLabels",
    "firelensConfiguration",
    "credentialSpecs",
    "healthCheck.command",
    "linuxParameters.tmpfs[].mountOptions",
)

_VOLUME_AS_SENT = ("name", "host", "fsxWindowsFileServerVolumeConfiguration")

_ONE_ADDRESS = ("awsvpc", "host")
"""Network modes in which a container's port is the host's port."""


def family(document: Document) -> str:
    """The family of a task definition, stated or described."""
    return str(document.get("family", ""))


def containers(document: Document) -> list[Document]:
    """The container definitions of a task definition, stated or described."""
    return list(document.get("containerDefinitions") or [])


def revision_arn(document: Document | None) -> str | None:
    """The ARN of a described revision; None where there is none."""
    return document["taskDefinitionArn"] if document else None


def roles(document: Document) -> tuple[str, ...]:
    """ARNs of the roles that a task definition names."""
    named = (document.get(field) for field in ("taskRoleArn", "executionRoleArn"))
    return tuple(str(role) for role in named if role and str(role).startswith("arn:"))


def revision_name(arn: str) -> str:
    """`arn:aws:ecs:…:task-definition/web:7` → `web:7`, as people call it."""
    return arn.rpartition("/")[2]


def _units(factor: int, suffix: str) -> Any:
    """AWS takes "0.5 vCPU" or "1 GB" and stores the integer as text."""
    pattern = re.compile(rf"\s*(\d+(?:\.\d+)?)\s*{suffix}\s*", re.IGNORECASE)

    def convert(value: Any) -> Any:
        match = pattern.fullmatch(str(value))
        return str(round(float(match[1]) * factor)) if match else str(value).strip()

    return convert


def _role(value: Any) -> Any:
    """A role may be given by name or ARN and can only be of this account: compare what follows `role/`."""
    match = re.fullmatch(r"arn:[\w-]+:iam::\d+:role/(.+)", str(value))
    return match[1] if match else value


def _network_mode(root: Document, _parent: Document) -> Any:
    """bridge; FARGATE: awsvpc."""
    is_fargate = "FARGATE" in (root.get("requiresCompatibilities") or ())
    return root.get("networkMode") or ("awsvpc" if is_fargate else "bridge")


def _host_port(root: Document, mapping: Document) -> Any:
    """containerPort under awsvpc and host; else 0, a port of the host's choice."""
    if _has_range(root, mapping):
        return ABSENT
    if _network_mode(root, root) in _ONE_ADDRESS:
        return mapping.get("containerPort", ABSENT)
    return 0


def _has_range(_root: Document, mapping: Document) -> bool:
    return mapping.get("containerPortRange") is not None


_CONTAINER = {name: Field() for name in _CONTAINER_AS_SENT} | {
    "cpu": Field(default=0),
    "essential": Field(default=True),
    "versionConsistency": Field(default="enabled"),
    "disableNetworking": Field(default=False),
    "privileged": Field(default=False),
    "readonlyRootFilesystem": Field(default=False),
    "interactive": Field(default=False),
    "pseudoTerminal": Field(default=False),
    "portMappings": Field(order_key=("containerPort", "protocol", "containerPortRange")),
    "portMappings[].protocol": Field(default="tcp"),
    "portMappings[].hostPort": Field(default=_host_port, blank=(0,), read_only=_has_range),
    "environment": Field(order_key=("name",)),
    "secrets": Field(order_key=("name",)),
    "mountPoints": Field(order_key=("containerPath",)),
    "mountPoints[].readOnly": Field(default=False),
    "volumesFrom": Field(order_key=("sourceContainer",)),
    "volumesFrom[].readOnly": Field(default=False),
    "dependsOn": Field(order_key=("containerName",)),
    "ulimits": Field(order_key=("name",)),
    "extraHosts": Field(order_key=("hostname", "ipAddress")),
    "systemControls": Field(order_key=("namespace",)),
    "resourceRequirements": Field(order_key=("type",)),
    "logConfiguration.secretOptions": Field(order_key=("name",)),
    "healthCheck.interval": Field(default=30),
    "healthCheck.timeout": Field(default=5),
    "healthCheck.retries": Field(default=3),
    "healthCheck.startPeriod": Field(default=0),
    "restartPolicy.restartAttemptPeriod": Field(default=300),
    "restartPolicy.ignoredExitCodes": Field(order_key=ITSELF),
    "linuxParameters.initProcessEnabled": Field(default=False),
    "linuxParameters.capabilities.add": Field(order_key=ITSELF),
    "linuxParameters.capabilities.drop": Field(order_key=ITSELF),
    "linuxParameters.devices": Field(order_key=("hostPath", "containerPath")),
    "linuxParameters.devices[].permissions": Field(order_key=ITSELF),
    "linuxParameters.tmpfs": Field(order_key=("containerPath",)),
}

_VOLUME = {name: Field() for name in _VOLUME_AS_SENT} | {
    "configuredAtLaunch": Field(default=False),
    "dockerVolumeConfiguration.autoprovision": Field(default=False),
    "efsVolumeConfiguration.rootDirectory": Field(default="/"),
    "efsVolumeConfiguration.transitEncryption": Field(default="DISABLED"),
    "efsVolumeConfiguration.authorizationConfig.iam": Field(default="DISABLED"),
    "s3filesVolumeConfiguration.rootDirectory": Field(default="/"),
}

TASK_DEFINITION = Table(
    {name: Field(read_only=True) for name in _READ_ONLY}
    | {name: Field() for name in _AS_SENT}
    | {
        "cpu": Field(unit=_units(1024, "vcpu")),
        "memory": Field(unit=_units(1024, "gb")),
        "taskRoleArn": Field(unit=_role),
        "executionRoleArn": Field(unit=_role),
        "networkMode": Field(default=_network_mode),
        "pidMode": Field(blank=("",)),  # a request skeleton leaves these as empty text
        "ipcMode": Field(blank=("",)),
        "enableFaultInjection": Field(default=False),
        "requiresCompatibilities": Field(order_key=ITSELF),
        "placementConstraints": Field(order_key=("type", "expression")),
        "inferenceAccelerators": Field(order_key=("deviceName",)),
        "proxyConfiguration.type": Field(default="APPMESH"),
        "proxyConfiguration.properties": Field(order_key=("name",)),
        "runtimePlatform.cpuArchitecture": Field(default="X86_64"),
        "runtimePlatform.operatingSystemFamily": Field(default="LINUX"),
        "containerDefinitions": Field(order_key=("name",)),
        "volumes": Field(order_key=("name",)),
    }
    | below("containerDefinitions[]", _CONTAINER)
    | below("volumes[]", _VOLUME)
)


def register_request(described: Document) -> dict[str, Any]:
    """What registers the same once more: a described revision less what AWS sets, and its tags."""
    return {
        name: value
        for name, value in described.items()
        if value is not None and not TASK_DEFINITION.row(name).read_only
    }


def surely_differ(one: Document, other: Document) -> bool:
    """A quick no: whoever runs other images is another revision, however it is spelled."""
    return _images(one) != _images(other)


def _images(task_definition: Document) -> set[Any]:
    return {container.get("image") for container in task_definition.get("containerDefinitions") or ()}


def task_role(task_definition: Document | None) -> Any:
    """The role that a task definition's containers act under, or None."""
    return (task_definition or {}).get("taskRoleArn")
