"""The sandbox's ECS answers as AWS's: the life and the end of a service, as its callers see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from sandbox.tasks.simulated import CANNOT_PULL
from sandbox.world.world import World
from tests.contract.ecs import (
    ACCOUNT_ARN,
    GUARDED,
    create,
    describe,
    refusal,
    register,
    rollouts,
    service,
    until_ended,
)


@pytest.fixture
def world() -> Iterator[World]:
    with World.inline() as world:
        world.client("ecs").create_cluster(clusterName="prod")
        yield world


def test_a_new_service_is_described_with_awss_defaults(world: World) -> None:
    register(world)
    created = create(world)
    described = service(world)
    assert {**described, "tags": []} == {"tags": [], **created}
    number = described["deployments"][0]["id"].removeprefix("ecs-svc/")
    for name in ("createdAt", "createdBy", "deployments", "currentServiceRevisions", "roleArn"):
        assert described.pop(name)
    assert described.pop("currentServiceDeployment").startswith(
        f"{ACCOUNT_ARN}:service-deployment/prod/web/"
    )
    assert number.isdigit()
    assert described == {
        "serviceArn": f"{ACCOUNT_ARN}:service/prod/web",
        "serviceName": "web",
        "clusterArn": f"{ACCOUNT_ARN}:cluster/prod",
        "status": "ACTIVE",
        "desiredCount": 2,
        "runningCount": 0,
        "pendingCount": 0,
        "launchType": "EC2",
        "taskDefinition": f"{ACCOUNT_ARN}:task-definition/web:1",
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": False, "rollback": False},
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "strategy": "ROLLING",
            "bakeTimeInMinutes": 0,
        },
        "loadBalancers": [],
        "serviceRegistries": [],
        "events": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": False,
        "propagateTags": "NONE",
        "enableExecuteCommand": False,
        "availabilityZoneRebalancing": "ENABLED",
        "resourceManagementType": "CUSTOMER",
    }


def test_a_rollout_completes_and_its_records_agree(world: World) -> None:
    register(world)
    create(world)
    until_ended(world)
    second = register(world, "web:2")
    world.client("ecs").update_service(cluster="prod", service="web", taskDefinition="web")
    assert [item["status"] for item in service(world)["deployments"]] == ["PRIMARY", "ACTIVE"]
    ended = until_ended(world)
    (entry,) = service(world)["deployments"]
    assert (ended["status"], entry["rolloutState"], entry["taskDefinition"]) == (
        "SUCCESSFUL",
        "COMPLETED",
        second,
    )
    target = ended["targetServiceRevision"]["arn"]
    assert target.endswith(entry["id"].removeprefix("ecs-svc/"))
    (revision,) = world.client("ecs").describe_service_revisions(serviceRevisionArns=[target])[
        "serviceRevisions"
    ]
    assert revision["taskDefinition"] == second
    assert [item["image"] for item in revision["containerImages"]] == ["web:2"]
    tasks = world.client("ecs").list_tasks(cluster="prod", serviceName="web")["taskArns"]
    shown = world.client("ecs").describe_tasks(cluster="prod", tasks=tasks)["tasks"]
    assert [(task["lastStatus"], task["startedBy"]) for task in shown] == [("RUNNING", entry["id"])] * 2


def test_a_bad_image_is_rolled_back_and_its_task_says_why(world: World) -> None:
    good = register(world)
    create(world, deploymentConfiguration=GUARDED)
    until_ended(world)
    world.tasks.outcomes["web:2"] = CANNOT_PULL
    world.client("ecs").update_service(
        cluster="prod", service="web", taskDefinition=register(world, "web:2")
    )
    ended = until_ended(world)
    assert ended["status"] == "ROLLBACK_SUCCESSFUL"
    assert ended["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    assert service(world)["taskDefinition"] == good
    stopped = [
        entry.detail["detail"]
        for entry in world.journal
        if entry.kind == "event" and entry.detail["detail"].get("stopCode") == "TaskFailedToStart"
    ]
    assert stopped[0]["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "exitCode" not in stopped[0]["containers"][0]


def test_what_starts_no_deployment_changes_in_place(world: World) -> None:
    register(world)
    create(world)
    until_ended(world)
    ecs = world.client("ecs")
    ecs.update_service(
        cluster="prod", service="web", desiredCount=1, taskDefinition="web", deploymentConfiguration=GUARDED
    )
    assert len(rollouts(world)) == 1
    described = service(world)
    assert described["desiredCount"] == 1
    assert described["deploymentConfiguration"]["deploymentCircuitBreaker"] == {
        "enable": True,
        "rollback": True,
        "resetOnHealthyTask": True,
        "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
    }
    ecs.update_service(cluster="prod", service="web", forceNewDeployment=True)
    assert len(rollouts(world)) == 2


def test_the_same_creation_twice_is_one_service_and_another_is_refused(world: World) -> None:
    register(world)
    first = create(world, clientToken="a")
    assert create(world, clientToken="a")["deployments"] == first["deployments"]
    assert len(rollouts(world)) == 1
    code = refusal(create, world=world, desiredCount=3)
    assert code == ("InvalidParameterException", "Creation of service was not idempotent.")


def test_a_deleted_service_drains_is_inactive_and_makes_room(world: World) -> None:
    register(world)
    create(world)
    until_ended(world)
    ecs = world.client("ecs")
    refused = refusal(ecs.delete_service, cluster="prod", service="web")
    assert refused == (
        "InvalidParameterException",
        "The service cannot be stopped while it is scaled above 0.",
    )
    ecs.update_service(cluster="prod", service="web", desiredCount=0)
    world.advance(60)
    assert ecs.delete_service(cluster="prod", service="web")["service"]["status"] == "INACTIVE"
    create(world, desiredCount=1)
    ecs.delete_service(cluster="prod", service="web", force=True)
    create(world, desiredCount=1)
    until_ended(world)
    assert ecs.delete_service(cluster="prod", service="web", force=True)["service"]["status"] == "DRAINING"
    assert refusal(create, world=world) == (
        "InvalidParameterException",
        "Unable to Start a service that is still Draining.",
    )
    world.advance(60)
    assert (service(world)["status"], service(world)["deployments"]) == ("INACTIVE", [])
    assert ecs.list_services(cluster="prod")["serviceArns"] == []
    assert refusal(ecs.update_service, cluster="prod", service="web", desiredCount=1) == (
        "ServiceNotActiveException",
        "Service was not ACTIVE.",
    )


def test_ten_services_are_described_at_once_and_unknown_ones_are_named(world: World) -> None:
    names = [f"web-{number}" for number in range(11)]
    with pytest.raises(ClientError, match="at most 10"):
        describe(world, *names)
    assert describe(world, *names[:10])["failures"][0] == {
        "arn": f"{ACCOUNT_ARN}:service/prod/web-0",
        "reason": "MISSING",
    }


def test_tags_are_put_on_taken_off_and_shown_when_asked_for(world: World) -> None:
    arn = register(world)
    create(world, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    ecs = world.client("ecs")
    for resource in (service(world)["serviceArn"], arn):
        ecs.tag_resource(
            resourceArn=resource, tags=[{"key": "b", "value": "3"}, {"key": "c", "value": "4"}]
        )
        ecs.untag_resource(resourceArn=resource, tagKeys=["a"])
        expected = [{"key": "b", "value": "3"}, {"key": "c", "value": "4"}]
        assert ecs.list_tags_for_resource(resourceArn=resource)["tags"] == expected
    assert describe(world, "web", include=["TAGS"])["services"][0]["tags"] == expected
    assert "tags" not in service(world)


def test_tags_are_propagated_to_tasks_from_where_the_service_says(world: World) -> None:
    register(world, tags=[{"key": "from", "value": "definition"}])
    create(
        world,
        propagateTags="SERVICE",
        enableECSManagedTags=True,
        tags=[{"key": "from", "value": "service"}],
    )
    until_ended(world)
    ecs = world.client("ecs")
    arns = ecs.list_tasks(cluster="prod")["taskArns"]
    assert ecs.describe_tasks(cluster="prod", tasks=arns[:1], include=["TAGS"])["tasks"][0]["tags"] == [
        {"key": "from", "value": "service"},
        {"key": "aws:ecs:clusterName", "value": "prod"},
        {"key": "aws:ecs:serviceName", "value": "web"},
    ]


def test_a_stopped_deployment_goes_back_and_can_be_stopped_once(world: World) -> None:
    good = register(world)
    create(world)
    until_ended(world)
    ecs = world.client("ecs")
    ecs.update_service(cluster="prod", service="web", taskDefinition=register(world, "web:2"))
    world.advance(3)
    arn = rollouts(world)[0]["serviceDeploymentArn"]
    ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert refusal(ecs.stop_service_deployment, serviceDeploymentArn=arn)[0] == "ConflictException"
    assert (until_ended(world)["status"], service(world)["taskDefinition"]) == ("ROLLBACK_SUCCESSFUL", good)
    assert refusal(ecs.stop_service_deployment, serviceDeploymentArn=f"{arn}x")[0] == (
        "ServiceDeploymentNotFoundException"
    )


def test_a_task_stopped_by_a_person_says_so_and_is_replaced(world: World) -> None:
    register(world)
    create(world)
    until_ended(world)
    ecs = world.client("ecs")
    victim = ecs.list_tasks(cluster="prod")["taskArns"][0]
    ecs.stop_task(cluster="prod", task=victim, reason="maintenance")
    world.advance(60)
    (task,) = ecs.describe_tasks(cluster="prod", tasks=[victim])["tasks"]
    assert (task["lastStatus"], task["stopCode"], task["stoppedReason"]) == (
        "STOPPED",
        "UserInitiated",
        "maintenance",
    )
    assert len(ecs.list_tasks(cluster="prod")["taskArns"]) == 2
    world.advance(3600)
    assert ecs.describe_tasks(cluster="prod", tasks=[victim])["tasks"] == []
