"""AWS's rules between fields that no model says, each with its id and its source. Pure.

Where botocore's model says that a value is wrong, no rule that looks at it says anything. A rule that
AWS does not enforce by refusing, or only in some cases that a manifest does not show, or that is not
confirmed to be enforced, is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.capacity_rules import CAPACITY_RULES
from ecs_gitops.resources.deployment_rules import DEPLOYMENT_RULES
from ecs_gitops.resources.finding import Finding, Path, few
from ecs_gitops.resources.rule import SERVICE, TASK, Rule, Sections, length, listed
from ecs_gitops.resources.sound import UnsoundError
from ecs_gitops.resources.tags import OUR_PREFIX
from ecs_gitops.resources.task_rules import TASK_RULES
from ecs_gitops.resources.traffic_rules import TRAFFIC_RULES

_METRICS: Final = ("CPUUtilization", "MemoryUtilization")
_RESOLUTIONS: Final = (20, 60)
_MOST_THROUGHPUT = 1000
_VOLUMES: Final = (SERVICE, "volumeConfigurations")
_AWS_PREFIX = "aws:"
_MOST_BYTES = 32_768
_FLEETS = 64


def check_rules(task_definition: Document | None, service: Document | None) -> list[Finding]:
    """What AWS's rules say against a manifest's sections; paths begin with the section's name.

    Of a great many the first alone.
    """
    sections = Sections(task_definition or {}, service or {})
    try:
        asked = _asked(sections.stated)
        return list(few(replace(found, rule=rule.id) for rule in asked for found in rule.check(sections)))
    except UnsoundError:
        found = (replace(each, rule=rule.id) for rule in RULES for each in _until_unsound(rule, sections))
        return list(few(found))


@lru_cache(maxsize=_FLEETS)
def _asked(stated: frozenset[str]) -> tuple[Rule, ...]:
    """The rules that what is stated concerns; the services of a fleet state mostly the same fields."""
    return tuple(rule for rule in RULES if rule.concerns(stated))


def _until_unsound(rule: Rule, sections: Sections) -> Iterator[Finding]:
    """What a rule finds until it meets a value that is known to be wrong."""
    with suppress(UnsoundError):
        yield from rule.check(sections)


def _daemon_count(sections: Sections) -> Iterator[Finding]:
    if sections.is_daemon and sections.service.get("desiredCount") is not None:
        yield Finding((SERVICE, "desiredCount"), "does not go with DAEMON, which runs one task a host")


def _count(sections: Sections) -> Iterator[Finding]:
    count = sections.service.get("desiredCount")
    if count is not None and count < 0:
        yield Finding((SERVICE, "desiredCount"), f"is {count}", expected="at least 0")


def _daemon_fargate(sections: Sections) -> Iterator[Finding]:
    if sections.is_daemon and sections.is_fargate:
        yield Finding((SERVICE, "schedulingStrategy"), "does not work on Fargate", expected="REPLICA")


def _daemon_volumes(sections: Sections) -> Iterator[Finding]:
    if sections.is_daemon and sections.service.get("volumeConfigurations"):
        yield Finding(_VOLUMES, "does not go with DAEMON", expected="nothing", warning=True)


def _rebalancing(sections: Sections) -> Iterator[Finding]:
    if sections.service.get("availabilityZoneRebalancing") != "ENABLED":
        return
    balancers = sections.service.get("loadBalancers") or ()
    reasons = {
        "DAEMON": sections.is_daemon,
        "a maximumPercent of 100 or less": sections.configuration.get("maximumPercent", 200) <= 100,
        "a Classic Load Balancer": any(each.get("loadBalancerName") for each in balancers),
    }
    for reason, stands in reasons.items():
        if stands:
            path = (SERVICE, "availabilityZoneRebalancing")
            yield Finding(path, f"does not go with {reason}", expected="DISABLED")


def _volumes(sections: Sections) -> list[Document]:
    return list(sections.service.get("volumeConfigurations") or ())


def _one_volume(sections: Sections) -> Iterator[Finding]:
    if len(_volumes(sections)) > 1:
        yield Finding(_VOLUMES, f"holds {len(_volumes(sections))}", expected="at most 1", warning=True)


def _volume_named(sections: Sections) -> Iterator[Finding]:
    volumes = sections.task_definition.get("volumes") or ()
    known = {each.get("name") for each in volumes if each.get("configuredAtLaunch")}
    for index, each in enumerate(_volumes(sections) if sections.task_definition else ()):
        if each.get("name") not in known:
            message = f"names {each.get('name')!r}, which is no volume that is configuredAtLaunch"
            yield Finding((*_VOLUMES, index, "name"), message, expected=listed(known))


def _volume_sized(sections: Sections) -> Iterator[Finding]:
    for index, each in enumerate(_volumes(sections)):
        managed: Any = each.get("managedEBSVolume") or {}
        path = (*_VOLUMES, index, "managedEBSVolume")
        throughput = managed.get("throughput") or 0
        if managed and not managed.get("sizeInGiB") and not managed.get("snapshotId"):
            yield Finding(path, "says no size", expected="sizeInGiB or snapshotId", warning=True)
        if throughput > _MOST_THROUGHPUT:
            expected = f"at most {_MOST_THROUGHPUT}"
            yield Finding((*path, "throughput"), f"is {throughput}", expected=expected, warning=True)
        if throughput and managed.get("volumeType", "gp3") != "gp3":
            yield Finding((*path, "throughput"), "is of gp3 alone", expected="nothing", warning=True)


def _monitoring(sections: Sections) -> Iterator[Finding]:
    configurations = (sections.service.get("monitoring") or {}).get("metricConfigurations") or ()
    for index, each in enumerate(configurations):
        path = (SERVICE, "monitoring", "metricConfigurations", index)
        if unknown := set(each.get("metricNames") or ()) - set(_METRICS):
            message = f"{listed(unknown)} is not known"
            yield Finding((*path, "metricNames"), message, expected=listed(_METRICS), warning=True)
        if each.get("resolutionSeconds", 60) not in _RESOLUTIONS:
            message = f"is {each['resolutionSeconds']}"
            yield Finding((*path, "resolutionSeconds"), message, expected="20 or 60", warning=True)


def _tags(sections: Sections) -> Iterator[tuple[Path, str]]:
    """Each tag's place and key; "" where it has none."""
    for name, document in ((TASK, sections.task_definition), (SERVICE, sections.service)):
        for index, tag in enumerate(document.get("tags") or ()):
            yield (name, "tags", index), tag.get("key") or ""


