"""How each resource that moto's CloudFormation leaves behind is taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends

WITH_ITS_PARENT = (
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
)


def _route_table(ec2: Any, name: str) -> None:
    table = ec2.get_route_table(name)
    for association in list(table._associations):
        ec2.disassociate_route_table(association)
    ec2.delete_route_table(name)


def _internet_gateway(ec2: Any, name: str) -> None:
    gateway = ec2.get_internet_gateway(name)
    if gateway.vpc:
        ec2.detach_internet_gateway(name, gateway.vpc.id)
    ec2.delete_internet_gateway(name)


def _launch_template(ec2: Any, name: str) -> None:
    template = ec2.launch_templates[name]
    ec2.delete_launch_template(template.name, None)


def _listener(elb: Any, name: str) -> None:
    if any(name in balancer.listeners for balancer in elb.load_balancers.values()):
        elb.delete_listener(name)  # otherwise it went with its balancer


EC2: dict[str, Callable[[Any, str], Any]] = {
    "AWS::EC2::InternetGateway": _internet_gateway,
    "AWS::EC2::LaunchTemplate": _launch_template,
    "AWS::EC2::RouteTable": _route_table,
    "AWS::EC2::SecurityGroup": lambda ec2, name: ec2.delete_security_group(group_id=name),
    "AWS::EC2::Subnet": lambda ec2, name: ec2.delete_subnet(name),
    "AWS::EC2::VPC": lambda ec2, name: ec2.delete_vpc(name),
}
ELB: dict[str, Callable[[Any, str], Any]] = {
    "AWS::ElasticLoadBalancingV2::Listener": _listener,
    "AWS::ElasticLoadBalancingV2::ListenerRule": lambda elb, name: elb.delete_rule(name),
    "AWS::ElasticLoadBalancingV2::TargetGroup": lambda elb, name: elb.delete_target_group(name),
}


def remove(name: str, kind: str, made_by: Any, stated: Any, place: tuple[str, str]) -> None:
    """Take a resource away by its physical name. Raises ValidationError when nobody knows how."""
    account_id, region_name = place
    own = made_by.delete_from_cloudformation_json
    if kind in WITH_ITS_PARENT:
        return
    if kind in EC2:
        EC2[kind](ec2_backends[account_id][region_name], name)
    elif kind in ELB:
        ELB[kind](elbv2_backends[account_id][region_name], name)
    elif kind == "AWS::IAM::ManagedPolicy":
        iam_backends[account_id]["aws"].delete_policy(name)
    elif hasattr(own, "__isabstractmethod__"):
        raise ValidationError(message=f"the sandbox does not know how to delete {kind} {name}")
    else:
        own(name, stated, account_id, region_name)
