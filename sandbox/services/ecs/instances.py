"""The container instances of a cluster: those of its capacity providers' groups, and joined ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.ecs.models import Cluster, ecs_backends

from sandbox.services.ecs import identities
from sandbox.services.ecs.state import Instance

SIZES: Mapping[str, tuple[int, int]] = {
    "t3.micro": (2048, 904),
    "t3.small": (2048, 1888),
    "t3.medium": (2048, 3820),
    "t3.large": (2048, 7820),
    "m5.large": (2048, 7680),
    "m5.xlarge": (4096, 15360),
}
"""Instance type → cpu units and MiB that its agent registers (what the system keeps is taken off)."""
ALWAYS = (("ecs.os-type", "linux"), ("ecs.cpu-architecture", "x86_64"))
"""Attributes that every instance has here."""
UNKNOWN_SIZE = (2048, 3820)
SPARE = 2


def container_instances(account: str, region: str, cluster_name: str) -> tuple[Instance, ...]:
    """The instances that a cluster can place EC2 tasks on."""
    cluster = ecs_backends[account][region].clusters.get(cluster_name)
    if cluster is None:
        return ()
    joined = dict.fromkeys(_joined(account, region, cluster_name), "")
    ids = {**joined, **dict(_of_groups(account, region, cluster))}
    return tuple(
        _instance(account, region, cluster_name, ec2_id, provider) for ec2_id, provider in ids.items()
    )


CHANGES = (
    "create_auto_scaling_group",
    "update_auto_scaling_group",
    "set_desired_capacity",
    "terminate_instance",
    "delete_auto_scaling_group",
    "attach_instances",
    "detach_instances",
)
"""What moto's Auto Scaling does that may change which instances there are."""


def extension(changed: Callable[[], None]) -> type[AutoScalingBackend]:
    """moto's Auto Scaling, telling when instances may have come or gone."""

    def telling(name: str) -> Callable[..., Any]:
        def call(self: AutoScalingBackend, *args: Any, **more: Any) -> Any:
            answer = getattr(super(made, self), name)(*args, **more)
            changed()
            return answer

        return call

    # moto finds a backend's addresses by the module that it says it is of.
    members = {"__module__": AutoScalingBackend.__module__, **{name: telling(name) for name in CHANGES}}
    made = type("SandboxAutoScaling", (AutoScalingBackend,), members)
    return made


def spare_instances(account: str, region: str, cluster_name: str) -> tuple[Instance, ...]:
    """Instances for a cluster that was given none: a bare `create_cluster` shall be able to run tasks."""
    return tuple(
        Instance(
            arn=_arn(account, region, cluster_name, f"spare-{number}"),
            ec2_id=f"i-{identities.hexadecimal(f'{cluster_name}|{number}')[:17]}",
            cpu=16384,
            memory=65536,
            ip=f"10.0.255.{number + 4}",
            zone=f"{region}{'ab'[number % 2]}",
            attributes=(*ALWAYS, ("ecs.availability-zone", f"{region}{'ab'[number % 2]}")),
        )
        for number in range(SPARE)
    )


def _of_groups(account: str, region: str, cluster: Cluster) -> Iterator[tuple[str, str]]:
    """(EC2 id, capacity provider) of the instances in the groups behind a cluster's capacity providers."""
    if not cluster.capacity_providers:
        return
    providers = ecs_backends[account][region].capacity_providers
    groups = autoscaling_backends[account][region].autoscaling_groups
    for name in cluster.capacity_providers:
        provider = providers.get(name.rsplit("/", 1)[-1])
        arn = (provider.auto_scaling_group_provider or {}).get("autoScalingGroupArn") if provider else None
        group = groups.get((arn or "").rsplit("/", 1)[-1])
        for state in group.instance_states if group else ():
            yield state.instance.id, name.rsplit("/", 1)[-1]


def _joined(account: str, region: str, cluster_name: str) -> Iterator[str]:
    """EC2 ids of the instances that were registered by hand."""
    registered = ecs_backends[account][region].container_instances.get(cluster_name, {})
    yield from (item.ec2_instance_id for item in registered.values() if item.status == "ACTIVE")


def _instance(account: str, region: str, cluster_name: str, ec2_id: str, provider: str) -> Instance:
    machine = ec2_backends[account][region].get_instance(ec2_id)
    cpu, memory = SIZES.get(machine.instance_type, UNKNOWN_SIZE)
    return Instance(
        arn=_arn(account, region, cluster_name, ec2_id),
        ec2_id=ec2_id,
        cpu=cpu,
        memory=memory,
        ip=machine.private_ip,
        zone=machine.placement,
        provider=provider,
        attributes=(
            *ALWAYS,
            ("ecs.availability-zone", machine.placement),
            ("ecs.instance-type", machine.instance_type),
        ),
    )


def _arn(account: str, region: str, cluster_name: str, seed: str) -> str:
    last = identities.hexadecimal(seed)
    return f"arn:aws:ecs:{region}:{account}:container-instance/{cluster_name}/{last}"
