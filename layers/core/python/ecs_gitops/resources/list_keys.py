"""By which members the items of AWS's lists are told apart when manifests are merged. Pure.

Published: lists that are not named here are replaced whole. `protocol=tcp` means that an item which
leaves `protocol` out has `tcp`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ecs_gitops.model.desired import Document

_CONTAINER = "taskDefinition.containerDefinitions[]"

LIST_KEYS: Mapping[str, tuple[str, ...]] = {
    "taskDefinition.containerDefinitions": ("name",),
    "taskDefinition.volumes": ("name",),
    "taskDefinition.tags": ("key",),
    "taskDefinition.inferenceAccelerators": ("deviceName",),
    "taskDefinition.proxyConfiguration.properties": ("name",),
    f"{_CONTAINER}.environment": ("name",),
    f"{_CONTAINER}.secrets": ("name",),
    f"{_CONTAINER}.portMappings": ("containerPort=", "containerPortRange=", "protocol=tcp"),
    f"{_CONTAINER}.mountPoints": ("containerPath",),
    f"{_CONTAINER}.volumesFrom": ("sourceContainer",),
    f"{_CONTAINER}.dependsOn": ("containerName",),
    f"{_CONTAINER}.ulimits": ("name",),
    f"{_CONTAINER}.systemControls": ("namespace",),
    f"{_CONTAINER}.resourceRequirements": ("type",),
    f"{_CONTAINER}.extraHosts": ("hostname",),
    f"{_CONTAINER}.logConfiguration.secretOptions": ("name",),
    f"{_CONTAINER}.linuxParameters.devices": ("hostPath",),
    f"{_CONTAINER}.linuxParameters.tmpfs": ("containerPath",),
    "service.loadBalancers": ("containerName", "containerPort"),
    "service.capacityProviderStrategy": ("capacityProvider",),
    "service.tags": ("key",),
    "service.volumeConfigurations": ("name",),
    "service.serviceConnectConfiguration.services": ("portName",),
    "service.serviceConnectConfiguration.logConfiguration.secretOptions": ("name",),
}


def identity(pattern: str, item: Document) -> tuple[str, ...] | None:
    """What tells `item` of the list at `pattern` from its neighbours; None where nothing does."""
    members: list[str] = []
    for member in LIST_KEYS.get(pattern, ()):
        name, has_default, default = member.partition("=")
        value = item.get(name, default if has_default else None)
        if value is None:
            return None
        members.append(str(value))
    return tuple(members) or None
