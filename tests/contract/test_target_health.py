"""Target health as ELBv2's API tells it, for targets that a client registers."""

from __future__ import annotations

from typing import Any

from sandbox.services.elb.api import backend_of
from sandbox.services.elb.routing import routing
from sandbox.world.world import World


class Site:
    """A VPC, a load balancer with one listener, and a target group behind it."""

    def __init__(self, world: World) -> None:
        self.elb = world.client("elbv2")
        ec2 = world.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}"
            )
            for n, zone in enumerate("ab")
        ]
        ids = [subnet["Subnet"]["SubnetId"] for subnet in subnets]
        made = self.elb.create_load_balancer(Name="site", Subnets=ids)
        self.group = self.a_group("blue")
        self.listener = self.elb.create_listener(
            LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.group}],
        )["Listeners"][0]["ListenerArn"]

    def a_group(self, name: str) -> str:
        """A target group of addresses; its ARN."""
        made = self.elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=80,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckIntervalSeconds=10,
        )
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def health(self, group: str, **more: Any) -> list[dict[str, Any]]:
        """DescribeTargetHealth."""
        answer = self.elb.describe_target_health(TargetGroupArn=group, **more)
        return list(answer["TargetHealthDescriptions"])


def test_a_target_with_nothing_behind_it_goes_from_initial_to_unhealthy_to_draining_to_unknown() -> None:
    with World.inline() as world:
        site = Site(world)
        target = {"Id": "10.0.0.4", "Port": 8080}
        attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}
        site.elb.modify_target_group_attributes(TargetGroupArn=site.group, Attributes=[attribute])
        site.elb.register_targets(TargetGroupArn=site.group, Targets=[target])
        seen = [site.health(site.group)]
        world.advance(20)
        seen.append(site.health(site.group))
        site.elb.deregister_targets(TargetGroupArn=site.group, Targets=[target])
        seen.append(site.health(site.group))
        world.advance(30)
        assert site.health(site.group) == []
        seen.append(site.health(site.group, Targets=[target]))
    assert seen == [
        [{"Target": target, "HealthCheckPort": "8080", "TargetHealth": health}]
        for health in (
            {
                "State": "initial",
                "Reason": "Elb.RegistrationInProgress",
                "Description": "Target registration is in progress",
            },
            {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"},
            {
                "State": "draining",
                "Reason": "Target.DeregistrationInProgress",
                "Description": "Target deregistration is in progress",
            },
            {
                "State": "unused",
                "Reason": "Target.NotRegistered",
                "Description": "Target is not registered to the target group",
            },
        )
    ]


def test_a_target_of_a_group_that_no_listener_uses_is_unused() -> None:
    with World.inline() as world:
        site = Site(world)
        green = site.a_group("green")
        site.elb.register_targets(TargetGroupArn=green, Targets=[{"Id": "10.0.0.4"}])
        world.advance(60)
        [description] = site.health(green)
    assert description["TargetHealth"]["Reason"] == "Target.NotInUse"
    assert description["Target"] == {"Id": "10.0.0.4", "Port": 80}, "the group's port, where none is named"


def test_deregistering_what_is_not_registered_is_no_error() -> None:
    with World.inline() as world:
        site = Site(world)
        site.elb.deregister_targets(TargetGroupArn=site.group, Targets=[{"Id": "10.0.0.9"}])
        assert site.health(site.group) == []


def test_the_balancer_is_told_rules_in_the_order_of_their_priority() -> None:
    with World.inline() as world:
        site = Site(world)
        green = site.a_group("green")
        weighted = {
            "TargetGroups": [{"TargetGroupArn": site.group, "Weight": 9}, {"TargetGroupArn": green}]
        }
        site.elb.create_rule(
            ListenerArn=site.listener,
            Priority=20,
            Conditions=[{"Field": "path-pattern", "Values": ["/a*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": weighted}],
        )
        fixed = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such site"}
        site.elb.create_rule(
            ListenerArn=site.listener,
            Priority=10,
            Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": ["Shop.example.com"]}}],
            Actions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
        )
        told = routing(backend_of(site.listener), world.targets.registered(), {80: 8080})
    assert told["listeners"] == [
        {
            "arn": site.listener,
            "port": 8080,
            "rules": [
                {
                    "hosts": ["shop.example.com"],
                    "paths": [],
                    "action": {"fixed": [404, "text/plain", "no such site"]},
                },
                {
                    "hosts": [],
                    "paths": ["/a*"],
                    "action": {"forward": [[site.group, 9], [green, 1]]},
                },
            ],
            "default": {"forward": [[site.group, 1]]},
        }
    ]
