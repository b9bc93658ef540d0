"""platform/*.yaml: what manifests refer to, and that the sandbox makes of them what AWS would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.stack.reading import read
from sandbox.world.world import World

PLATFORM = Path(__file__).parents[2] / "platform"
NETWORK_OUTPUTS = {
    *(
        "ClusterName",
        "CapacityProvider",
        "VpcId",
        "PublicSubnets",
        "ServiceSecurityGroup",
        "LoadBalancerArn",
    ),
    *("LoadBalancerDnsName", "ListenerArn", "TaskExecutionRoleArn", "InstanceRoleArn"),
}
SERVICE_OUTPUTS = {"RepositoryUri", "BlueTargetGroup", "GreenTargetGroup", "ListenerRule", "LogGroup"}


def deploy(world: World, **more: str) -> tuple[dict[str, str], dict[str, str]]:
    """The platform and one service on it; both stacks' outputs."""
    network = world.deploy(PLATFORM / "network.yaml", "platform", {})
    given = {"VpcId": network["VpcId"], "ListenerArn": network["ListenerArn"], **more}
    return network, world.deploy(PLATFORM / "service.yaml", more.get("ServiceName", "nginx"), given)


def test_the_outputs_have_the_names_that_manifests_refer_to():
    with World.inline() as world:
        network, service = deploy(world)
    assert set(network) == NETWORK_OUTPUTS
    assert set(service) == SERVICE_OUTPUTS
    assert len(network["PublicSubnets"].split(",")) == 2
    assert service["RepositoryUri"] == "123456789012.dkr.ecr.us-east-1.amazonaws.com/ecs-handson/nginx"
    assert (network["ClusterName"], service["LogGroup"]) == ("handson", "/ecs/nginx")


def test_the_listener_answers_404_until_a_service_adds_its_rule():
    with World.inline() as world:
        network, service = deploy(world)
        rules = world.client("elbv2").describe_rules(ListenerArn=network["ListenerArn"])["Rules"]
    by_priority = {rule["Priority"]: rule for rule in rules}
    assert set(by_priority) == {"100", "default"}
    default = by_priority["default"]["Actions"][0]
    assert (default["Type"], default["FixedResponseConfig"]["StatusCode"]) == ("fixed-response", "404")
    groups = by_priority["100"]["Actions"][0]["ForwardConfig"]["TargetGroups"]
    assert [(group["TargetGroupArn"], int(group["Weight"])) for group in groups] == [
        (service["BlueTargetGroup"], 1),
        (service["GreenTargetGroup"], 0),
    ]
    assert conditions(by_priority["100"]) == [("path-pattern", ["/*"])]


def conditions(rule: dict[str, Any]) -> list[tuple[str, list[str]]]:
    names = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}
    return [(one["Field"], one[names[one["Field"]]]["Values"]) for one in rule["Conditions"]]


def test_services_share_a_listener_by_host_path_and_priority():
    with World.inline() as world:
        network, _ = deploy(world)
        second = {
            "VpcId": network["VpcId"],
            "ListenerArn": network["ListenerArn"],
            "ServiceName": "shop",
            "RepositoryName": "ecs-handson/shop",
            "SidecarRepositoryName": "ecs-handson/shop-cache",
            "Priority": "10",
            "HostHeader": "shop.example.com,*.shop.example.com",
            "PathPattern": "/shop,/shop/*",
        }
        outputs = world.deploy(PLATFORM / "service.yaml", "shop", second)
        found = world.client("elbv2").describe_rules(RuleArns=[outputs["ListenerRule"]])["Rules"][0]
    assert set(outputs) == SERVICE_OUTPUTS | {"SidecarRepositoryUri"}
    assert found["Priority"] == "10"
    assert conditions(found) == [
        ("host-header", ["shop.example.com", "*.shop.example.com"]),
        ("path-pattern", ["/shop", "/shop/*"]),
    ]


@pytest.mark.parametrize("colour", ["Blue", "Green"])
def test_health_checks_and_draining_are_as_stated(colour: str):
    with World.inline() as world:
        _, service = deploy(
            world,
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds="7",
            DeregistrationDelaySeconds="11",
        )
        client, arn = world.client("elbv2"), service[f"{colour}TargetGroup"]
        group = client.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
        stated = client.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    assert group["TargetGroupName"] == f"nginx-{colour.lower()}"
    assert (group["HealthCheckPath"], group["HealthCheckIntervalSeconds"]) == ("/health", 7)
    assert (group["HealthyThresholdCount"], group["UnhealthyThresholdCount"], group["TargetType"]) == (
        2,
        3,
        "ip",
    )
    attributes = {one["Key"]: one["Value"] for one in stated}
    assert attributes["deregistration_delay.timeout_seconds"] == "11"


def test_the_cluster_has_fargate_spot_and_instances_that_ecs_scales():
    with World.inline() as world:
        network, _ = deploy(world)
        ecs = world.client("ecs")
        cluster = ecs.describe_clusters(clusters=[network["ClusterName"]])["clusters"][0]
        provider = ecs.describe_capacity_providers(capacityProviders=[network["CapacityProvider"]])
    assert cluster["capacityProviders"] == ["FARGATE", "FARGATE_SPOT", "handson-instance"]
    strategy = cluster["defaultCapacityProviderStrategy"]
    assert [(one["capacityProvider"], one["weight"]) for one in strategy] == [("handson-instance", 1)]
    group = provider["capacityProviders"][0]["autoScalingGroupProvider"]
    assert group["managedScaling"]["status"] == "ENABLED"


def test_the_roles_carry_the_policies_that_the_hands_on_names():
    with World.inline() as world:
        network, _ = deploy(world)
        iam = world.client("iam")
        attached = {
            role: {
                one["PolicyName"]
                for one in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
            }
            for role in ("ecsHandsOnInstanceRole", "ecsHandsOnTaskExecutionRole")
        }
    assert attached == {
        "ecsHandsOnInstanceRole": {"AmazonEC2ContainerServiceforEC2Role", "AmazonSSMManagedInstanceCore"},
        "ecsHandsOnTaskExecutionRole": {"AmazonECSTaskExecutionRolePolicy"},
    }
    assert network["TaskExecutionRoleArn"] == "arn:aws:iam::123456789012:role/ecsHandsOnTaskExecutionRole"


def test_instances_are_t3_micro_and_join_the_cluster():
    template = read((PLATFORM / "network.yaml").read_text())
    assert template["Parameters"]["InstanceType"]["Default"] == "t3.micro"
    data = template["Resources"]["InstanceTemplate"]["Properties"]["LaunchTemplateData"]
    assert "ECS_CLUSTER=${Cluster}" in data["UserData"]["Fn::Base64"]["Fn::Sub"]


def test_both_target_groups_differ_in_nothing_but_their_name():
    resources = read((PLATFORM / "service.yaml").read_text())["Resources"]
    blue, green = (dict(resources[f"{colour}TargetGroup"]["Properties"]) for colour in ("Blue", "Green"))
    assert blue.pop("Name") != green.pop("Name")
    assert blue == green
