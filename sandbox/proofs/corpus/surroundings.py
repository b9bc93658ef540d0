"""What a service of another account needs to be here: target groups, capacity, a task definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.world.world import World

Request = Mapping[str, Any]
FARGATE = frozenset({"FARGATE", "FARGATE_SPOT"})


class Surroundings:
    """Makes target groups behind one load balancer, and capacity of a cluster, each once."""

    def __init__(self, world: World, cluster: str) -> None:
        self._ecs = world.client("ecs")
        self._cluster = cluster
        self._providers: set[str] = set()
        self._elb = world.client("elbv2")
        ec2 = world.client("ec2")
        self._vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=self._vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
            for number, zone in enumerate(("us-east-1a", "us-east-1b"))
        ]
        balancer = self._elb.create_load_balancer(
            Name="corpus", Subnets=[each["Subnet"]["SubnetId"] for each in subnets]
        )
        self._balancer = balancer["LoadBalancers"][0]["LoadBalancerArn"]
        self._groups: dict[tuple[str, str], str] = {}

    def reachable(self, request: Request) -> dict[str, Any]:
        """The request with target groups that exist; all else as it was. Its capacity is made to be."""
        self._associate(
            {each["capacityProvider"] for each in request.get("capacityProviderStrategy") or ()}
        )
        if not request.get("loadBalancers"):
            return dict(request)
        kind = "ip" if request.get("networkConfiguration") else "instance"
        balancers = [
            {**each, "targetGroupArn": self._group(each["targetGroupArn"], kind)}
            if "targetGroupArn" in each
            else each
            for each in request["loadBalancers"]
        ]
        return {**request, "loadBalancers": balancers}

    def _associate(self, names: set[str]) -> None:
        new = names - self._providers
        if not new:
            return
        for name in sorted(new - FARGATE):
            group = {
                "autoScalingGroupArn": f"arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:{name}"
            }
            self._ecs.create_capacity_provider(name=name, autoScalingGroupProvider=group)
        self._providers |= new
        self._ecs.put_cluster_capacity_providers(
            cluster=self._cluster,
            capacityProviders=sorted(self._providers),
            defaultCapacityProviderStrategy=[],
        )

    def _group(self, arn: str, kind: str) -> str:
        if (arn, kind) not in self._groups:
            number = len(self._groups) + 1
            made = self._elb.create_target_group(
                Name=f"corpus-{number}", Protocol="HTTP", Port=80, VpcId=self._vpc, TargetType=kind
            )
            group: str = made["TargetGroups"][0]["TargetGroupArn"]
            self._elb.create_listener(
                LoadBalancerArn=self._balancer,
                Protocol="HTTP",
                Port=1000 + number,
                DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
            )
            self._groups[arn, kind] = group
        return self._groups[arn, kind]

    def task_definition(self, family: str, request: Request) -> dict[str, Any]:
        """A task definition that can run as this service: its containers, ports and volumes."""
        ports: dict[str, list[dict[str, Any]]] = {}
        for each in request.get("loadBalancers") or ():
            ports.setdefault(each.get("containerName", "main"), []).append(
                {"containerPort": each.get("containerPort", 80)}
            )
        named = [
            {"containerPort": 40000 + index, "name": each["portName"]}
            for index, each in enumerate(_connected(request))
        ]
        containers: list[dict[str, Any]] = [
            {"name": name, "image": "busybox:1", "memory": 128, "portMappings": mappings}
            for name, mappings in (ports or {"main": []}).items()
        ]
        containers[0]["portMappings"] = [*containers[0]["portMappings"], *named]
        volumes = [each["name"] for each in request.get("volumeConfigurations") or ()]
        return {
            "family": family,
            "containerDefinitions": containers,
            "cpu": "256",
            "memory": "512",
            "volumes": [{"name": name, "configuredAtLaunch": True} for name in volumes],
            **({"networkMode": "awsvpc"} if request.get("networkConfiguration") else {}),
            **({"requiresCompatibilities": ["FARGATE"]} if _on_fargate(request) else {}),
        }


def _connected(request: Request) -> list[Request]:
    return list((request.get("serviceConnectConfiguration") or {}).get("services") or ())


def _on_fargate(request: Request) -> bool:
    strategy = request.get("capacityProviderStrategy") or ()
    providers = [str(each.get("capacityProvider", "")) for each in strategy]
    return request.get("launchType") == "FARGATE" or any(name.startswith("FARGATE") for name in providers)
