"""ECS's operations as boto3 sends them: what IAM is asked, and which roles are passed."""

from __future__ import annotations

import pytest

from sandbox.front.iam import Call
from tests.contract.wire import (
    CLUSTER,
    DEPLOYMENT,
    EXECUTION_ROLE,
    HOOK_ROLE,
    REVISION,
    SERVICE,
    TASK_ROLE,
    R,
    Row,
    needed,
)

TO_TASKS = {"iam:passedtoservice": ("ecs-tasks.amazonaws.com",)}
TO_ECS = {"iam:passedtoservice": ("ecs.amazonaws.com",)}

ROWS = [
    Row(
        "ecs",
        "list_services",
        {"cluster": "handson"},
        "ecs:ListServices",
        ("*",),
        {"ecs:cluster": (CLUSTER,)},
    ),
    Row("ecs", "describe_task_definition", {"taskDefinition": REVISION}, "ecs:DescribeTaskDefinition"),
    Row("ecs", "list_task_definitions", {"familyPrefix": "nginx"}, "ecs:ListTaskDefinitions"),
    Row(
        "ecs",
        "describe_clusters",
        {"clusters": ["handson", CLUSTER]},
        "ecs:DescribeClusters",
        (CLUSTER, CLUSTER),
    ),
    Row("ecs", "describe_clusters", {}, "ecs:DescribeClusters", (f"arn:aws:ecs:{R}:cluster/default",)),
    Row(
        "ecs",
        "describe_services",
        {
            "cluster": CLUSTER,
            "services": ["shop", f"arn:aws:ecs:{R}:service/cart", f"arn:aws:ecs:{R}:service/handson/x"],
        },
        "ecs:DescribeServices",
        tuple(f"arn:aws:ecs:{R}:service/handson/{name}" for name in ("shop", "cart", "x")),
        {"ecs:cluster": (CLUSTER,)},
    ),
    Row(
        "ecs",
        "describe_tasks",
        {"cluster": "handson", "tasks": ["1", f"arn:aws:ecs:{R}:task/handson/2"]},
        "ecs:DescribeTasks",
        (f"arn:aws:ecs:{R}:task/handson/1", f"arn:aws:ecs:{R}:task/handson/2"),
        {"ecs:cluster": (CLUSTER,)},
    ),
    Row(
        "ecs",
        "list_tasks",
        {"cluster": "handson", "serviceName": "nginx"},
        "ecs:ListTasks",
        (f"arn:aws:ecs:{R}:container-instance/handson/*",),
        {"ecs:cluster": (CLUSTER,)},
    ),
    Row(
        "ecs",
        "describe_service_deployments",
        {"serviceDeploymentArns": [DEPLOYMENT]},
        "ecs:DescribeServiceDeployments",
        (SERVICE, DEPLOYMENT),
        {
            "ecs:cluster": (CLUSTER,),
            "ecs:service": (SERVICE,),
            "aws:resourcetag/team": ("shop",),
            "ecs:resourcetag/team": ("shop",),
        },
    ),
    Row("ecs", "tag_resource", {"resourceArn": REVISION, "tags": []}, "ecs:TagResource", (REVISION,)),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_request_needs_one_call(row: Row):
    assert needed(row.service, row.method, **row.parameters) == (
        Call(row.action, row.resources, row.context),
    )


def test_registering_a_task_definition_needs_tagging_and_both_roles():
    found = needed(
        "ecs",
        "register_task_definition",
        family="nginx-task",
        taskRoleArn="shop",
        executionRoleArn=EXECUTION_ROLE,
        cpu="256",
        requiresCompatibilities=["FARGATE"],
        containerDefinitions=[{"name": "nginx", "privileged": True}],
        tags=[{"key": "ecs-gitops:install", "value": "main"}],
    )
    family = f"arn:aws:ecs:{R}:task-definition/nginx-task:*"
    assert [(one.action, one.resources) for one in found] == [
        ("ecs:RegisterTaskDefinition", (family,)),
        ("ecs:TagResource", (family,)),
        ("iam:PassRole", (TASK_ROLE,)),
        ("iam:PassRole", (EXECUTION_ROLE,)),
    ]
    assert found[0].context == {
        "aws:tagkeys": ("ecs-gitops:install",),
        "aws:requesttag/ecs-gitops:install": ("main",),
        "ecs:compute-compatibility": ("FARGATE",),
        "ecs:task-cpu": ("256",),
        "ecs:privileged": ("true",),
    }
    assert found[1].context["ecs:createaction"] == ("RegisterTaskDefinition",)
    assert [one.context for one in found[2:]] == [TO_TASKS, TO_TASKS]


def test_a_task_definition_without_roles_and_tags_needs_itself_alone():
    found = needed("ecs", "register_task_definition", family="nginx-task", containerDefinitions=[])
    assert [one.action for one in found] == ["ecs:RegisterTaskDefinition"]


def test_updating_a_service_passes_the_roles_of_its_task_definition_and_of_its_hooks():
    found = needed(
        "ecs",
        "update_service",
        cluster="handson",
        service="nginx",
        taskDefinition="nginx-task:7",
        enableExecuteCommand=False,
        deploymentConfiguration={"lifecycleHooks": [{"roleArn": HOOK_ROLE, "hookTargetArn": "arn:x"}]},
    )
    assert found == (
        Call(
            "ecs:UpdateService",
            (SERVICE,),
            {
                "ecs:cluster": (CLUSTER,),
                "ecs:task-definition": (REVISION,),
                "ecs:enable-execute-command": ("false",),
                "aws:resourcetag/team": ("shop",),
                "ecs:resourcetag/team": ("shop",),
            },
        ),
        Call("iam:PassRole", (TASK_ROLE,), TO_TASKS),
        Call("iam:PassRole", (EXECUTION_ROLE,), TO_TASKS),
        Call("iam:PassRole", (HOOK_ROLE,), TO_ECS),
    )


def test_changing_only_the_count_of_a_service_passes_no_role():
    found = needed("ecs", "update_service", cluster="handson", service="nginx", desiredCount=3)
    assert [one.action for one in found] == ["ecs:UpdateService"]


def test_a_service_being_created_has_no_tags_of_its_own_yet():
    found = needed(
        "ecs", "create_service", cluster="handson", serviceName="nginx", tags=[{"key": "a", "value": "b"}]
    )
    assert [(one.action, one.resources) for one in found] == [
        ("ecs:CreateService", (SERVICE,)),
        ("ecs:TagResource", (SERVICE,)),
    ]
    assert found[0].context == {
        "ecs:cluster": (CLUSTER,),
        "aws:tagkeys": ("a",),
        "aws:requesttag/a": ("b",),
    }
