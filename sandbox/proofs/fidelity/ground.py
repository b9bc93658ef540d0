"""A world in which every case has what it names: clusters, definitions, target groups, services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from sandbox.proofs.fidelity.case import FARGATE, Case, Request, app
from sandbox.world.world import World

CLUSTER = "prod"
AT_LAUNCH = {"name": "data", "configuredAtLaunch": True}
NAMED = {"containerPort": 80, "name": "http", "appProtocol": "http"}
DEFINITIONS: tuple[Request, ...] = (
    {"family": "web", **app()},
    {"family": "web-fargate", **app(), **FARGATE},
    {
        "family": "web-efs",
        **app(),
        **FARGATE,
        "volumes": [{"name": "e", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
    },
    {
        "family": "web-ebs",
        **app(mountPoints=[{"sourceVolume": "data", "containerPath": "/d"}]),
        "volumes": [AT_LAUNCH],
    },
    {"family": "web-connect", **app(portMappings=[NAMED])},
    {"family": "web-connect", **app(portMappings=[{**NAMED, "appProtocol": "grpc"}])},
    {"family": "web-connect", **app(portMappings=[NAMED], image="web:2")},
    {"family": "web-old", **app()},
)


class Ground:
    """The world of the cases, and how one is asked of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ecs = world.client("ecs")
        self.names = (f"case-{number}" for number in count(1))
        self.words = {"@" + name: value for name, value in self._prepared()}

    def _prepared(self) -> Iterator[tuple[str, str]]:
        for request in DEFINITIONS:
            self.ecs.register_task_definition(**request)
        self.ecs.deregister_task_definition(taskDefinition="web-old:1")
        for name in (CLUSTER, "mixed", "defaulted", "empty", "idle", "ending"):
            self.ecs.create_cluster(clusterName=name)
        self._capacity()
        yield "subnet", self._subnets()[0]["SubnetId"]
        yield from self._groups()
        yield from self._services()

    def _subnets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world.client("ec2").describe_subnets()["Subnets"]
        return found

    def _capacity(self) -> None:
        ec2, scaling = self.world.client("ec2"), self.world.client("autoscaling")
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        data = {"ImageId": image, "InstanceType": "t3.small"}
        ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData=data)
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="nodes",
            LaunchTemplate={"LaunchTemplateName": "nodes"},
            MinSize=2,
            MaxSize=2,
            AvailabilityZones=["us-east-1a"],
        )
        arn = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]
        self.ecs.create_capacity_provider(
            name="nodes", autoScalingGroupProvider={"autoScalingGroupArn": arn}
        )
        providers = ["nodes", "FARGATE", "FARGATE_SPOT"]
        for cluster, default in (
            ("mixed", []),
            ("defaulted", [{"capacityProvider": "nodes", "weight": 1}]),
        ):
            self.ecs.put_cluster_capacity_providers(
                cluster=cluster, capacityProviders=providers, defaultCapacityProviderStrategy=default
            )

    def _groups(self) -> Iterator[tuple[str, str]]:
        elb, subnets = self.world.client("elbv2"), self._subnets()
        balancer = elb.create_load_balancer(Name="web", Subnets=[item["SubnetId"] for item in subnets[:2]])
        arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
        for number, (name, kind) in enumerate(
            (("instances", "instance"), ("addresses", "ip"), ("lonely", "ip"))
        ):
            made = elb.create_target_group(
                Name=name, Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType=kind
            )
            group = str(made["TargetGroups"][0]["TargetGroupArn"])
            if name != "lonely":
                action = {"Type": "forward", "TargetGroupArn": group}
                elb.create_listener(
                    LoadBalancerArn=arn, Protocol="HTTP", Port=80 + number, DefaultActions=[action]
                )
            yield name, group

    def _services(self) -> Iterator[tuple[str, str]]:
        """Services in each state of their life, by name or by what there is of them."""
        for name, cluster in (
            ("taken", CLUSTER),
            ("settled", CLUSTER),
            ("gone", CLUSTER),
            ("draining", CLUSTER),
            ("ending", "ending"),
        ):
            self.ecs.create_service(cluster=cluster, serviceName=name, taskDefinition="web", desiredCount=1)
        self.ecs.delete_service(cluster=CLUSTER, service="gone", force=True)
        self.world.advance(300)
        for name, cluster in (("draining", CLUSTER), ("ending", "ending")):
            self.ecs.delete_service(cluster=cluster, service=name, force=True)
        for name in ("taken", "gone", "draining"):
            yield name, name
        listed = self.ecs.list_service_deployments(cluster=CLUSTER, service="settled")
        yield "settled", listed["serviceDeployments"][0]["serviceDeploymentArn"]
        yield "task", self.ecs.list_tasks(cluster=CLUSTER, serviceName="settled")["taskArns"][0]

    # Asking

    def ask(self, case: Case, changed: Request) -> tuple[str, str]:
        """The code and message of ECS's refusal; two empty texts when it accepts."""
        try:
            request = self._request(case, changed)
            getattr(self.ecs, xform_name(case.operation))(**request)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        return "", ""

    def said(self, text: str) -> str:
        """A text with the ground's things in place of their names."""
        for name, value in self.words.items():
            text = text.replace(name, value)
        return text

    def _request(self, case: Case, changed: Request) -> dict[str, Any]:
        base = self._good(case)
        request = {name: value for name, value in {**base, **changed}.items() if value is not None}
        return {name: self.filled(value) for name, value in request.items()}

    def _good(self, case: Case) -> Request:
        """A good request of an operation, before a case changes it."""
        match case.operation:
            case "RegisterTaskDefinition":
                return {"family": "case", **app()}
            case "CreateService":
                named = {"cluster": CLUSTER, "serviceName": next(self.names)}
                return {**named, "taskDefinition": "web", "desiredCount": 1}
            case "UpdateService" | "DeleteService" | "ListServiceDeployments":
                return self.service(case)
            case "StopServiceDeployment":
                listed = self.ecs.list_service_deployments(**self.service(case))
                return {"serviceDeploymentArn": listed["serviceDeployments"][0]["serviceDeploymentArn"]}
            case "TagResource":
                made = self.ecs.register_task_definition(family="tagged", **app())
                return {"resourceArn": made["taskDefinition"]["taskDefinitionArn"]}
            case "DescribeServices" | "ListServices" | "DescribeTasks" | "StopTask":
                return {"cluster": CLUSTER}
            case _:
                return {}

    def filled(self, value: Any) -> Any:
        """A request with the ground's things in place of their names."""
        if isinstance(value, str):
            return self.said(value) if "@" in value else value
        if isinstance(value, Mapping):
            return {name: self.filled(item) for name, item in value.items()}
        return [self.filled(item) for item in value] if isinstance(value, list) else value

    def service(self, case: Case) -> dict[str, Any]:
        """A service made as the case wishes, and gone where it shall be gone."""
        request = self._request(Case(case.rule, "CreateService", {}, ""), case.given)
        made = self.ecs.create_service(**request)["service"]
        named = {"cluster": made["clusterArn"], "service": made["serviceName"]}
        if case.deleted:
            self.ecs.delete_service(**named, force=True)
        return named
