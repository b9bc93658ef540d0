"""What a service stands on: instances, target groups, addresses, images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.tasks.simulated import NEVER_HEALTHY
from sandbox.world.world import World
from tests.contract.ecs import GUARDED, a_container, create, describe, register, service, until_ended


@pytest.fixture
def world() -> Iterator[World]:
    with World.inline() as world:
        world.client("ecs").create_cluster(clusterName="prod")
        yield world


def an_instance_group(world: World, size: int) -> None:
    """t3.micro instances behind a capacity provider of the cluster."""
    ec2, scaling, ecs = (world.client(name) for name in ("ec2", "autoscaling", "ecs"))
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    template = {"ImageId": image, "InstanceType": "t3.micro"}
    ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData=template)
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="nodes",
        LaunchTemplate={"LaunchTemplateName": "nodes"},
        MinSize=size,
        MaxSize=size,
        AvailabilityZones=["us-east-1a"],
    )
    arn = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    ecs.create_capacity_provider(name="nodes", autoScalingGroupProvider={"autoScalingGroupArn": arn})
    ecs.put_cluster_capacity_providers(
        cluster="prod", capacityProviders=["nodes"], defaultCapacityProviderStrategy=[]
    )


def test_tasks_that_fit_on_no_instance_are_not_placed_and_the_service_says_why(world: World) -> None:
    an_instance_group(world, 1)
    register(world, containerDefinitions=[a_container(memory=600)])
    create(world)
    world.advance(30)
    (line,) = {item["message"] for item in service(world)["events"] if "unable to place" in item["message"]}
    assert line.startswith("(service web) was unable to place a task because no container instance met all")
    assert "The closest matching (container-instance " in line
    assert "has insufficient memory available" in line
    assert (service(world)["runningCount"], service(world)["pendingCount"]) == (1, 0)
    failures = [
        entry.detail["detail"]
        for entry in world.journal
        if entry.kind == "event"
        and entry.detail["detail"].get("eventName") == "SERVICE_TASK_PLACEMENT_FAILURE"
    ]
    assert {(item["eventType"], item["reason"]) for item in failures} == {("ERROR", "RESOURCE:MEMORY")}


def test_a_daemon_runs_one_task_on_each_instance(world: World) -> None:
    an_instance_group(world, 3)
    register(world)
    world.client("ecs").create_service(
        cluster="prod", serviceName="agent", taskDefinition="web", schedulingStrategy="DAEMON"
    )
    world.advance(120)
    ecs = world.client("ecs")
    tasks = ecs.describe_tasks(cluster="prod", tasks=ecs.list_tasks(cluster="prod")["taskArns"])["tasks"]
    assert len({task["containerInstanceArn"] for task in tasks}) == len(tasks) == 3
    (agent,) = describe(world, "agent")["services"]
    assert (agent["desiredCount"], agent["deployments"][0]["rolloutState"]) == (3, "COMPLETED")


def a_target_group(world: World, **more: Any) -> str:
    """A target group that a listener of a load balancer forwards to."""
    ec2, elb = world.client("ec2"), world.client("elbv2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    vpc = ec2.describe_subnets()["Subnets"][0]["VpcId"]
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc, **more)[
        "TargetGroups"
    ][0]
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]
    arn = str(group["TargetGroupArn"])
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    return arn


def balanced(group: str) -> list[dict[str, Any]]:
    return [{"targetGroupArn": group, "containerName": "app", "containerPort": 80}]


def test_a_service_behind_a_load_balancer_counts_tasks_by_their_targets(world: World) -> None:
    group = a_target_group(world)
    register(world)
    create(world, loadBalancers=balanced(group), deploymentConfiguration=GUARDED)
    until_ended(world)
    health = world.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [item["TargetHealth"]["State"] for item in health] == ["healthy"] * 2
    assert all(item["Target"]["Id"].startswith("i-") for item in health)
    world.tasks.outcomes["web:2"] = NEVER_HEALTHY
    world.client("ecs").update_service(
        cluster="prod", service="web", taskDefinition=register(world, "web:2")
    )
    assert until_ended(world)["status"] == "ROLLBACK_SUCCESSFUL"
    why = "due to (reason Health checks failed with these codes: [503])."
    words = f"is unhealthy in (target-group {group}) {why}"
    assert any(item["message"].endswith(words) for item in service(world)["events"])


def test_a_fargate_task_has_an_address_of_its_own(world: World) -> None:
    ec2 = world.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = a_target_group(world, TargetType="ip")
    register(world, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    create(world, launchType="FARGATE", networkConfiguration=network, loadBalancers=balanced(group))
    until_ended(world)
    described = service(world)
    assert (described["platformVersion"], described["platformFamily"]) == ("LATEST", "Linux")
    assert described["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": [subnet],
        "securityGroups": [],
        "assignPublicIp": "DISABLED",
    }
    assert described["deployments"][0]["platformVersion"] == "1.4.0"
    ecs = world.client("ecs")
    tasks = ecs.describe_tasks(cluster="prod", tasks=ecs.list_tasks(cluster="prod")["taskArns"])["tasks"]
    addresses = {task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for task in tasks}
    health = world.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert {item["Target"]["Id"] for item in health} == addresses
    assert len(addresses) == 2


def test_a_tag_is_pinned_to_its_digest_when_a_deployment_starts(world: World) -> None:
    ecr = world.client("ecr")
    uri = ecr.create_repository(repositoryName="web")["repository"]["repositoryUri"]

    def push(manifest: str) -> str:
        answer = ecr.put_image(repositoryName="web", imageManifest=manifest, imageTag="1")
        return str(answer["image"]["imageId"]["imageDigest"])

    first = push('{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "n": 1}')
    register(world, f"{uri}:1")
    create(world)
    until_ended(world)
    push('{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "n": 2}')
    ecs = world.client("ecs")
    ecs.update_service(cluster="prod", service="web", desiredCount=3)
    world.advance(60)
    tasks = ecs.describe_tasks(cluster="prod", tasks=ecs.list_tasks(cluster="prod")["taskArns"])["tasks"]
    assert [task["containers"][0]["imageDigest"] for task in tasks] == [first] * 3


def test_a_daemon_follows_the_instances_of_its_cluster(world: World) -> None:
    an_instance_group(world, 1)
    register(world)
    ecs, scaling = world.client("ecs"), world.client("autoscaling")
    ecs.create_service(
        cluster="prod", serviceName="agent", taskDefinition="web", schedulingStrategy="DAEMON"
    )
    world.advance(60)
    for size in (3, 1):
        scaling.update_auto_scaling_group(
            AutoScalingGroupName="nodes", MinSize=size, MaxSize=size, DesiredCapacity=size
        )
        world.advance(120)
        (agent,) = describe(world, "agent")["services"]
        assert (agent["desiredCount"], agent["runningCount"]) == (size, size)
    stopped = ecs.list_tasks(cluster="prod", desiredStatus="STOPPED")["taskArns"]
    ended = ecs.describe_tasks(cluster="prod", tasks=stopped)["tasks"]
    assert {task["stopCode"] for task in ended} == {"TerminationNotice"}


def spread_over_fargate(world: World, **more: Any) -> None:
    subnet = world.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    world.client("ecs").put_cluster_capacity_providers(
        cluster="prod", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[]
    )
    register(world, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    create(
        world,
        capacityProviderStrategy=[
            {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
            {"capacityProvider": "FARGATE_SPOT", "weight": 3},
        ],
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        **more,
    )


def test_a_strategy_spreads_tasks_and_can_be_taken_back_to_a_launch_type(world: World) -> None:
    spread_over_fargate(world, desiredCount=5)
    until_ended(world)
    ecs = world.client("ecs")
    tasks = ecs.describe_tasks(cluster="prod", tasks=ecs.list_tasks(cluster="prod")["taskArns"])["tasks"]
    assert sorted(task["capacityProviderName"] for task in tasks) == ["FARGATE"] * 2 + ["FARGATE_SPOT"] * 3
    assert "launchType" not in service(world)
    ecs.update_service(cluster="prod", service="web", capacityProviderStrategy=[], forceNewDeployment=True)
    until_ended(world)
    assert (service(world)["launchType"], service(world).get("capacityProviderStrategy")) == (
        "FARGATE",
        None,
    )
    tasks = ecs.describe_tasks(cluster="prod", tasks=ecs.list_tasks(cluster="prod")["taskArns"])["tasks"]
    assert [task.get("capacityProviderName") for task in tasks] == [None] * 5


def test_fargate_without_capacity_is_said_with_the_provider_and_tried_again(world: World) -> None:
    world.ecs.exhausted.add("FARGATE_SPOT")
    spread_over_fargate(world, desiredCount=2)
    world.advance(60)
    assert any(
        "Capacity is unavailable at this time." in item["message"] for item in service(world)["events"]
    )
    failure = next(
        entry.detail["detail"]
        for entry in world.journal
        if entry.kind == "event"
        and entry.detail["detail"].get("eventName") == "SERVICE_TASK_PLACEMENT_FAILURE"
    )
    assert (failure["eventType"], failure["reason"], failure["capacityProviderArns"]) == (
        "ERROR",
        "RESOURCE:FARGATE",
        ["arn:aws:ecs:us-east-1:123456789012:capacity-provider/FARGATE_SPOT"],
    )
    world.ecs.exhausted.clear()
    assert until_ended(world)["status"] == "SUCCESSFUL"


def test_a_cloudwatch_alarm_during_a_rollout_leads_back(world: World) -> None:
    cloudwatch = world.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="5xx",
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Sum",
        Threshold=5,
    )
    register(world)
    alarms = {"alarmNames": ["5xx"], "enable": True, "rollback": True}
    create(world, deploymentConfiguration={"alarms": alarms})
    assert until_ended(world)["alarms"] == {"status": "MONITORING_COMPLETE", "alarmNames": ["5xx"]}
    world.client("ecs").update_service(
        cluster="prod", service="web", taskDefinition=register(world, "web:2")
    )
    world.advance(10)
    cloudwatch.set_alarm_state(AlarmName="5xx", StateValue="ALARM", StateReason="too many")
    ended = until_ended(world)
    assert (ended["status"], ended["alarms"]["triggeredAlarmNames"]) == ("ROLLBACK_SUCCESSFUL", ["5xx"])
    assert service(world)["taskDefinition"].endswith("web:1")