def _tag_keys(sections: Sections) -> Iterator[Finding]:
    for path, key in _tags(sections):
        if not key:
            yield Finding(path, "lacks key", expected="key")


def _our_tags(sections: Sections) -> Iterator[Finding]:
    for path, key in _tags(sections):
        if key.startswith(OUR_PREFIX):
            message = f"{key!r} is for ecs-gitops to set, and left out"
            yield Finding((*path, "key"), message, expected="another prefix", warning=True)


def _service_size(sections: Sections) -> Iterator[Finding]:
    """The task definition is bounded by AWS; together they must fit in a record several times."""
    size = length(sections.service)
    if size > _MOST_BYTES:
        yield Finding((SERVICE,), f"is {size:,} bytes long", expected=f"at most {_MOST_BYTES:,}")


def _reserved_tags(sections: Sections) -> Iterator[Finding]:
    for path, key in _tags(sections):
        if key.lower().startswith(_AWS_PREFIX):
            message = f"{key!r} is AWS's own"
            yield Finding((*path, "key"), message, expected="another prefix", warning=True)


_CREATE = "CreateService"
RULES: Final = (
    *TASK_RULES,
    *CAPACITY_RULES,
    *DEPLOYMENT_RULES,
    *TRAFFIC_RULES,
    Rule(
        "ecs-daemon-desired-count",
        f"{_CREATE} schedulingStrategy",
        _daemon_count,
        ("service.desiredCount",),
    ),
    Rule(
        "ecs-daemon-fargate",
        f"{_CREATE} schedulingStrategy",
        _daemon_fargate,
        ("service.schedulingStrategy",),
    ),
    Rule(
        "ecs-daemon-volumes",
        f"{_CREATE} schedulingStrategy",
        _daemon_volumes,
        ("service.volumeConfigurations",),
    ),
    Rule(
        "ecs-rebalancing",
        f"{_CREATE} availabilityZoneRebalancing",
        _rebalancing,
        ("service.availabilityZoneRebalancing",),
    ),
    Rule(
        "ecs-volume-one", f"{_CREATE} volumeConfigurations", _one_volume, ("service.volumeConfigurations",)
    ),
    Rule(
        "ecs-volume-name",
        f"{_CREATE} volumeConfigurations",
        _volume_named,
        ("service.volumeConfigurations",),
    ),
    Rule(
        "ecs-volume-size",
        "ServiceManagedEBSVolumeConfiguration",
        _volume_sized,
        ("service.volumeConfigurations",),
    ),
    Rule("ecs-monitoring", f"{_CREATE} monitoring", _monitoring, ("service.monitoring",)),
    Rule(
        "ecs-tags-reserved",
        "Tagging your Amazon ECS resources",
        _reserved_tags,
        ("taskDefinition.tags", "service.tags"),
    ),
    Rule(
        "tag-key",
        "Tag",
        _tag_keys,
        ("taskDefinition.tags", "service.tags"),
    ),
    Rule(
        "our-tags",
        "this version of ecs-gitops",
        _our_tags,
        ("taskDefinition.tags", "service.tags"),
    ),
    Rule("service-count", f"{_CREATE} desiredCount", _count, ("service.desiredCount",)),
    Rule("service-size", "this version of ecs-gitops", _service_size),
)
"""Every rule, those of the task definition first."""
