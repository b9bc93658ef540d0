"""Task definitions, and the shapes of all answers: what the sandbox's ECS says is what AWS would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, Shape, StructureShape

from sandbox.services.ecs import answers
from sandbox.services.ecs.task_answers import task_document
from sandbox.world.world import World
from tests.contract.ecs import ACCOUNT_ARN, GUARDED, register
from tests.engine.ecs.stage import a_stage


@pytest.fixture
def world() -> Iterator[World]:
    with World.inline() as world:
        world.client("ecs").create_cluster(clusterName="prod")
        yield world


def test_a_registered_task_definition_comes_back_with_awss_defaults(world: World) -> None:
    register(world, cpu="0.25 vCPU", memory="1GB", tags=[{"key": "k", "value": "v"}])
    ecs = world.client("ecs")
    answer = ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])
    definition = answer["taskDefinition"]
    assert definition.pop("registeredAt").timestamp() == world.timeline.now
    assert definition.pop("registeredBy").startswith("arn:aws:iam::123456789012:")
    assert definition.pop("requiresAttributes")
    assert definition == {
        "taskDefinitionArn": f"{ACCOUNT_ARN}:task-definition/web:1",
        "family": "web",
        "revision": 1,
        "status": "ACTIVE",
        "cpu": "256",
        "memory": "1024",
        "compatibilities": ["EC2"],
        "volumes": [],
        "placementConstraints": [],
        "containerDefinitions": [
            {
                "name": "app",
                "image": "web:1",
                "cpu": 0,
                "memory": 64,
                "essential": True,
                "portMappings": [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}],
                "environment": [],
                "mountPoints": [],
                "volumesFrom": [],
                "systemControls": [],
            }
        ],
    }
    assert answer["tags"] == [{"key": "k", "value": "v"}]
    assert "tags" not in ecs.describe_task_definition(taskDefinition="web")


def test_every_registration_is_a_new_revision_and_a_number_is_never_used_again(world: World) -> None:
    ecs = world.client("ecs")
    arns = [register(world), register(world)]
    ecs.deregister_task_definition(taskDefinition=arns[1])
    arns.append(register(world))
    assert [arn.rsplit(":", 1)[1] for arn in arns] == ["1", "2", "3"]
    listed = ecs.list_task_definitions(familyPrefix="web", status="INACTIVE")
    assert listed["taskDefinitionArns"] == [arns[1]]
    assert ecs.describe_task_definition(taskDefinition=arns[1])["taskDefinition"]["status"] == "INACTIVE"


def test_task_definitions_are_listed_in_order_and_in_pages(world: World) -> None:
    arns = [register(world) for _ in range(12)]
    register(world, family="another")
    ecs = world.client("ecs")
    first = ecs.list_task_definitions(familyPrefix="web", sort="DESC", maxResults=5)
    assert first["taskDefinitionArns"] == arns[:6:-1]
    pages = ecs.get_paginator("list_task_definitions").paginate(
        familyPrefix="web", sort="DESC", PaginationConfig={"PageSize": 5}
    )
    assert [arn for page in pages for arn in page["taskDefinitionArns"]] == arns[::-1]


def unknown_members(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """The places of a document that botocore's model does not know: AWS would never answer them."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name, item in value.items():
            if name not in shape.members:
                yield f"{path}.{name}"
            else:
                yield from unknown_members(shape.members[name], item, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for item in value:
            yield from unknown_members(shape.member, item, f"{path}[]")


def test_every_answer_is_of_the_shape_that_botocore_knows() -> None:
    model = botocore.session.get_session().get_service_model("ecs")
    stage = a_stage("good", configuration=GUARDED | {"maximumPercent": 200, "minimumHealthyPercent": 100})
    stage.roll_out("crashes")
    stage.until_ended()
    live = stage.service
    documents = {
        "Service": [answers.service_document(live, tags=True)],
        "ServiceDeployment": [answers.deployment_document(live, item) for item in live.deployments],
        "ServiceDeploymentBrief": [answers.deployment_brief(live, item) for item in live.deployments],
        "ServiceRevision": [answers.revision_document(live, item) for item in live.revisions],
        "Task": [task_document(live, task) for task in live.tasks],
    }
    for shape, shown in documents.items():
        for document in shown:
            unknown = set(unknown_members(model.shape_for(shape), document))
            assert unknown <= {".updatedAt"}, shape  # of a task's event only; not serialised in an answer
    assert set(unknown_members(model.shape_for("Service"), {"serviceArn": "", "color": ""})) == {".color"}
