"""What is refused of a service about volumes, Service Connect, gateways and monitoring. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.refusals.refusal import (
    API,
    BOTH,
    GUIDE,
    INVALID,
    RECORDED,
    UPDATE,
    Asked,
    Refusal,
    first,
    say_if,
)

METRICS = ("CPUUtilization", "MemoryUtilization")
RESOLUTIONS = (20, 60)
MOST_THROUGHPUT = 1000


def _volumes(asked: Asked) -> list[Document]:
    return list(asked.request.get("volumeConfigurations") or ())


def _one_volume(asked: Asked) -> str | None:
    return say_if(len(_volumes(asked)) > 1, "volumeConfigurations can have at most 1 items.")


def _volume_named(asked: Asked) -> str | None:
    at_launch = {
        item["name"] for item in asked.definition.get("volumes") or () if item.get("configuredAtLaunch")
    }
    if _volumes(asked) and not at_launch:
        words = "Volume configuration provided but no matching configuredAtLaunch volume found"
        return f"{words} in task definition."
    return first(
        f"The volume name '{item['name']}' in your request does not have a matching volume"
        " in your Task Definition that is configurable at launch."
        for item in _volumes(asked)
        if item["name"] not in at_launch
    )


def _volume_sized(asked: Asked) -> str | None:
    invalid = "ECS managed EBS volume configuration was invalid"
    for item in _volumes(asked):
        managed = item.get("managedEBSVolume") or {}
        if managed and not managed.get("sizeInGiB") and not managed.get("snapshotId"):
            return f"{invalid} (MissingParameter)."
        if (managed.get("throughput") or 0) > MOST_THROUGHPUT:
            return f"{invalid} (InvalidParameterValue)."
        if managed.get("throughput") and managed.get("volumeType", "gp3") != "gp3":
            return f"{invalid} (InvalidParameterCombination)."
    return None


def _connect(asked: Asked) -> Document:
    connect: Document = asked.fields().get("serviceConnectConfiguration") or {}
    return connect if connect.get("enabled") else {}


def _ports(definition: Document) -> Iterator[tuple[str, Document]]:
    for container in definition.get("containerDefinitions") or ():
        for mapping in container.get("portMappings") or ():
            if mapping.get("name"):
                yield mapping["name"], mapping


def _namespace(asked: Asked) -> str | None:
    return say_if(_connect(asked) and not _connect(asked).get("namespace"), "Namespace is missing")


def _port_named(asked: Asked) -> str | None:
    known = dict(_ports(asked.definition))
    return first(
        f"portName({item['portName']}) does not refer to any named PortMapping"
        " in the container definitions."
        for item in _connect(asked).get("services") or ()
        if item["portName"] not in known
    )


def _one_alias(asked: Asked) -> str | None:
    return first(
        f"{len(item['clientAliases'])} clientAliases exceeds the max limit of 1"
        for item in _connect(asked).get("services") or ()
        if len(item.get("clientAliases") or ()) > 1
    )


def _port_kept(asked: Asked) -> str | None:
    """The protocol and appProtocol of a port that Service Connect knows by name never change."""
    before, after = dict(_ports(asked.before())), dict(_ports(asked.definition))
    connected = {item["portName"] for item in _connect(asked).get("services") or ()}
    return first(
        f"The {member} of the Service Connect port {name} cannot be changed."
        for name in sorted(connected & before.keys() & after.keys())
        for member in ("protocol", "appProtocol")
        if before[name].get(member) != after[name].get(member)
    )


def _gateways(asked: Asked) -> str | None:
    many = len(asked.request.get("gatewayConnectors") or ()) > 1
    return say_if(many, "You can specify at most one gateway connector.")


def _monitoring(asked: Asked) -> str | None:
    for item in (asked.request.get("monitoring") or {}).get("metricConfigurations") or ():
        if set(item.get("metricNames") or ()) - set(METRICS):
            return f"metricNames should be one of [{','.join(METRICS)}]"
        if item.get("resolutionSeconds", 60) not in RESOLUTIONS:
            return "resolutionSeconds should be one of [20,60]"
    return None


FEATURE_REFUSALS: tuple[Refusal, ...] = (
    Refusal("ecs-volume-one", BOTH, INVALID, GUIDE, _one_volume, confirmed=False),
    Refusal("ecs-volume-name", BOTH, INVALID, RECORDED, _volume_named),
    Refusal("ecs-volume-size", BOTH, INVALID, API, _volume_sized, confirmed=False),
    Refusal("ecs-connect-namespace", BOTH, INVALID, RECORDED, _namespace),
    Refusal("ecs-connect-alias", BOTH, INVALID, RECORDED, _one_alias),
    Refusal("ecs-connect-port-name", BOTH, INVALID, RECORDED, _port_named),
    Refusal("ecs-connect-port-kept", (UPDATE,), INVALID, GUIDE, _port_kept, confirmed=False),
    Refusal("ecs-gateway-one", BOTH, INVALID, API, _gateways, confirmed=False),
    Refusal("ecs-monitoring", BOTH, INVALID, API, _monitoring, confirmed=False),
)
"""The rules of a service's features, in the order in which they are asked."""
